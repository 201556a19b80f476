//! `kill -9` in the middle of pushes: what was acknowledged is there (P1), and what was not can be sent again.

use serde_json::json;
use tokio::sync::watch;
use zhucun_tests::{
    office::Office,
    raw::RawPhone,
    server::{Database, Server, binary},
    wait::{self, Seen},
};

/// Phones that push at once.
const PHONES: u64 = 6;
/// How often the server is killed.
const KILLS: usize = 3;
/// So many pushes are acknowledged before each kill.
const PUSHES: u64 = 30;

/// What a phone writes: each time it is asked the same, as a phone does that was not answered.
fn next_lines(phone: &RawPhone) -> Vec<Vec<u8>> {
    let scope = format!("{}/own", phone.person);
    let first = phone.tip.0 + 1;
    let line = |seq: u64| phone.line(&scope, "leave", &format!("l-{seq}"), &json!({"reason": format!("第{seq}行")}));
    (first..first + 3).map(line).collect()
}

/// Pushes until the server is gone; gives the phone with what was acknowledged as its tip.
async fn push_until_gone(mut phone: RawPhone, acknowledged: watch::Sender<u64>) -> RawPhone {
    loop {
        let lines = next_lines(&phone);
        let made = phone.made(&lines);
        let Ok(answer) = phone.send(made.body, None).await else { return phone };
        let answer = answer.success().expect("a server that answers takes the push");
        phone.acknowledged(3, &made.head, &answer).expect("a receipt that holds");
        acknowledged.send_modify(|n| *n += 1);
    }
}

async fn nothing_acknowledged_is_lost(database: Database) {
    let mut server = Server::demo(&binary(), database).await.unwrap();
    let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await.unwrap();
    let mut phones = Vec::new();
    for number in 1..=PHONES {
        let person = format!("zjedz.p.m-{number:04}");
        phones.push(RawPhone::enrol(&office, &server.url(), &person, number).await.unwrap());
    }
    for _ in 0..KILLS {
        let (acknowledged, seen) = watch::channel(0);
        let push = |phone| tokio::spawn(push_until_gone(phone, acknowledged.clone()));
        let pushing: Vec<_> = phones.drain(..).map(push).collect();
        wait::until("some pushes to be acknowledged", async || {
            let n = *seen.borrow();
            Ok(Seen::when(n >= PUSHES, n.to_string()))
        })
        .await
        .unwrap();
        server.kill().unwrap();
        for task in pushing {
            phones.push(task.await.unwrap());
        }
        server.start().await.unwrap();
        for phone in &phones {
            // An empty push behind the last acknowledged line: the server takes it only if it has that line under that head.
            let empty = phone.made::<Vec<u8>>(&[]);
            let answer = phone.send(empty.body, None).await.unwrap().success().unwrap();
            assert!(answer["high"].as_u64() >= Some(phone.tip.0), "{answer}, acknowledged {}", phone.tip.0);
        }
    }
    for phone in &mut phones {
        // What was stored but not acknowledged is sent again, and is no fork.
        assert_eq!(phone.push(&next_lines(phone)).await.unwrap(), []);
        let scope = format!("{}/own", phone.person);
        let records = office.records(&scope, Some("leave")).await.unwrap();
        let mut reasons: Vec<&str> = records.iter().filter_map(|r| r["f"]["reason"].as_str()).collect();
        let mut written: Vec<String> = (1..=phone.tip.0).map(|seq| format!("第{seq}行")).collect();
        reasons.sort_unstable();
        written.sort_unstable();
        assert_eq!(reasons, written);
    }
    assert_eq!(office.settled().await.unwrap()["forked"], 0);
    let verified = server.succeeds(&["verify"]).await.unwrap();
    assert!(verified.contains("clean"), "{verified}");
    let compared = server.succeeds(&["rebuild", "--check"]).await.unwrap();
    assert!(compared.contains(" 0 of them not as they were"), "{compared}");
    server.assert_clean_log();
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_in_mid_push_has_all_it_acknowledged_on_sqlite() {
    nothing_acknowledged_is_lost(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_in_mid_push_has_all_it_acknowledged_on_postgres() {
    nothing_acknowledged_is_lost(Database::Postgres).await;
}
