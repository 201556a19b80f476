//! A restore that was killed goes on; backups go from one kind of database to the other; several servers ship one log.

use std::path::PathBuf;

use reqwest::Method;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use sync_protocol::sign::{PrivateKey, Receipt};
use zhucun::{
    backup::store::marks,
    storage::{Db, entities::server_key},
};
use zhucun_tests::{
    answer::Answer,
    office::Office,
    raw::RawPhone,
    server::{Database, Server, binary},
    wait::{self, Seen},
};

use crate::world::{shipping, summary};

async fn backup(server: &Server) -> PathBuf {
    let told = server.succeeds(&["backup"]).await.unwrap();
    told.split_whitespace().nth(1).expect("it says where").into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_was_killed_keeps_the_server_from_starting_and_goes_on_when_run_again() {
    let source = shipping(Database::Sqlite).await.unwrap();
    let backup = backup(&source).await.display().to_string();
    let mut target = Server::new(&binary(), Database::Sqlite).unwrap();
    let database = target.data().join("zhucun.db");
    // Dropped, the process is killed: as soon as the database is in its place.
    let arguments = ["restore", &backup, "--no-log"];
    let begun = wait::until("the database to be in its place", async || Ok(Seen::when(database.exists(), "not yet")));
    tokio::select! {
        // It may have been quicker than the look; then what follows is an ordinary restore, refused below.
        done = target.run(&arguments) => drop(done.unwrap()),
        begun = begun => begun.unwrap(),
    }
    let db = Db::open(&target.database_url(), 1).await.unwrap();
    let marked = marks::under_way(&db.read).await.unwrap();
    db.close().await.unwrap();
    if marked.is_some() {
        let refused = target.run(&["serve"]).await.unwrap();
        assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("has not ended"));
        let epoch = summary(&target).await.unwrap().epoch;
        target.succeeds(&arguments).await.unwrap();
        assert_eq!(summary(&target).await.unwrap().epoch, epoch, "it went on, and did not begin again");
    }
    target.start().await.unwrap();
    assert_eq!(summary(&target).await.unwrap().differing(&summary(&source).await.unwrap()), Vec::<String>::new());
    let again = target.run(&arguments).await.unwrap();
    assert!(!again.status.success(), "ended, it is a database in use");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_goes_from_either_kind_of_database_to_the_other() {
    for (from, to) in [(Database::Sqlite, Database::Postgres), (Database::Postgres, Database::Sqlite)] {
        let source = shipping(from).await.unwrap();
        let backup = backup(&source).await.display().to_string();
        let mut target = Server::new(&binary(), to).unwrap();
        target.succeeds(&["restore", &backup, "--no-log"]).await.unwrap();
        let (before, after) = (summary(&source).await.unwrap(), summary(&target).await.unwrap());
        assert_eq!((after.pushes, after.lines, &after.digests), (before.pushes, before.lines, &before.digests));
        assert!(target.succeeds(&["verify"]).await.unwrap().contains("clean"));
        let compared = target.succeeds(&["rebuild", "--check"]).await.unwrap();
        assert!(compared.contains(" 0 of them not as they were"), "{compared}");
        // Numbers of pushes go on behind those that were copied.
        target.start().await.unwrap();
        let office = Office::sign_in(&target.url(), "office", "zhucun-demo").await.unwrap();
        let mut phone = RawPhone::enrol(&office, &target.url(), "zjedz.p.m-0001", 1).await.unwrap();
        let line = phone.line("zjedz.p.m-0001/own", "leave", "l", &json!({"reason": "探亲"}));
        phone.push(&[line]).await.unwrap();
        target.assert_clean_log();
    }
}

/// Two servers on one PostgreSQL that ship into one folder.
async fn two_servers() -> (Server, Server) {
    let one = shipping(Database::Postgres).await.unwrap();
    let mut two = Server::new(&binary(), Database::Sqlite).unwrap();
    two.set("ZHUCUN_DATABASE_URL", &one.database_url());
    two.set("ZHUCUN_SHIP", &one.scratch().join("ship").display().to_string());
    two.start().await.unwrap();
    (one, two)
}

#[tokio::test(flavor = "multi_thread")]
async fn several_servers_on_one_database_ship_one_log_without_holes() {
    let (one, two) = two_servers().await;
    one.succeeds(&["backup"]).await.unwrap();
    let office = Office::sign_in(&one.url(), "office", "zhucun-demo").await.unwrap();
    let mut pushing = Vec::new();
    for number in 1..=6 {
        let url = if number % 2 == 0 { one.url() } else { two.url() };
        let mut phone = RawPhone::enrol(&office, &url, &format!("zjedz.p.m-{number:04}"), number).await.unwrap();
        pushing.push(tokio::spawn(async move {
            for n in 0..8 {
                let scope = format!("{}/own", phone.person);
                let line = phone.line(&scope, "leave", &format!("l-{n}"), &json!({"reason": "探亲"}));
                phone.push(&[line]).await.unwrap();
            }
        }));
    }
    for task in pushing {
        task.await.unwrap();
    }
    office.settled().await.unwrap();
    let drilled = one.succeeds(&["drill"]).await.unwrap();
    assert!(drilled.starts_with("ok "), "{drilled}");
    let names = std::fs::read_dir(one.scratch().join("ship")).unwrap().flatten().map(|e| e.file_name());
    let strands: std::collections::BTreeSet<String> =
        names.filter_map(|n| Some(n.to_string_lossy().rsplit_once('-')?.0.to_owned())).collect();
    assert_eq!(strands.len(), 1, "{strands:?}");
    [one, two].iter().for_each(Server::assert_clean_log);
}

/// The key with which the server signs.
async fn signing_key(server: &Server) -> PrivateKey {
    let db = Db::open(&server.database_url(), 1).await.unwrap();
    let keys = server_key::Entity::find().all(&db.read).await.unwrap();
    db.close().await.unwrap();
    let key = keys.iter().find(|key| key.purpose == "signing").expect("there is one");
    PrivateKey::from_bytes(key.secret.as_slice().try_into().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_server_learns_by_a_receipt_all_servers_know_and_only_a_true_receipt_teaches_it() {
    let (one, two) = two_servers().await;
    let office = Office::sign_in(&one.url(), "office", "zhucun-demo").await.unwrap();
    let mut phone = RawPhone::enrol(&office, &one.url(), "zjedz.p.m-0001", 1).await.unwrap();
    let line = phone.line("zjedz.p.m-0001/own", "leave", "l", &json!({"reason": "探亲"}));
    phone.push(&[line]).await.unwrap();
    let epoch = async |server: &Server| -> Value {
        let asked = office.request(Method::GET, "/v1/keys").build().unwrap();
        let path = format!("{}{}", server.url(), asked.url().path());
        Answer::to(reqwest::Client::new().get(path)).await.unwrap().json["epoch"].clone()
    };
    let before = epoch(&one).await;
    let present =
        async |receipt: &Receipt| phone.post("/v1/sync/receipts", &json!({"receipts": [receipt]})).await.unwrap();
    let of = |key: &PrivateKey, to: u64, epoch: &str| {
        Receipt::issue(key, phone.install, (1, to), &[7; 32], phone.now_ms + 1_000, epoch)
    };
    let known = before.as_str().unwrap();
    let forged = of(&phone.key, 9, known);
    present(&forged).await.refused(403, "bad_signature");
    // What it does have proves nothing.
    let head = phone.tip.1;
    let key = signing_key(&one).await;
    let true_and_here = Receipt::issue(&key, phone.install, (1, 1), &head, phone.now_ms, known);
    assert_eq!(present(&true_and_here).await.success().unwrap()["have"][phone.install.to_string()], 1);
    assert_eq!(epoch(&one).await, before);

    // Signed by the server over lines that are not here: it was put back.
    let answer = present(&of(&key, 9, known)).await.success().unwrap();
    assert_ne!(answer["epoch"], before);
    assert_eq!(answer["have"][phone.install.to_string()], 1);
    wait::until("the other server to hear of it", async || {
        let theirs = epoch(&two).await;
        Ok(Seen::when(theirs == answer["epoch"], theirs.to_string()))
    })
    .await
    .unwrap();
    // Again, and later, it proves nothing new.
    for to in [9, 11] {
        assert_eq!(present(&of(&key, to, known)).await.success().unwrap()["epoch"], answer["epoch"]);
    }
    let told = office.get("/v1/restores", &[]).await.unwrap();
    assert_eq!(told["restores"].as_array().unwrap().len(), 1, "{told}");
    let gap = &told["restores"][0]["gaps"][0];
    assert_eq!((&gap["first"], &gap["last"], &gap["back"]), (&2.into(), &11.into(), &false.into()), "{told}");
    [one, two].iter().for_each(Server::assert_clean_log);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_erased_is_erased_again_by_a_restore_from_before_and_the_log() {
    let source = shipping(Database::Sqlite).await.unwrap();
    let office = Office::sign_in(&source.url(), "office", "zhucun-demo").await.unwrap();
    let mut phone = RawPhone::enrol(&office, &source.url(), "zjedz.p.m-0001", 1).await.unwrap();
    let own = "zjedz.p.m-0001/own";
    let line = phone.line(own, "leave", "l", &json!({"reason": "病历号八八四一"}));
    phone.push(&[line]).await.unwrap();
    let backup = backup(&source).await.display().to_string();
    let name = json!({"scope": own, "kind": "leave", "id": "l"});
    let mut ask = json!({"record": name, "basis": "consent_withdrawn", "reason": "本人要求"});
    ask["confirm"] = office.post("/v1/erasures", ask.clone()).await.unwrap()["confirm"].clone();
    assert_eq!(office.post("/v1/erasures", ask).await.unwrap()["done"], true);
    let mut source = source;
    source.stop().await.unwrap();

    let mut target = Server::new(&binary(), Database::Sqlite).unwrap();
    let log = source.scratch().join("ship").display().to_string();
    target.succeeds(&["restore", &backup, "--log", &log]).await.unwrap();
    let told = target.succeeds(&["verify"]).await.unwrap();
    assert!(told.contains("was erased by") && told.contains("clean"), "{told}");
    assert!(target.succeeds(&["rebuild", "--check"]).await.unwrap().contains(" 0 of them not as they were"));
    let db = Db::open(&target.database_url(), 1).await.unwrap();
    let says = |text: &[u8]| String::from_utf8_lossy(text).contains("病历号八八四一");
    let lines = zhucun::storage::entities::line::Entity::find().all(&db.read).await.unwrap();
    assert!(lines.iter().any(|row| row.erased.is_some()) && !lines.iter().any(|row| says(&row.bytes)));
    let records = zhucun_tests::state::records(&db.read).await.unwrap();
    assert!(!records.iter().any(|row| says(row.body.as_bytes())));
    db.close().await.unwrap();
    target.start().await.unwrap();
    target.assert_clean_log();
}
