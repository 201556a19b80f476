//! Pokes across servers: who listens at one hears of what came to another, also where the servers cannot hear each other.

use anyhow::{Context as _, Result};
use serde_json::json;
use zhucun_client::listen::Events;
use zhucun_client::{
    Budget, Report,
    transport::{Http, HttpAnswer},
};
use zhucun_tests::{
    phones::Phone,
    raw::RawPhone,
    wait::{self, PATIENCE, Seen},
};

use crate::{
    fixture::Replicas,
    listening::{listen, poked_with},
};

/// Connections on which servers hear each other.
const LISTENING: &str = "FROM pg_stat_activity WHERE datname = current_database() AND query ILIKE 'LISTEN%'";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_push_to_one_server_wakes_a_phone_that_listens_at_another() -> Result<()> {
    let replicas = Replicas::start(&[]).await?;
    let who = replicas.inspectors(2).await?;
    let mut writer = replicas.phone(&who[0], 400, 1).await?;
    let servers = writer.servers.clone();
    let scope = format!("{}/inspection", who[0].village);
    let folder = replicas.servers[0].scratch();
    let reader = Phone::enrol(&replicas.office, &replicas.url(2), (&who[1].person, "reader"), 80, folder).await?;
    let network = Http::new(&replicas.url(2))?;
    let mut events = reader.engine.listen(&network).await?;

    for id in ["one", "two", "three"] {
        writer.push(&[finding(&writer, &scope, id)]).await?;
        pulled(&reader, &network, &mut events, &scope, id).await?;
    }
    // What no server tells of, since a command of its own wrote it, is found by the clock.
    ingest(&replicas, &writer, &scope, "by-file").await?;
    pulled(&reader, &network, &mut events, &scope, "by-file").await?;
    let acknowledged = writer.tip.0 + 1;
    writer.tip = (acknowledged, writer.made(&[finding(&writer, &scope, "by-file")]).head);

    // The line between the servers is cut while something comes in, and again, and again.
    for id in ["cut-1", "cut-2", "cut-3"] {
        deafen(&replicas).await?;
        writer.push(&[finding(&writer, &scope, id)]).await?;
        pulled(&reader, &network, &mut events, &scope, id).await?;
    }
    drop(events);
    // The other way round.
    let mut elsewhere = listen(&replicas.url(0), &writer.token().await?).await?;
    writer.reaches(&replicas.url(2));
    writer.push(&[finding(&writer, &scope, "last")]).await?;
    poked_with(&mut elsewhere, &scope).await?;
    drop(elsewhere);
    replicas.end(servers).await
}

/// The phone syncs whenever it is poked, until it has that finding; within a deadline, and never by itself.
async fn pulled(
    reader: &Phone,
    network: &Http,
    events: &mut Events<HttpAnswer>,
    scope: &str,
    id: &str,
) -> Result<Vec<Report>> {
    let mut reports = Vec::new();
    while reader.engine.view(scope, "finding", id)?.is_none() {
        let poked = reader.engine.sync_when_poked(network, &Budget::PULL, events);
        let report = tokio::time::timeout(PATIENCE, poked).await.with_context(|| format!("no poke for {id}"))??;
        reports.push(report.context("the server ended")?);
    }
    Ok(reports)
}

/// Ends the connections on which servers hear each other, once all of them have one: lost, they make new ones by themselves.
async fn deafen(replicas: &Replicas) -> Result<()> {
    wait::until("the servers to hear each other", async || {
        let listening = replicas.execute(&format!("SELECT pid {LISTENING}")).await?;
        Ok(Seen::when(listening == 3, listening.to_string()))
    })
    .await?;
    replicas.execute(&format!("SELECT pg_terminate_backend(pid) {LISTENING}")).await.map(drop)
}

/// A push by file, taken in by a process of its own.
async fn ingest(replicas: &Replicas, phone: &RawPhone, scope: &str, id: &str) -> Result<()> {
    let made = phone.made(&[finding(phone, scope, id)]);
    let mut file = format!("{}\n", json!({"courier": 1, "bytes": made.body.len()})).into_bytes();
    file.extend_from_slice(&made.body);
    let path = replicas.servers[0].scratch().join("pushes");
    std::fs::write(&path, file)?;
    replicas.servers[0].succeeds(&["ingest", &path.display().to_string()]).await?;
    Ok(())
}

fn finding(phone: &RawPhone, scope: &str, id: &str) -> Vec<u8> {
    phone.line(scope, "finding", id, &json!({"title": id}))
}
