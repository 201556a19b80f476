//! The evening: phones find a network one after the other, each with its own trouble. One stays away till the end.

use anyhow::{Context as _, Result};
use zhucun_client::{Budget, batch::Limits, calls};

use super::{
    cast::{Part, Part::*, World},
    members::Captured,
};
use crate::network::BadNetwork as Network;

/// Plays the evening, but for the phone that syncs last.
pub async fn play(world: &mut World<'_>, captured: &Captured) -> Result<()> {
    world.account.chapter("傍晚，各自同步 Back within reach");
    for part in Part::ALL {
        world.phone_mut(part).come_back();
    }
    without_trouble(world).await?;
    over_a_bad_network(world, captured).await?;
    everything_twice(world).await?;
    by_a_colleague(world).await?;
    after_the_grant(world).await
}

async fn without_trouble(world: &mut World<'_>) -> Result<()> {
    for part in [Inspector, Shifted, WrongClock, NearFence, Mocked, AtHome, OnLeave] {
        let waiting = world.phone(part).engine.pending()?.lines;
        let sent: u64 = world.phone(part).sync().await?.iter().map(|r| r.lines_acknowledged).sum();
        let who = world.who(part);
        world.account.expect(
            &format!("{who} delivers all that was captured offline"),
            sent >= waiting && world.phone(part).engine.is_drained()?,
            format!("{sent} lines acknowledged, {waiting} were waiting"),
        );
    }
    Ok(())
}

/// The network breaks in the middle of the push, and then in the middle of the photo.
async fn over_a_bad_network(world: &mut World<'_>, captured: &Captured) -> Result<()> {
    let network = Network::before(world.server.port()).await?;
    world.phone_mut(BadNetwork).reaches(&network.url())?;
    network.break_in("POST /v1/sync/push", 900);
    let phone = world.phone(BadNetwork);
    let pushed = phone.sync_once(&Budget::PUSH).await?;
    let cut = pushed.failures.first().map(|(_, code)| code.clone()).unwrap_or_default();
    world.account.expect_equal(
        "the network broke in the middle of a push",
        &(network.breaks(), cut),
        &(1, "cut".to_owned()),
    );

    network.break_in("PATCH /v1/media/uploads", 60_000);
    let phone = world.phone(BadNetwork);
    let reports = phone.sync().await?;
    let size = phone.engine.photo(&captured.photo)?.context("the photo is not in the queue")?.size;
    let previews: u64 = 30_000;
    let sent: u64 = reports.iter().map(|r| r.photo_bytes).sum();
    let whole = phone.engine.is_drained()?;
    let who = world.who(BadNetwork);
    world.account.tell(format!("{who}: the network breaks in mid-push and in mid-photo; both go on where they were."));
    world.account.expect_equal("and in the middle of a photo", &network.breaks(), &2);
    world.account.expect("and yet every line and photo arrives", whole, format!("in {} syncs", reports.len() + 1));
    world.account.expect(
        "the interrupted photo is resumed, not sent anew",
        (size..2 * size - 30_000 + previews).contains(&sent),
        format!("{sent} bytes sent for a photo of {size} and its preview"),
    );
    let url = world.server.url();
    world.phone_mut(BadNetwork).reaches(&url)
}

/// Every push goes three times, two of them at once.
async fn everything_twice(world: &mut World<'_>) -> Result<()> {
    let phone = world.phone(Twice);
    let push = phone.engine.next_push(Limits::MOST)?.context("nothing to push")?;
    let (one, other) =
        tokio::join!(calls::ask(phone.network(), push.request()), calls::ask(phone.network(), push.request()));
    let statuses = [one?.status, other?.status];
    phone.sync().await?;
    let receipts = phone.engine.receipts()?.len();
    let drained = phone.engine.is_drained()?;
    let told = format!("{} sends everything three times, twice at once.", world.who(Twice));
    world.account.tell(told);
    world.account.expect_equal("lines sent twice at once are both acknowledged", &statuses, &[200, 200]);
    world.account.expect("and once more", drained && receipts > 0, format!("{receipts} receipts"));
    Ok(())
}

/// One phone has no network: its lines travel on a colleague's, and the receipts come back the same way.
async fn by_a_colleague(world: &mut World<'_>) -> Result<()> {
    let (from, by) = (world.phone(NoNetwork), world.phone(Twice));
    let waiting = from.engine.pending()?.lines;
    let pushes = by.engine.carry(&from.engine.export_push()?[..])?.pushes;
    let carried: u32 = by.sync().await?.iter().map(|r| r.carried).sum();
    let acknowledged = from.engine.import_answers(&by.engine.carried_answers()?[..])?.lines;
    by.engine.answers_handed_over()?;
    let drained = from.engine.is_drained()?;
    let told =
        format!("{} hands {waiting} lines to {}, who delivers them.", world.who(NoNetwork), world.phone(Twice).name);
    world.account.tell(told);
    world.account.expect(
        "lines carried by a colleague's phone are acknowledged to their author, by signed receipt",
        drained && acknowledged == waiting && carried as usize == pushes,
        format!("{acknowledged} of {waiting} lines in {pushes} push"),
    );
    Ok(())
}

/// The holder of a grant that ended may no longer read, but loses no work.
async fn after_the_grant(world: &mut World<'_>) -> Result<()> {
    let phone = world.phone(GrantEnded);
    let lines = phone.engine.pending()?.lines;
    phone.drain().await?;
    let standings = phone.engine.standings()?;
    let told: Vec<String> = standings.iter().map(|s| format!("{} {}: {}", s.state, s.code, s.sentence)).collect();
    let quarantined = standings.len() == 1 && standings[0].state == "quarantined" && standings[0].code == "no_grant";
    let who = world.who(GrantEnded);
    world.account.tell(format!(
        "{who} delivers {lines} lines and a photo; of the line after noon the phone is told: {}",
        told.join("; ")
    ));
    world.account.expect(
        "what was written before the grant ended counts, the line after it is quarantined",
        quarantined,
        told.join("; "),
    );
    Ok(())
}
