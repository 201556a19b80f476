//! `kill -9` of a server that ships, in the middle of pushes: nothing that it committed is missing from the log.

use serde_json::json;
use tokio::sync::watch;
use zhucun_tests::{
    office::Office,
    raw::RawPhone,
    server::{Database, Server},
    wait::{self, Seen},
};

use crate::world::{shipping, summary};

/// How often it is killed.
const KILLS: usize = 4;
/// Phones that push at once.
const PHONES: u64 = 4;
/// Pushes acknowledged before each kill: segments are written meanwhile.
const PUSHES: u64 = 25;

fn next_lines(phone: &RawPhone) -> Vec<Vec<u8>> {
    let scope = format!("{}/own", phone.person);
    let first = phone.tip.0 + 1;
    let line = |seq: u64| phone.line(&scope, "leave", &format!("l-{seq}"), &json!({"reason": format!("第{seq}行")}));
    (first..first + 2).map(line).collect()
}

async fn push_until_gone(mut phone: RawPhone, acknowledged: watch::Sender<u64>) -> RawPhone {
    loop {
        let lines = next_lines(&phone);
        let made = phone.made(&lines);
        let Ok(answer) = phone.send(made.body, None).await else { return phone };
        let answer = answer.success().expect("a server that answers takes the push");
        phone.acknowledged(2, &made.head, &answer).expect("a receipt that holds");
        acknowledged.send_modify(|n| *n += 1);
    }
}

fn segments(server: &Server) -> usize {
    std::fs::read_dir(server.scratch().join("ship")).map_or(0, |entries| entries.flatten().count())
}

async fn the_log_is_whole(database: Database) {
    let mut server = shipping(database).await.unwrap();
    let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await.unwrap();
    let mut phones = Vec::new();
    for number in 1..=PHONES {
        let person = format!("zjedz.p.m-{number:04}");
        phones.push(RawPhone::enrol(&office, &server.url(), &person, number).await.unwrap());
    }
    for round in 0..KILLS {
        let before = segments(&server);
        let (acknowledged, seen) = watch::channel(0);
        let pushing: Vec<_> =
            phones.drain(..).map(|phone| tokio::spawn(push_until_gone(phone, acknowledged.clone()))).collect();
        wait::until("pushes to be acknowledged and a segment to be written", async || {
            let n = *seen.borrow();
            Ok(Seen::when(n >= PUSHES && segments(&server) > before, format!("{n} pushes")))
        })
        .await
        .unwrap();
        if round == 1 {
            // While pushes come in: the drill at the end stands on this one.
            server.succeeds(&["backup"]).await.unwrap();
        }
        server.kill().unwrap();
        for task in pushing {
            phones.push(task.await.unwrap());
        }
        server.start().await.unwrap();
    }
    office.settled().await.unwrap();
    // It waits until the log is shipped up to now, replays it behind the backup, and compares every scope's digest.
    let drilled = server.succeeds(&["drill"]).await.unwrap();
    assert!(drilled.starts_with("ok "), "{drilled}");
    let held = summary(&server).await.unwrap();
    assert!(held.lines >= KILLS as u64 * PUSHES * 2, "{} lines", held.lines);
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
