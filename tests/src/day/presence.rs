//! Who was in the village, and why: the server's own verdicts and reasons.

use anyhow::Result;
use serde::Serialize;

use super::{
    cast::{Part, Part::*, World, scope},
    members::{Captured, GARBAGE, OLD_FIELD},
};

/// A verdict as the server gives it.
#[derive(Debug, Clone, Serialize)]
pub struct Presence {
    /// Who.
    pub who: String,
    /// What the day counts as.
    pub verdict: String,
    /// Codes of the reasons.
    pub codes: Vec<String>,
    /// The reasons in Chinese.
    pub zh: Vec<String>,
    /// The reasons in English.
    pub en: Vec<String>,
}

impl Presence {
    /// The first reason, in both languages.
    pub fn because(&self) -> String {
        let first = |list: &[String]| list.first().cloned().unwrap_or_default();
        format!("{} {}", first(&self.zh), first(&self.en))
    }
}

/// The verdict on a member's day.
pub async fn of(world: &World<'_>, part: Part) -> Result<Presence> {
    let (place, id) = name_of(world, part);
    let record = world.office.record((&place, "presence", &id)).await?;
    let reasons = record["f"]["reasons"].as_array().cloned().unwrap_or_default();
    let each = |member: &str| reasons.iter().filter_map(|r| r[member].as_str()).map(str::to_owned).collect();
    let verdict = record["f"]["verdict"].as_str().unwrap_or_default().to_owned();
    Ok(Presence { who: world.who(part), verdict, codes: each("code"), zh: each("zh"), en: each("en") })
}

/// Scope and id of the verdict.
fn name_of(world: &World<'_>, part: Part) -> (String, String) {
    let person = &world.phone(part).person;
    let name = person.split_once(".p.").map_or(person.as_str(), |(_, name)| name);
    (format!("{person}/own"), format!("{name}.{}", world.clock.day))
}

/// Every member, the verdict expected, and the reason that must be among those given.
const EXPECTED: [(Part, &str, &str, &str); 9] = [
    (Shifted, "present", "inside_fix", "a GCJ-02 fix is turned to WGS-84 before it is judged"),
    (NearFence, "present", "seen_at_roll_call", "who stood near the fence was seen at a roll call"),
    (Mocked, "unconfirmed", "mocked_inside", "a faked position convicts nobody, and proves nothing"),
    (AtHome, "absent", "only_outside", "three good fixes at home are an absence"),
    (OnLeave, "on_leave", "leave_approved", "approved leave is leave"),
    (WrongClock, "present", "inside_fix", "a clock of 2036 does not matter"),
    (BadNetwork, "present", "inside_fix", "a bad network does not matter"),
    (Twice, "present", "inside_fix", "what is sent twice counts once"),
    (NoNetwork, "present", "inside_fix", "what a colleague carried counts"),
];

/// Tells every member's day, and checks it.
pub async fn told(world: &mut World<'_>, captured: &Captured) -> Result<()> {
    world.account.chapter("在岗 Who was in the village, and why");
    for (part, verdict, code, name) in EXPECTED {
        let seen = of(world, part).await?;
        world.account.tell(format!("{}: {}", seen.who, seen.verdict));
        for (zh, en) in seen.zh.iter().zip(&seen.en) {
            world.account.tell(format!("    {zh} {en}"));
        }
        let held = seen.verdict == verdict && seen.codes.iter().any(|c| c == code);
        world.account.expect(name, held, format!("{}: {} ({})", seen.who, seen.verdict, seen.codes.join(", ")));
        let (place, id) = name_of(world, part);
        let on_phone = world.phone(part).shown((&place, "presence", &id), "verdict")?;
        let reads = format!("{} reads it on the phone", seen.who);
        world.account.expect_equal(&reads, &on_phone.as_str().unwrap_or_default(), &verdict);
    }
    raw_values(world, captured).await
}

/// What was captured is kept as it was.
async fn raw_values(world: &mut World<'_>, captured: &Captured) -> Result<()> {
    let fix = world.office.record((&scope(Shifted.village(), "presence"), "fix", &captured.shifted_fix)).await?;
    let stands = world.ground(Shifted)?.inside_but_shifted_outside()?.to_gcj02();
    let raw = fix["f"]["datum"] == "gcj02" && fix["f"]["lat"] == stands.lat() && fix["f"]["lon"] == stands.lon();
    world.account.expect("the raw GCJ-02 degrees are kept", raw, format!("{} {}", fix["f"]["lat"], fix["f"]["lon"]));

    let log = world.office.record((&scope(AtHome.village(), "presence"), "work_log", &captured.old_log)).await?;
    world.account.expect_equal("an old app's unknown field is kept", &log["f"][OLD_FIELD].as_str(), &Some("多云"));

    let unreadable = world.office.standings("unreadable").await?;
    let dots: Vec<String> = unreadable.iter().filter_map(|s| s["dot"].as_str()).map(str::to_owned).collect();
    let install = world.phone(BadNetwork).engine.install()?;
    let hash = sync_protocol::ids::sha256(&[GARBAGE]);
    let dot = sync_protocol::Dot::new(install, captured.unreadable, &hash).to_string();
    world.account.expect_equal("the spoiled line is told as unreadable, and blocked nothing", &dots, &vec![dot]);
    let kept = world.phone(BadNetwork).engine.lines(captured.unreadable, captured.unreadable)?;
    world.account.expect("its bytes are kept on the phone until the server has them", kept == [GARBAGE], "");
    Ok(())
}
