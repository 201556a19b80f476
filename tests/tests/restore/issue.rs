//! A backup; then 500 operations and 20 photos from 6 phones, 50 decisions, an enrolment, a revocation; and a new server from the backup,
//! with the shipped log and without. The server that was never restored is still there to compare with.

use std::collections::BTreeSet;

use zhucun_client::Budget;
use zhucun_tests::{
    office::Office,
    phones::Phone,
    server::Database,
    wait::{self, Seen},
};

use crate::world::{PHONES, World, photos, summary};

async fn with_the_log_nothing_differs(database: Database) {
    let mut world = World::begin(database).await.unwrap();
    let backup = world.backup().await.unwrap();
    world.span().await.unwrap();
    // The log is shipped as far as the server is: the drill waits for that, and compares.
    let drilled = world.server.succeeds(&["drill"]).await.unwrap();
    assert!(drilled.starts_with("ok ") && drilled.lines().count() == 1, "{drilled}");
    let ship = world.ship().display().to_string();
    let (restored, told) = world.restored(&[&backup.display().to_string(), "--log", &ship]).await.unwrap();
    assert!(told.contains("log: "), "{told}");
    let (before, after) = (summary(&world.server).await.unwrap(), summary(&restored).await.unwrap());
    assert_eq!(after.differing(&before), Vec::<String>::new(), "the log alone brings every record back");
    assert_ne!(after.epoch, before.epoch);

    for (n, phone) in world.phones.iter_mut().enumerate() {
        phone.reaches(&restored.url()).unwrap();
        if n == PHONES - 1 {
            learns_that_it_is_closed(phone).await;
        } else {
            phone.sync().await.unwrap();
        }
    }
    let office = Office::sign_in(&restored.url(), "office", "zhucun-demo").await.unwrap();
    office.settled().await.unwrap();
    assert_eq!(world.seen(&office).await.unwrap(), world.seen(&world.office).await.unwrap());
    assert_eq!(
        summary(&restored).await.unwrap().differing(&summary(&world.server).await.unwrap()),
        Vec::<String>::new()
    );
    // The phone that was handed back sends no photos any more than it had; the others send all of theirs again.
    assert!(photos(&restored).await.unwrap().is_subset(&photos(&world.server).await.unwrap()));
    let told = office.get("/v1/restores", &[]).await.unwrap();
    assert_eq!((told["restores"].as_array().unwrap().len(), &told["unknown_missing"]), (1, &0.into()), "{told}");
    for server in [&world.server, &restored] {
        assert!(server.succeeds(&["verify"]).await.unwrap().contains("clean"));
        server.assert_clean_log();
    }
}

/// Syncs until it knows that it is no longer in use, and has no line left to send.
async fn learns_that_it_is_closed(phone: &Phone) {
    wait::until("the phone to learn that it is closed, and to be rid of its lines", async || {
        let report = phone.sync_once(&Budget::ALL).await?;
        phone.device.advance(report.wait_ms.unwrap_or(0) + 1);
        let closed = report.must_enrol_anew.as_deref() == Some("install_closed");
        Ok(Seen::when(closed && phone.engine.pending()?.lines == 0, format!("{report:?}")))
    })
    .await
    .unwrap();
}

async fn without_the_log_all_but_the_decisions_comes_back(database: Database) {
    let mut world = World::begin(database).await.unwrap();
    let backup = world.backup().await.unwrap();
    let span = world.span().await.unwrap();
    let (restored, _) = world.restored(&[&backup.display().to_string(), "--no-log"]).await.unwrap();
    let office = Office::sign_in(&restored.url(), "office", "zhucun-demo").await.unwrap();
    for (n, phone) in world.phones.iter_mut().enumerate() {
        phone.reaches(&restored.url()).unwrap();
        if n == PHONES {
            // Its enrolment was the office's doing. What it wrote is taken all the same, and waits.
            learns_that_it_is_closed(phone).await;
        } else {
            phone.sync().await.unwrap();
        }
    }
    office.settled().await.unwrap();
    only_what_hangs_on_decisions_is_missing(&world, &office, &span).await;
    assert_eq!(photos(&restored).await.unwrap(), photos(&world.server).await.unwrap(), "every photo came again");
    the_office_is_told(&office, &span, &world).await;
    restored.assert_clean_log();
}

async fn only_what_hangs_on_decisions_is_missing(world: &World, office: &Office, span: &crate::world::Span) {
    let (reference, seen) = (world.seen(&world.office).await.unwrap(), world.seen(office).await.unwrap());
    let hangs = |body: &serde_json::Value| {
        let id = body["id"].as_str().unwrap_or_default();
        // A day's verdict is derived from logs that wait for a decision as well.
        body["k"] == "decision" || body["k"] == "presence" || span.accepted.contains(id) || span.enrolled.contains(id)
    };
    let records = |key: &&String| key.contains("/presence ");
    let mut compared = 0;
    for key in reference.keys().filter(records).filter(|key| !hangs(&reference[*key])) {
        assert_eq!(seen.get(key), Some(&reference[key]), "{key}");
        compared += 1;
    }
    assert!(compared >= 450, "{compared} records came back");
    for id in span.accepted.iter().chain(&span.enrolled) {
        assert!(!seen.keys().any(|key| records(&key) && key.contains(id.as_str())), "{id} hangs on the office");
    }
    let waiting = seen.keys().filter(|key| key.starts_with("quarantined ")).count();
    assert!(waiting >= 50 + span.enrolled.len(), "{waiting} wait for the office again");
}

async fn the_office_is_told(office: &Office, span: &crate::world::Span, world: &World) {
    let told = office.get("/v1/restores", &[]).await.unwrap();
    let restores = told["restores"].as_array().unwrap();
    assert_eq!(restores.len(), 1, "one restore, whoever shows it: {told}");
    let restore = &restores[0];
    assert_eq!(restore["how"], "backup");
    assert!(restore["from"].as_i64() < restore["until"].as_i64(), "{restore}");
    let gaps = restore["gaps"].as_array().unwrap();
    let phones: BTreeSet<String> = world.phones.iter().map(|p| p.engine.install().unwrap().to_string()).collect();
    let told_of: BTreeSet<String> = gaps.iter().map(|gap| gap["install"].as_str().unwrap().to_owned()).collect();
    assert_eq!(told_of, phones, "each phone that had written in the span");
    assert!(gaps.iter().all(|gap| gap["back"] == true), "{gaps:?}");
    let unknown = told["unknown"].as_array().unwrap();
    let missing: BTreeSet<String> =
        unknown.iter().filter(|u| u["back"] == false).map(|u| u["dot"].as_str().unwrap().to_owned()).collect();
    assert_eq!(missing, span.decisions, "exactly what the office must decide again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_restored_with_the_log_equals_the_one_never_restored_on_sqlite() {
    with_the_log_nothing_differs(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_restored_with_the_log_equals_the_one_never_restored_on_postgres() {
    with_the_log_nothing_differs(Database::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_log_phones_bring_back_all_but_what_the_office_decided_on_sqlite() {
    without_the_log_all_but_the_decisions_comes_back(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_log_phones_bring_back_all_but_what_the_office_decided_on_postgres() {
    without_the_log_all_but_the_decisions_comes_back(Database::Postgres).await;
}
