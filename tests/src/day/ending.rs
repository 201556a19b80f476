//! The end of the day: nothing is left in a queue, everyone says the same, the lines prove it, and all can be made again from them.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::Value;

use super::{
    cast::{Part::*, World},
    members::Captured,
    presence,
};
use crate::{agreement, phones::Phone};

/// Plays the end.
pub async fn play(world: &mut World<'_>, captured: &Captured) -> Result<()> {
    everyone_syncs(world).await?;
    presence::told(world, captured).await?;
    world.account.chapter("收尾 At the end");
    queues_are_empty(world, captured).await?;
    receipts_hold(world).await?;
    phones_agree(world, "phones of a scope agree, byte by byte, with each other and the server").await?;
    the_lines_prove_it(world).await
}

/// Whoever may still read.
fn readers<'w>(world: &'w World<'_>) -> Vec<&'w Phone> {
    world.phones().filter(|(part, _)| *part != GrantEnded).map(|(_, phone)| phone).collect()
}

async fn everyone_syncs(world: &mut World<'_>) -> Result<()> {
    // Each sign-in writes a line of its own, so that nobody is ahead: first all sync, then all look.
    for _ in 0..2 {
        for phone in readers(world) {
            phone.sync().await?;
        }
        world.office.settled().await?;
    }
    let mut again = Vec::new();
    for phone in readers(world) {
        again.extend(phone.sync().await?.into_iter().flat_map(|r| r.again));
    }
    world.account.expect_equal("no phone's digest of a scope differs from the server's", &again, &Vec::new());
    Ok(())
}

async fn queues_are_empty(world: &mut World<'_>, captured: &Captured) -> Result<()> {
    let mut waiting = Vec::new();
    for (_, phone) in world.phones() {
        if !phone.engine.is_drained()? {
            waiting.push(format!("{}: {:?}", phone.name, phone.engine.pending()?));
        }
    }
    world.account.expect_equal("every phone's queue is empty", &waiting, &Vec::new());
    let status = world.office.settled().await?;
    let standing = |state: &str| status["standings"][state].as_u64().unwrap_or(0);
    let waits = standing("held") + standing("quarantined") + standing("conflict");
    let none = status["jobs_waiting"] == 0 && status["jobs_failing"] == 0 && status["conflicts"] == 0 && waits == 0;
    world.account.expect("no job waits, nothing is held, in quarantine or in conflict", none, status.to_string());
    let pending = world.office.get("/v1/media/pending", &[]).await?;
    let photos =
        pending.as_object().into_iter().flatten().flat_map(|(_, list)| list.as_array().cloned().unwrap_or_default());
    let photos: Vec<Value> = photos.collect();
    world.account.expect("no photo is missing", photos.is_empty(), pending.to_string());
    photos_are_as_taken(world, captured).await?;
    world.account.expect_equal("no upload is left unfinished", &world.server.unfinished_uploads(), &Vec::new());
    Ok(())
}

/// The photo whose upload was interrupted comes back byte by byte as it was taken.
async fn photos_are_as_taken(world: &mut World<'_>, captured: &Captured) -> Result<()> {
    let asked = world.office.request(reqwest::Method::GET, &format!("/v1/media/{}", captured.photo));
    let bytes = asked.send().await?.error_for_status()?.bytes().await?;
    let held =
        hex::encode(sync_protocol::ids::sha256(&[&bytes])) == captured.photo && image::load_from_memory(&bytes).is_ok();
    world.account.expect(
        "the interrupted photo comes back byte by byte as it was taken",
        held,
        format!("{} bytes of JPEG", bytes.len()),
    );
    Ok(())
}

/// P7: each phone holds signed receipts that cover all its lines, up to its head.
async fn receipts_hold(world: &mut World<'_>) -> Result<()> {
    let mut without = Vec::new();
    let (mut lines, mut receipts) = (0, 0);
    for (_, phone) in world.phones() {
        let (chain, kept) = (phone.engine.chain()?, phone.engine.receipts()?);
        let head = hex::encode(chain.head);
        if !kept.iter().any(|r| r.to == chain.seq && r.head == head) {
            without.push(phone.name.clone());
        }
        lines += chain.seq;
        receipts += kept.len();
    }
    world.account.tell(format!("{lines} lines of 12 phones stand under {receipts} signed receipts."));
    world.account.expect_equal("each phone's last line has a signed receipt", &without, &Vec::new());
    Ok(())
}

async fn phones_agree(world: &mut World<'_>, name: &str) -> Result<()> {
    let agreement = agreement::compare(&readers(world), &world.office).await?;
    let detail = match agreement.differences.as_slice() {
        [] => format!("{} records compared, {} scopes on several phones", agreement.records, agreement.shared),
        differences => differences.join("; "),
    };
    world.account.expect(name, agreement.differences.is_empty() && agreement.shared > 0, detail);
    Ok(())
}

async fn the_lines_prove_it(world: &mut World<'_>) -> Result<()> {
    let mut scopes: BTreeSet<String> = BTreeSet::new();
    for (_, phone) in world.phones() {
        scopes.extend(phone.engine.scopes()?.into_iter().map(|s| s.scope));
        scopes.insert(format!("{}/own", phone.person));
    }
    let before = agreement::seen_by_office(&world.office, &scopes).await?;
    let faults = world.server.faults_logged();
    world.account.expect_equal("the server's log tells of no fault of its own", &faults, &Vec::new());

    world.server.stop().await?;
    let verified = world.server.run(&["verify"]).await?;
    let said = String::from_utf8_lossy(&verified.stdout).trim().to_owned();
    world.account.expect(
        "zhucun verify finds every chain and signature whole",
        verified.status.success(),
        last_line(&said),
    );
    let rebuilt = world.server.run(&["rebuild"]).await?;
    let said = String::from_utf8_lossy(&rebuilt.stdout).trim().to_owned();
    world.account.expect(
        "zhucun rebuild makes everything again from the lines",
        rebuilt.status.success(),
        last_line(&said),
    );
    world.server.start().await?;

    world.sign_in_again().await?;
    world.office.settled().await?;
    let after = agreement::seen_by_office(&world.office, &scopes).await?;
    let differing: Vec<&String> = before
        .keys()
        .chain(after.keys())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .filter(|k| before.get(*k) != after.get(*k))
        .collect();
    let detail = if differing.is_empty() {
        format!("{} records, standings and conflicts", before.len())
    } else {
        format!("{differing:?}")
    };
    world.account.expect("and it is identical", differing.is_empty() && !before.is_empty(), detail);
    let mut again = Vec::new();
    for phone in readers(world) {
        again.extend(phone.sync().await?.into_iter().flat_map(|r| r.again));
    }
    world.account.expect_equal("digests too: no phone asks for a scope anew", &again, &Vec::new());
    phones_agree(world, "phones still agree after the rebuild").await?;
    let faults = world.server.faults_logged();
    world.account.expect_equal("the log is still clean", &faults, &Vec::new());
    world.server.stop().await
}

fn last_line(said: &str) -> String {
    said.lines().last().unwrap_or_default().to_owned()
}
