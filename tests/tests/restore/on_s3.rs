//! The shipped log in a store that speaks S3: within seconds, whole whatever happens to store and server, and a restore reads it from there.

use serde_json::json;
use zhucun_tests::{
    office::Office,
    raw::RawPhone,
    s3::{Mood, S3Server},
    server::{Database, Server, binary},
};

use crate::world::summary;

/// A server that ships into the store, with the demo district and a backup; running.
async fn shipping(store: &S3Server, database: Database) -> (Server, RawPhone, String) {
    let mut server = Server::new(&binary(), database).unwrap();
    store.settle(&mut server);
    server.set("ZHUCUN_SHIP", "s3://zhucun/log");
    let backups = server.scratch().join("backups").display().to_string();
    server.set("ZHUCUN_BACKUPS", &backups);
    server.succeeds(&["demo"]).await.unwrap();
    server.start().await.unwrap();
    let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await.unwrap();
    let phone = RawPhone::enrol(&office, &server.url(), "zjedz.p.m-0001", 1).await.unwrap();
    let told = server.succeeds(&["backup"]).await.unwrap();
    let backup = told.split_whitespace().nth(1).unwrap().to_owned();
    (server, phone, backup)
}

async fn push(phone: &mut RawPhone, name: &str) {
    let scope = format!("{}/own", phone.person);
    let line = phone.line(&scope, "leave", name, &json!({"reason": "探亲"}));
    phone.push(&[line]).await.unwrap();
}

async fn drilled(server: &Server) {
    let told = server.succeeds(&["drill"]).await.unwrap();
    assert!(told.starts_with("ok "), "{told}");
}

async fn whole_whatever_happens(database: Database) {
    let mut store = S3Server::start().await.unwrap();
    let (mut server, mut phone, backup) = shipping(&store, database).await;
    push(&mut phone, "well").await;
    server.shipped().await.unwrap();

    // Phones are answered while the store is away, and what they sent follows.
    store.shut().await;
    push(&mut phone, "away").await;
    store.open().await.unwrap();
    store.be(Mood::Refusing(503, "SlowDown"));
    push(&mut phone, "slow").await;
    store.be(Mood::Well);
    server.shipped().await.unwrap();
    drilled(&server).await;

    // A segment is there, and the server is killed before it has learnt so.
    store.be(Mood::HeldAfter);
    push(&mut phone, "killed").await;
    store.holds_a_write().await.unwrap();
    server.kill().unwrap();
    store.be(Mood::Well);
    server.start().await.unwrap();
    push(&mut phone, "back").await;
    server.shipped().await.unwrap();
    drilled(&server).await;
    let strands: std::collections::BTreeSet<String> =
        store.names("log").iter().filter_map(|name| Some(name.rsplit_once('-')?.0.to_owned())).collect();
    assert_eq!(strands.len(), 1, "{strands:?}");

    let mut restored = Server::new(&binary(), database).unwrap();
    store.settle(&mut restored);
    let told = restored.succeeds(&["restore", &backup, "--log", "s3://zhucun/log"]).await.unwrap();
    assert!(told.contains("pushes brought back"), "{told}");
    let (before, after) = (summary(&server).await.unwrap(), summary(&restored).await.unwrap());
    assert_eq!((after.pushes, after.lines), (before.pushes, before.lines));
    assert_eq!(after.differing(&before), Vec::<String>::new());
    let again = restored.succeeds(&["replay", "--log", "s3://zhucun/log"]).await.unwrap();
    assert!(again.contains(" 0 pushes brought back"), "{again}");

    let name = store.names("log").pop().unwrap();
    std::fs::remove_file(store.file(&format!("log/{name}"))).unwrap();
    let drill = server.run(&["drill"]).await.unwrap();
    let told = String::from_utf8(drill.stdout).unwrap();
    assert!(!drill.status.success() && told.starts_with("not ok ") && told.contains(&name), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_an_s3_store_is_whole_and_restores_sqlite() {
    whole_whatever_happens(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_an_s3_store_is_whole_and_restores_postgres() {
    whole_whatever_happens(Database::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_from_a_store_that_cannot_be_read_changes_nothing() {
    let mut store = S3Server::start().await.unwrap();
    let (_server, _phone, backup) = shipping(&store, Database::Sqlite).await;
    store.shut().await;
    let mut target = Server::new(&binary(), Database::Sqlite).unwrap();
    store.settle(&mut target);
    let arguments = ["restore", &backup, "--log", "s3://zhucun/log"];
    assert!(!target.run(&arguments).await.unwrap().status.success());
    assert!(!target.data().join("zhucun.db").exists(), "nothing was begun");
    store.open().await.unwrap();
    target.succeeds(&arguments).await.unwrap();
}
