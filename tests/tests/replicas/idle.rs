//! Connections that only listen cost little. `load --idle 10000` measures as many as the product promises, on a release build.

use anyhow::Result;
use zhucun_tests::{
    load::idle,
    server::{Database, Server, binary},
};

const CONNECTIONS: usize = 1_000;
/// The promise is 20,000, all counted; a debug build's tasks are larger.
const MOST_BYTES_EACH: u64 = 40_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_who_only_listen_cost_little_and_are_all_poked() -> Result<()> {
    let mut server = Server::demo(&binary(), Database::Sqlite).await?;
    let idle = idle::measure(&server, CONNECTIONS).await?;
    println!("{idle}");
    assert!(idle.each() < MOST_BYTES_EACH, "{idle}");
    server.stop().await?;
    server.assert_clean_log();
    Ok(())
}
