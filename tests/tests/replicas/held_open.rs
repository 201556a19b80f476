//! A commit that takes its time in the middle of others: positions taken, lines inserted, and nothing visible yet.

use anyhow::Result;
use sync_protocol::push::Push;
use zhucun::{
    app,
    storage::Db,
    sync::{
        intake::Verified,
        store::{Context, apply},
    },
};
use zhucun_client::Budget;
use zhucun_tests::{
    agreement,
    load::people::Inspector,
    phones::Phone,
    raw::RawPhone,
    wait::{self, Seen},
};

use crate::fixture::Replicas;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_transaction_held_open_among_others_makes_nobody_skip() -> Result<()> {
    let replicas = Replicas::start(&[]).await?;
    let who = replicas.inspectors(5).await?;
    let mut writers = Vec::new();
    for (n, who) in who[..3].iter().enumerate() {
        writers.push(replicas.phone(who, 200 + n as u64, n).await?);
    }
    let [slow, mut elsewhere, behind] = <[RawPhone; 3]>::try_from(writers).unwrap_or_else(|_| panic!("three"));
    let (busy, quiet) = (scope(&who[0]), scope(&who[1]));
    let servers = slow.servers.clone();
    let mut pullers = Vec::new();
    for (n, who) in who[3..].iter().enumerate() {
        let folder = replicas.servers[0].scratch();
        let name = format!("puller {n}");
        pullers
            .push(Phone::enrol(&replicas.office, &replicas.url(n), (&who.person, &name), 70 + n as u64, folder).await?);
    }
    pull_everywhere(&replicas, &mut pullers).await?;

    // A server's own transaction, as far as the commit: in a process of its own, that is, this one.
    let db = Db::open(&replicas.servers[0].database_url(), 2).await?;
    let context = Context::new(servers.clone(), app::projections());
    let lines = [finding(&slow, &busy, "slow"), finding(&slow, &scope(&who[2]), "slow-too")];
    let made = slow.made(&lines);
    let push = Push::read(&made.body).expect("a push");
    let verified = Verified::of(&push, Some(slow.certificate.clone()), slow.tip.1, push.head_after(&slow.tip.1));
    let tx = db.begin().await?;
    apply::apply(&tx, &context, &[verified], app::now_ms()).await?;

    // Elsewhere work goes on.
    elsewhere.reaches(&replicas.url(1));
    elsewhere.push(&[finding(&elsewhere, &quiet, "elsewhere")]).await?;
    // In the same scope it waits, at another server.
    let mut waiting = behind.clone();
    waiting.reaches(&replicas.url(2));
    let line = finding(&waiting, &busy, "behind");
    let waits = tokio::spawn(async move { waiting.push(&[line]).await });
    let database = replicas.database().await?;
    wait::until("a push to wait for the lock", async || {
        use sea_orm::{ConnectionTrait as _, Statement};
        let sql = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let seen = database.query_all_raw(Statement::from_string(sea_orm::DbBackend::Postgres, sql)).await?;
        Ok(Seen::when(!seen.is_empty(), "nobody waits"))
    })
    .await?;
    database.close().await?;
    // Whoever pulls meanwhile gets to a checkpoint without waiting, and past what was committed elsewhere.
    pull_everywhere(&replicas, &mut pullers).await?;
    for phone in &pullers {
        assert!(phone.engine.view(&quiet, "finding", "elsewhere")?.is_some(), "{} lacks what is there", phone.name);
        assert!(phone.engine.view(&busy, "finding", "slow")?.is_none());
    }
    assert!(!waits.is_finished());

    tx.commit().await?;
    waits.await??;
    pull_everywhere(&replicas, &mut pullers).await?;
    for phone in &mut pullers {
        for id in ["slow", "behind"] {
            assert!(phone.engine.view(&busy, "finding", id)?.is_some(), "{} skipped {id}", phone.name);
        }
        phone.sync().await?;
    }
    let agreement = agreement::compare(&pullers.iter().collect::<Vec<_>>(), &replicas.office).await?;
    assert_eq!(agreement.differences, Vec::<String>::new());
    replicas.end(servers).await
}

/// Every puller pulls from every server: with a right digest at each checkpoint.
async fn pull_everywhere(replicas: &Replicas, pullers: &mut [Phone]) -> Result<()> {
    for phone in pullers {
        for server in &replicas.servers {
            phone.reaches(&server.url())?;
            let report = phone.sync_once(&Budget::PULL).await?;
            assert!(report.checkpoints == 1 && report.again.is_empty() && report.failures.is_empty(), "{report:?}");
        }
    }
    Ok(())
}

fn scope(who: &Inspector) -> String {
    format!("{}/inspection", who.village)
}

fn finding(phone: &RawPhone, scope: &str, id: &str) -> Vec<u8> {
    phone.line(scope, "finding", id, &serde_json::json!({"title": id}))
}
