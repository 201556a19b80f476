//! A database put back by copied files, or by `pg_restore`, which knows nothing of it: phones show it, and heal it.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;
use zhucun_tests::{office::Office, postgres::Cluster, server::Database};

use crate::world::{PHONES, World};

/// What the office sees, by name.
type Seen = BTreeMap<String, Value>;

/// A copy of the database as it is now, taken in whatever way.
enum Copy {
    Files(std::path::PathBuf),
    /// What `pg_dump` wrote.
    Dump(std::path::PathBuf),
}

/// Takes one. The server was killed: of SQLite its log file belongs to it.
fn copy(world: &World, database: Database) -> Copy {
    match database {
        Database::Sqlite => {
            let aside = world.server.scratch().join("copied");
            fs::create_dir_all(&aside).unwrap();
            copy_files(&world.server.data(), &aside);
            assert!(aside.join("zhucun.db-wal").exists(), "killed, it leaves its log file");
            Copy::Files(aside)
        }
        Database::Postgres => {
            let dump = world.server.scratch().join("zhucun.dump");
            Cluster::dump(&world.server.database_url(), &dump).unwrap();
            Copy::Dump(dump)
        }
    }
}

fn copy_files(from: &Path, to: &Path) {
    for name in ["zhucun.db", "zhucun.db-wal", "zhucun.db-shm"] {
        let _ = fs::remove_file(to.join(name));
        if from.join(name).exists() {
            fs::copy(from.join(name), to.join(name)).unwrap();
        }
    }
}

fn put_back(world: &mut World, copy: Copy) {
    match copy {
        Copy::Files(aside) => copy_files(&aside, &world.server.data()),
        Copy::Dump(dump) => {
            let url = Cluster::shared().restored(&dump).unwrap();
            world.server.set("ZHUCUN_DATABASE_URL", &url);
        }
    }
}

async fn restores(office: &Office) -> Value {
    office.get("/v1/restores", &[]).await.unwrap()
}

async fn noticed_and_healed(database: Database) {
    let mut world = World::begin(database).await.unwrap();
    let idle = PHONES - 1;
    world.server.kill().unwrap();
    let copied = copy(&world, database);
    world.server.start().await.unwrap();

    // All but one write; the idle one only reads.
    for n in 0..idle {
        world.log(n, 10, world.own(n)).unwrap();
        world.photograph(n, 1).unwrap();
    }
    world.log(0, 4, world.foreign(0)).unwrap();
    world.sync_all().await.unwrap();
    let mut decided = Vec::new();
    for one in world.office.standings("quarantined").await.unwrap() {
        let written = world.office.decide(one["dot"].as_str().unwrap(), "refuse", "不在本村").await.unwrap();
        decided.push(written["dot"].as_str().unwrap().to_owned());
    }
    assert_eq!(decided.len(), 4);
    world.sync_all().await.unwrap();
    world.office.settled().await.unwrap();
    let reference = world.seen(&world.office).await.unwrap();
    let epoch = restores(&world.office).await["epoch"].clone();
    let photos = crate::world::photos(&world.server).await.unwrap();
    world.server.shipped().await.unwrap();
    world.server.kill().unwrap();
    put_back(&mut world, copied);
    world.server.start().await.unwrap();

    let told = restores(&world.office).await;
    assert_eq!((&told["epoch"], told["restores"].as_array().unwrap().len()), (&epoch, 0), "it knows nothing");
    // The idle phone comes first: it has nothing to send, and sees by its cursors that something is wrong. That proves nothing yet.
    let queued = world.phones[1].record(world.own(1), "work_log", serde_json::json!({"text": "还没发出"})).unwrap();
    world.phones[idle].sync().await.unwrap();
    assert_eq!(restores(&world.office).await["epoch"], epoch);
    world.sync_all().await.unwrap();
    world.sync_all().await.unwrap();

    let told = restores(&world.office).await;
    let found = told["restores"].as_array().unwrap();
    assert_eq!(found.len(), 1, "several prove one restore: {told}");
    assert_ne!(told["epoch"], epoch, "a new epoch began");
    let restore = &found[0];
    assert_eq!((&restore["how"], &restore["before"]), (&"receipt".into(), &epoch));
    assert!(restore["from"].as_i64() < restore["until"].as_i64() && restore["proved_by"].is_string(), "{restore}");
    let gaps = restore["gaps"].as_array().unwrap();
    assert!(gaps.len() >= idle && gaps.iter().all(|gap| gap["back"] == true), "{gaps:?}");

    // Everything is here again but what the office decided, and the unknown operations are exactly these.
    let missing: Vec<&Value> =
        told["unknown"].as_array().unwrap().iter().filter(|unknown| unknown["back"] == false).collect();
    let mut missing: Vec<String> = missing.iter().map(|u| u["dot"].as_str().unwrap().to_owned()).collect();
    missing.sort();
    decided.sort();
    assert_eq!(missing, decided);
    world.office.settled().await.unwrap();
    let seen = world.seen(&world.office).await.unwrap();
    assert!(seen.keys().any(|key| key.contains(&queued)), "what was queued was not lost");
    // A day's verdict is derived from the log that was queued as well.
    let same = |seen: &Seen, decisions: bool| {
        let decided = |key: &str, body: &Value| {
            body["k"] == "decision" || key.starts_with("refused") || key.starts_with("quarantined")
        };
        let mut seen = seen.clone();
        seen.retain(|key, body| {
            body["k"] != "presence" && !key.contains(&queued) && (decisions || !decided(key, body))
        });
        seen
    };
    assert_eq!(same(&seen, false), same(&reference, false));

    // The log was shipped elsewhere, and was not put back: it has the decisions too.
    let replayed = world.server.succeeds(&["replay"]).await.unwrap();
    assert!(replayed.contains("pushes brought back"), "{replayed}");
    assert_eq!(restores(&world.office).await["unknown_missing"], 0);
    assert_eq!(same(&world.seen(&world.office).await.unwrap(), true), same(&reference, true));
    let again = world.server.succeeds(&["replay"]).await.unwrap();
    assert!(again.contains(" 0 pushes brought back"), "{again}");
    assert_eq!(crate::world::photos(&world.server).await.unwrap(), photos);
    let verified = world.server.succeeds(&["verify"]).await.unwrap();
    assert!(verified.contains("clean"), "{verified}");
    let compared = world.server.succeeds(&["rebuild", "--check"]).await.unwrap();
    assert!(compared.contains(" 0 of them not as they were"), "{compared}");
    world.server.assert_clean_log();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_file_copied_back_is_noticed_by_phones_and_healed() {
    noticed_and_healed(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_database_put_back_is_noticed_by_phones_and_healed() {
    noticed_and_healed(Database::Postgres).await;
}
