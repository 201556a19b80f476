//! What the members of the work teams do on the day, each offline.

use anyhow::Result;
use mobile_schema::Wgs84;
use serde_json::{Value, json};

use super::{
    cast::{Part, Part::*, World, scope},
    eve::Begun,
};
use crate::{camera, phones::Phone};

/// What must be found again.
#[derive(Debug, Clone, Default)]
pub struct Captured {
    /// The work log of an old app.
    pub old_log: String,
    /// Seq of the line that nobody can read.
    pub unreadable: u64,
    /// The photo during which the network will break.
    pub photo: String,
    /// Position records by whose they are.
    pub shifted_fix: String,
}

/// Bytes such as a dying flash chip leaves.
pub const GARBAGE: &[u8] = b"{\"s\":\"440811072203/presence\",\"k\":\"work_log\",\xff\xfe\x80 id\":";
/// What the old app calls a field that nobody knows any more.
pub const OLD_FIELD: &str = "weather_2024";

/// Plays the members' day.
pub fn play(world: &mut World<'_>, begun: &Begun) -> Result<Captured> {
    world.account.chapter(&format!("{} 白天，离线 In the field, offline", world.clock.day));
    let mut captured = Captured::default();
    for part in Part::ALL {
        let at = world.clock.at(8, 30);
        world.phone_mut(part).go_out(at);
    }
    captured.shifted_fix = shifted(world)?;
    near_fence(world, begun)?;
    mocked(world)?;
    captured.old_log = at_home(world)?;
    wrong_clock(world, begun)?;
    (captured.photo, captured.unreadable) = bad_network(world)?;
    twice(world)?;
    no_network(world)?;
    Ok(captured)
}

fn presence(part: Part) -> String {
    scope(part.village(), "presence")
}

/// A fix as a phone takes it.
fn fix(phone: &Phone, part: Part, at: Wgs84, accuracy_m: f64) -> Value {
    json!({
        "lat": at.lat(), "lon": at.lon(), "accuracy_m": accuracy_m, "datum": "wgs84", "provider": "gps", "mock": false,
        "at": phone.wall_ms(), "village": part.village(),
    })
}

fn log(world: &World<'_>, part: Part, text: &str) -> Result<String> {
    let phone = world.phone(part);
    let id = phone.engine.new_id()?;
    let fields =
        json!({"person": phone.person, "village": part.village(), "day": world.clock.day.to_string(), "text": text});
    phone.write(&presence(part), "work_log", &id, fields)?;
    Ok(id)
}

fn shifted(world: &mut World<'_>) -> Result<String> {
    let (ground, at) = (world.ground(Shifted)?, world.clock.at(9, 5));
    let stands = ground.inside_but_shifted_outside()?;
    world.phone_mut(Shifted).at(at);
    let (phone, given) = (world.phone(Shifted), stands.to_gcj02());
    let mut fields = fix(phone, Shifted, stands, 12.0);
    (fields["lat"], fields["lon"], fields["datum"]) = (given.lat().into(), given.lon().into(), "gcj02".into());
    let id = phone.record(&presence(Shifted), "fix", fields)?;
    log(world, Shifted, "上午核对危房改造名单，下午入户两家。")?;
    let off = ground.distance(given.lon(), given.lat());
    let told = format!(
        "09:05 {}: a fix inside the village, in GCJ-02; read as WGS-84 it would lie {off:.0} m outside.",
        world.who(Shifted)
    );
    world.account.tell(told);
    Ok(id)
}

fn near_fence(world: &mut World<'_>, begun: &Begun) -> Result<()> {
    let (stands, at, later) = (world.ground(NearFence)?.outside(40.0)?, world.clock.at(9, 30), world.clock.at(10, 20));
    world.phone_mut(NearFence).at(at);
    let phone = world.phone(NearFence);
    phone.record(&presence(NearFence), "fix", fix(phone, NearFence, stands, 60.0))?;
    world.phone_mut(NearFence).at(later);
    let note = json!({"note": "走访七户，两户屋顶漏水，已拍照。"});
    world.phone(NearFence).write(&presence(NearFence), "visit", &begun.round, note)?;
    let told = format!("09:30 {}: a fix 40 m outside the fence, good to 60 m.", world.who(NearFence));
    world.account.tell(told);
    Ok(())
}

fn mocked(world: &mut World<'_>) -> Result<()> {
    let (stands, at) = (world.ground(Mocked)?.inside()?, world.clock.at(9, 10));
    world.phone_mut(Mocked).at(at);
    let phone = world.phone(Mocked);
    let mut fields = fix(phone, Mocked, stands, 5.0);
    fields["mock"] = true.into();
    phone.record(&presence(Mocked), "fix", fields)?;
    let log = log(world, Mocked, "在村委会整理档案。")?;
    world.phone(Mocked).photograph(&presence(Mocked), ("work_log", &log), camera::take(11))?;
    let told = format!("09:10 {}: a fix inside, but the phone says that an app fakes it.", world.who(Mocked));
    world.account.tell(told);
    Ok(())
}

/// Mainland Zhanjiang, some 30 km from the village.
const HOME: (f64, f64) = (21.2707, 110.3594);

fn at_home(world: &mut World<'_>) -> Result<String> {
    let home = Wgs84::new(HOME.0, HOME.1).expect("degrees");
    for (hour, accuracy_m) in [(9, 18.0), (11, 25.0), (15, 20.0)] {
        let at = world.clock.at(hour, 15);
        world.phone_mut(AtHome).at(at);
        let phone = world.phone(AtHome);
        phone.record(&presence(AtHome), "fix", fix(phone, AtHome, home, accuracy_m))?;
    }
    let phone = world.phone(AtHome);
    let id = phone.engine.new_id()?;
    let fields = json!({
        "person": phone.person, "village": AtHome.village(), "day": world.clock.day.to_string(),
        "text": "在家电话联系贫困户，汇总报表。", OLD_FIELD: "多云",
    });
    phone.write(&presence(AtHome), "work_log", &id, fields)?;
    let told = format!(
        "09:15–15:15 {}: three fixes at home in the city; the work log, by an app of two years ago, has a field `{OLD_FIELD}`.",
        world.who(AtHome)
    );
    world.account.tell(told);
    Ok(id)
}

fn wrong_clock(world: &mut World<'_>, begun: &Begun) -> Result<()> {
    let (stands, morning, later) = (world.ground(WrongClock)?.inside()?, world.clock.at(9, 0), world.clock.at(10, 5));
    let skew_ms = CLOCKS_2036_MS - morning;
    let phone = world.phone_mut(WrongClock);
    phone.set_skew(skew_ms);
    phone.at(morning);
    phone.record(&presence(WrongClock), "fix", fix(phone, WrongClock, stands, 9.0))?;
    phone.at(later);
    // Indoors: no satellite now; the monotonic clock alone tells how long ago there was one.
    phone.device.set_satellite(None);
    phone.write(&presence(WrongClock), "visit", &begun.round, json!({"note": "走访七户，情况正常。"}))?;
    let clock = world.clock.written(world.phone(WrongClock).wall_ms())?;
    let told = format!("09:00 {}: a fix inside; the phone's clock says {clock}.", world.who(WrongClock));
    world.account.tell(told);
    let told = format!(
        "10:05 {} and 10:20 {} write different notes on one visit.",
        world.phone(WrongClock).name,
        world.phone(NearFence).name
    );
    world.account.tell(told);
    Ok(())
}

/// 2036-02-07, when the seconds of network time run over.
const CLOCKS_2036_MS: i64 = 2_085_978_496_000;

fn bad_network(world: &mut World<'_>) -> Result<(String, u64)> {
    let stands = world.ground(BadNetwork)?.inside()?;
    for minute in 0..40 {
        let at = world.clock.at(14, minute);
        world.phone_mut(BadNetwork).at(at);
        let phone = world.phone(BadNetwork);
        // A receiver is never quite still.
        let step = f64::from(minute) * 2e-6;
        let here = Wgs84::new(stands.lat() + step, stands.lon() - step).unwrap_or(stands);
        phone.record(&presence(BadNetwork), "fix", fix(phone, BadNetwork, here, 8.0))?;
    }
    let unreadable = world.phone(BadNetwork).engine.append_raw_line(GARBAGE)?.seq;
    let log = log(world, BadNetwork, &"沿村道逐户登记饮水情况，共四十户。".repeat(20))?;
    let photo = world.phone(BadNetwork).photograph(&presence(BadNetwork), ("work_log", &log), camera::take(21))?;
    let told = format!(
        "14:00–14:39 {}: forty fixes on a round, a long log, a photo, and one line that the flash chip spoiled.",
        world.who(BadNetwork)
    );
    world.account.tell(told);
    Ok((photo, unreadable))
}

fn twice(world: &mut World<'_>) -> Result<()> {
    let (stands, at) = (world.ground(Twice)?.inside()?, world.clock.at(8, 50));
    world.phone_mut(Twice).at(at);
    let phone = world.phone(Twice);
    phone.record(&presence(Twice), "fix", fix(phone, Twice, stands, 15.0))?;
    let log = log(world, Twice, "组织村民参加养殖培训，到会二十三人。")?;
    world.phone(Twice).photograph(&presence(Twice), ("work_log", &log), camera::take(31))?;
    let told = format!("08:50 {}: a fix inside, a log and a photo.", world.who(Twice));
    world.account.tell(told);
    Ok(())
}

fn no_network(world: &mut World<'_>) -> Result<()> {
    let (stands, at) = (world.ground(NoNetwork)?.inside()?, world.clock.at(9, 40));
    world.phone_mut(NoNetwork).at(at);
    let phone = world.phone(NoNetwork);
    phone.record(&presence(NoNetwork), "fix", fix(phone, NoNetwork, stands, 10.0))?;
    log(world, NoNetwork, "山坡小组，全天无信号。")?;
    let told = format!("09:40 {}: a fix inside; not a bar of signal all day.", world.who(NoNetwork));
    world.account.tell(told);
    Ok(())
}
