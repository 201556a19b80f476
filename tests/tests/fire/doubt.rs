//! A commit of which nobody knows whether it was kept: PostgreSQL did, and the server never heard.

use anyhow::{Result, ensure};
use sea_orm::Database as Connect;
use serde_json::json;
use sync_protocol::world;
use zhucun_tests::{
    office::Office,
    postgres::Cluster,
    raw::RawPhone,
    rough::Rough,
    server::{Database, Server, binary},
    state,
};

const PERSON: &str = "zjedz.p.m-0001";

/// Asks for a leave: beside it the server notes when it came, on its own chain.
fn leave(phone: &RawPhone, name: &str) -> Vec<u8> {
    let fields =
        json!({"person": PERSON, "kind": "personal", "from": "2026-03-02", "to": "2026-03-03", "reason": name});
    phone.line(&format!("{PERSON}/own"), "leave", name, &fields)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_heard_of_its_commit_does_not_fork_itself() -> Result<()> {
    let mut server = Server::new(&binary(), Database::Postgres)?;
    server.succeeds(&["demo"]).await?;
    let (direct, port) = (server.database_url(), Cluster::shared().port());
    let road = Rough::before(port).await?;
    server.set("ZHUCUN_DATABASE_URL", &direct.replace(&format!(":{port}/"), &format!(":{}/", road.port())));
    server.start().await?;
    let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await?;
    let mut phone = RawPhone::enrol(&office, &server.url(), PERSON, 1).await?;
    for round in 0..4 {
        // PostgreSQL has two tasks that commit: each comes to have a chain of its own.
        phone.push(&[leave(&phone, &format!("before-{round}"))]).await?;
        office.settled().await?;
        road.lose_answer_to(b"COMMIT");
        let line = leave(&phone, &format!("doubtful-{round}"));
        phone.send(phone.made(&[&line]).body, None).await?.refused(503, "busy");
        ensure!(road.has_lost_it(), "some other commit was lost");
        // It was kept: sent again it is nothing new.
        phone.push(&[&line]).await?;
        phone.push(&[leave(&phone, &format!("after-{round}"))]).await?;
        office.settled().await?;

        let grant = json!({"person": PERSON, "role": "inspector", "place": "zjedz", "from": round});
        road.lose_answer_to(b"COMMIT");
        let own = format!("{PERSON}/own");
        let told = office.write((&own, "grant", "doubtful"), grant.clone()).await.expect_err("nobody knows");
        ensure!(format!("{told:#}").contains("503 busy") && road.has_lost_it(), "{told:#}");
        office.write((&own, "grant", "doubtful"), grant).await?;
        office.settled().await?;
    }
    let database = Connect::connect(&direct).await?;
    let (lines, state) = (state::lines(&database).await?, state::state(&database).await?);
    database.close().await?;
    ensure!(state.forks.is_empty(), "the server forked itself: {:?}", state.forks);
    let unlike = state::unlike(&state, &world::fold(&lines, &phone.servers));
    ensure!(unlike.is_empty(), "{unlike}");
    let verified = server.succeeds(&["verify"]).await?;
    ensure!(verified.contains("clean"), "{verified}");
    server.assert_clean_log();
    server.stop().await
}
