//! The nightly drill, and what it says when something is wrong. And that a restore never harms a database that is in use.

use std::{fs, path::PathBuf};

use zhucun_tests::{
    office::Office,
    raw::RawPhone,
    server::{Database, Server, binary},
};

use crate::world::shipping;

/// A server with a backup and some segments behind it. Each push is waited for in the log: the drill does that.
async fn with_segments() -> (Server, RawPhone) {
    let server = shipping(Database::Sqlite).await.unwrap();
    let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await.unwrap();
    server.succeeds(&["backup"]).await.unwrap();
    let mut phone = RawPhone::enrol(&office, &server.url(), "zjedz.p.m-0001", 1).await.unwrap();
    for n in 0..3 {
        let scope = format!("{}/own", phone.person);
        let line = phone.line(&scope, "leave", &format!("l-{n}"), &serde_json::json!({"reason": "探亲"}));
        phone.push(&[line]).await.unwrap();
        let drilled = server.succeeds(&["drill"]).await.unwrap();
        assert!(drilled.starts_with("ok backup-"), "{drilled}");
    }
    (server, phone)
}

fn segments(server: &Server) -> Vec<PathBuf> {
    let entries = fs::read_dir(server.scratch().join("ship")).unwrap().flatten().map(|entry| entry.path());
    let mut segments: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|e| e == "zst")).collect();
    segments.sort();
    segments
}

/// Runs the drill, which must fail, in one line; gives that line.
async fn not_ok(server: &Server, arguments: &[&str]) -> String {
    let all: Vec<&str> = ["drill"].into_iter().chain(arguments.iter().copied()).collect();
    let output = server.run(&all).await.unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success() && told.starts_with("not ok ") && told.lines().count() == 1, "{told}");
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn the_drill_says_which_segment_is_missing_or_changed_and_is_ok_otherwise() {
    let (server, _phone) = with_segments().await;
    assert!(server.succeeds(&["drill", "--alone"]).await.unwrap().starts_with("ok "));
    let all = segments(&server);
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    let (last, middle) = (&all[all.len() - 1], &all[all.len() - 2]);

    for (damaged, what) in [(middle, "is missing"), (last, "is missing")] {
        let kept = fs::read(damaged).unwrap();
        fs::remove_file(damaged).unwrap();
        let told = not_ok(&server, &[]).await;
        assert!(told.contains(&name(damaged)) && told.contains(what), "{told}");
        fs::write(damaged, kept).unwrap();
    }
    // A segment that is whole in itself and another one: that of a different place under its name.
    let kept = fs::read(middle).unwrap();
    fs::copy(&all[all.len() - 3], middle).unwrap();
    let told = not_ok(&server, &[]).await;
    assert!(told.contains(&name(middle)), "{told}");
    // One that is cut.
    fs::write(middle, &kept[..kept.len() / 2]).unwrap();
    let told = not_ok(&server, &[]).await;
    assert!(told.contains(&name(middle)) && told.contains("damaged"), "{told}");
    fs::write(middle, kept).unwrap();
    assert!(server.succeeds(&["drill"]).await.unwrap().starts_with("ok "));

    let left = fs::read_dir(server.scratch().join("backups")).unwrap().flatten();
    let left: Vec<String> = left.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    assert!(!left.iter().any(|name| name.starts_with(".drill") || name.starts_with(".taking")), "{left:?}");
    server.assert_clean_log();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_was_lost_and_found_again_is_in_the_log() {
    let (server, mut phone) = with_segments().await;
    let scope = format!("{}/own", phone.person);
    let line = phone.line(&scope, "leave", "found", &serde_json::json!({"reason": "找回"}));
    let (before, hash) = (phone.tip, sync_protocol::chain::line_hash(&line));
    phone.push(&[sync_protocol::chain::blank_line(&hash)]).await.unwrap();
    assert!(server.succeeds(&["drill"]).await.unwrap().starts_with("ok "));
    // The same place in the chain, under the same head: now with its bytes.
    phone.tip = before;
    phone.push(&[line]).await.unwrap();
    assert!(
        server.succeeds(&["drill"]).await.unwrap().starts_with("ok "),
        "the record is on the server, and comes back"
    );
    assert!(server.succeeds(&["verify"]).await.unwrap().contains("clean"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_backup_is_found_by_the_drill_and_restores_nothing() {
    let (server, _phone) = with_segments().await;
    let backups = fs::read_dir(server.scratch().join("backups")).unwrap().flatten();
    let backup = backups.map(|e| e.path()).find(|p| p.join("manifest.json").exists()).unwrap();
    let file = backup.join("zhucun.db");
    let mut bytes = fs::read(&file).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    fs::write(&file, bytes).unwrap();
    assert!(not_ok(&server, &[]).await.contains("not the file that was backed up"));
    let target = Server::new(&binary(), Database::Sqlite).unwrap();
    let refused = target.run(&["restore", &backup.display().to_string(), "--no-log"]).await.unwrap();
    assert!(!refused.status.success());
    assert!(!target.data().join("zhucun.db").exists(), "nothing was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_refuses_a_database_that_is_in_use_by_its_name() {
    let (server, _phone) = with_segments().await;
    let backups = fs::read_dir(server.scratch().join("backups")).unwrap().flatten();
    let backup = backups.map(|e| e.path()).find(|p| p.join("manifest.json").exists()).unwrap();
    for database in [Database::Sqlite, Database::Postgres] {
        let other = Server::new(&binary(), database).unwrap();
        other.succeeds(&["init", "--district", "zjedz"]).await.unwrap();
        let before = crate::world::summary(&other).await.unwrap();
        let refused = other.run(&["restore", &backup.display().to_string(), "--no-log"]).await.unwrap();
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success() && said.contains("is not empty: nothing was changed"), "{said}");
        assert_eq!(crate::world::summary(&other).await.unwrap(), before);
    }
}
