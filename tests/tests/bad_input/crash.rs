//! `kill -9` in the middle of pushes: what was acknowledged is there (P1), and what was not can be sent again.

use zhucun_tests::{
    crowd::Crowd,
    office::Office,
    server::{Database, Server, binary},
    wait::{self, Seen},
};

/// Phones that push at once.
const PHONES: u64 = 6;
/// Lines of a push.
const LINES: u64 = 3;
/// How often the server is killed.
const KILLS: usize = 3;
/// So many pushes are acknowledged before each kill.
const PUSHES: u64 = 30;

async fn nothing_acknowledged_is_lost(database: Database) {
    let mut server = Server::demo(&binary(), database).await.unwrap();
    let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await.unwrap();
    let mut crowd = Crowd::enrol(&office, &server.url(), PHONES, LINES).await.unwrap();
    for _ in 0..KILLS {
        crowd
            .push_until_gone(async |seen| {
                wait::until("some pushes to be acknowledged", async || {
                    let n = *seen.borrow();
                    Ok(Seen::when(n >= PUSHES, n.to_string()))
                })
                .await?;
                server.kill()
            })
            .await
            .unwrap();
        server.start().await.unwrap();
        for phone in &crowd.phones {
            // An empty push behind the last acknowledged line: the server takes it only if it has that line under that head.
            let empty = phone.made::<Vec<u8>>(&[]);
            let answer = phone.send(empty.body, None).await.unwrap().success().unwrap();
            assert!(answer["high"].as_u64() >= Some(phone.tip.0), "{answer}, acknowledged {}", phone.tip.0);
        }
    }
    for n in 0..crowd.phones.len() {
        let lines = crowd.next_lines(&crowd.phones[n]);
        let phone = &mut crowd.phones[n];
        // What was stored but not acknowledged is sent again, and is no fork.
        assert_eq!(phone.push(&lines).await.unwrap(), []);
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
