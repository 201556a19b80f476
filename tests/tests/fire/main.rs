//! The real thing under fire: the shipped server and phones as processes, on a network that cuts, killed at random moments; on PostgreSQL
//! its connections are cut as well. Then all is calm, and the end is looked at.
//!
//! `make fire KILLS=600` for longer; `ZHUCUN_TEST_SEED` for another run of the dice.

mod doubt;
mod ending;
mod fire;
mod phones;

use zhucun_tests::server::Database;

use crate::fire::{Fire, Storm};

/// As often the server is killed, and as often its connections to the database are cut.
const KILLS: usize = 60;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn storm() -> Storm {
    let kills = number("ZHUCUN_TEST_KILLS").map_or(KILLS, |kills| kills as usize);
    let seed = number("ZHUCUN_TEST_SEED").unwrap_or_else(rand::random);
    println!("ZHUCUN_TEST_SEED={seed}");
    Storm { kills, seed }
}

async fn survives(database: Database) {
    let mut fire = Fire::light(database, &[]).await.unwrap();
    fire.rage(storm()).await.unwrap();
    let account = fire.end().await.unwrap();
    println!("{}: {account}", database.name());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_by_a_sqlite_under_fire() {
    survives(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_by_two_servers_and_a_postgres_under_fire() {
    survives(Database::Postgres).await;
}

/// The same fire finds a server that acknowledges before it commits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_acknowledges_before_it_commits_is_caught() {
    let mut fire = Fire::light(Database::Sqlite, &[("BROKEN_RULE", "ack before commit")]).await.unwrap();
    let caught = match fire.rage(storm()).await {
        Ok(()) => fire.end().await.expect_err("it lost what it acknowledged, and nobody noticed"),
        Err(caught) => caught,
    };
    println!("caught: {caught:#}");
    assert!(format!("{caught:#}").contains("acknowledged"), "{caught:#}");
}
