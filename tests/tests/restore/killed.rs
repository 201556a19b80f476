//! `kill -9` of a server that ships, in the middle of pushes: nothing that it committed is missing from the log.

use zhucun_tests::{
    crowd::Crowd,
    office::Office,
    server::{Database, Server},
    wait::{self, Seen},
};

use crate::world::{shipping, summary};

/// How often it is killed.
const KILLS: usize = 4;
/// Phones that push at once.
const PHONES: u64 = 4;
/// Lines of a push.
const LINES: u64 = 2;
/// Pushes acknowledged before each kill: segments are written meanwhile.
const PUSHES: u64 = 25;

fn segments(server: &Server) -> usize {
    std::fs::read_dir(server.scratch().join("ship")).map_or(0, |entries| entries.flatten().count())
}

async fn the_log_is_whole(database: Database) {
    let mut server = shipping(database).await.unwrap();
    let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await.unwrap();
    let mut crowd = Crowd::enrol(&office, &server.url(), PHONES, LINES).await.unwrap();
    for round in 0..KILLS {
        let before = segments(&server);
        crowd
            .push_until_gone(async |seen| {
                wait::until("pushes to be acknowledged and a segment to be written", async || {
                    let n = *seen.borrow();
                    Ok(Seen::when(n >= PUSHES && segments(&server) > before, format!("{n} pushes")))
                })
                .await?;
                if round == 1 {
                    // While pushes come in: the drill at the end stands on this one.
                    server.succeeds(&["backup"]).await?;
                }
                server.kill()
            })
            .await
            .unwrap();
        server.start().await.unwrap();
    }
    office.settled().await.unwrap();
    // It waits until the log is shipped up to now, replays it behind the backup, and compares every scope's digest.
    let drilled = server.succeeds(&["drill"]).await.unwrap();
    assert!(drilled.starts_with("ok "), "{drilled}");
    let held = summary(&server).await.unwrap();
    assert!(held.lines >= KILLS as u64 * PUSHES * LINES, "{} lines", held.lines);
    server.assert_clean_log();
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_while_it_ships_leaves_no_line_out_of_the_log_on_sqlite() {
    the_log_is_whole(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_while_it_ships_leaves_no_line_out_of_the_log_on_postgres() {
    the_log_is_whole(Database::Postgres).await;
}
