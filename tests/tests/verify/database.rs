//! An insider with the database in their hands: whatever they change is named, with its row, and nothing else is.

use std::{collections::BTreeSet, fs};

use sea_orm::DatabaseConnection;
use serde_json::Value;
use sync_protocol::{
    ids::sha256,
    sign::{Certificate, InstallRole, PrivateKey},
};
use zhucun_tests::{raw::key, server::Database};

use crate::fixture::{History, ask, history, run};

/// What was found: code, table, and the key in short.
type Named = BTreeSet<(String, String, String)>;

fn named(findings: &[Value]) -> Named {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let one = |finding: &Value| {
        let table = text(&finding["table"]);
        let parts: &[&str] = match table.as_str() {
            "line" | "standing" => &["install", "seq", "hash"],
            "push" => &["install", "first"],
            "presence" => &["person", "day"],
            "record" => &["key"],
            "scope" => &["scope"],
            "install" => &["id"],
            "stored_blob" => &["sha256"],
            _ => &["record"],
        };
        let key: Vec<String> = parts.iter().map(|part| text(&finding["key"][part])).collect();
        (text(&finding["code"]), table, key.join(" "))
    };
    findings.iter().map(one).collect()
}

fn expect(expected: &mut Named, code: &str, table: &str, key: impl Into<String>) {
    expected.insert((code.to_owned(), table.to_owned(), key.into()));
}

/// Finds exactly these.
async fn finds(history: &History, arguments: &[&str], expected: &Named) {
    let (code, findings) = history.verify(arguments).await.unwrap();
    let found = named(&findings);
    let all: Vec<String> = findings.iter().map(Value::to_string).collect();
    assert_eq!(&found, expected, "{}", all.join("\n"));
    assert_eq!(findings.len(), expected.len(), "each once");
    assert_eq!(code, Some(i32::from(!expected.is_empty())));
}

/// Bytes of a line, as hex, with one letter changed.
fn with_another_letter(bytes: &str) -> String {
    let mut bytes = hex::decode(bytes).unwrap();
    let at = bytes.iter().position(|b| *b == b'w').unwrap();
    bytes[at] = b'v';
    hex::encode(bytes)
}

async fn tamper_with_lines(history: &History, db: &DatabaseConnection) -> Named {
    let mut expected = Named::new();
    let all: Vec<String> = history.raw.iter().map(ToString::to_string).collect();
    let a = all[0].as_str();
    let line = |seq: u64| format!("install = x'{a}' AND seq = {seq}");
    let push = |install: &str, first: u64| format!("install = x'{install}' AND first = {first}");
    let get =
        async |what: &str, of: &str, which: &str| ask(db, &format!("SELECT {what} FROM {of} WHERE {which}")).await;
    let key = async |seq: u64| format!("{a} {seq} {}", get("hash", "line", &line(seq)).await);

    // A byte of a line.
    expect(&mut expected, "line_altered", "line", key(1).await);
    let changed = with_another_letter(&get("bytes", "line", &line(1)).await);
    run(db, 1, &format!("UPDATE line SET bytes = x'{changed}' WHERE {}", line(1))).await;
    // A line with its stored hash.
    let changed = with_another_letter(&get("bytes", "line", &line(4)).await);
    let hash = hex::encode(&sha256(&[&hex::decode(&changed).unwrap()])[..8]);
    run(db, 1, &format!("UPDATE line SET bytes = x'{changed}', hash = x'{hash}' WHERE {}", line(4))).await;
    expect(&mut expected, "line_altered", "line", format!("{a} 4 {hash}"));
    // Two lines swapped.
    let (one, two) = (get("bytes", "line", &line(7)).await, get("bytes", "line", &line(8)).await);
    for (seq, bytes) in [(7, two), (8, one)] {
        expect(&mut expected, "line_altered", "line", key(seq).await);
        run(db, 1, &format!("UPDATE line SET bytes = x'{bytes}' WHERE {}", line(seq))).await;
    }
    // A line in the middle gone, and the last one.
    for seq in [11, 30] {
        expect(&mut expected, "line_missing", "line", key(seq).await);
        run(db, 1, &format!("DELETE FROM line WHERE {}", line(seq))).await;
    }
    // A line under another's record.
    expect(&mut expected, "line_misfiled", "line", key(5).await);
    run(db, 1, &format!("UPDATE line SET record = x'{}' WHERE {}", "00".repeat(16), line(5))).await;
    // A line made a blank, as if the phone had lost it: only the log can tell.
    expect(&mut expected, "log_ahead", "line", key(10).await);
    let bytes = hex::decode(get("bytes", "line", &line(10)).await).unwrap();
    let blank = hex::encode(sync_protocol::chain::blank_line(&sha256(&[&bytes])));
    run(db, 1, &format!("UPDATE line SET bytes = x'{blank}', record = NULL WHERE {}", line(10))).await;

    // A whole push with its lines; and the newest of another phone, which only its tip still knows of.
    let newest: u64 = get("max(first)", "push", &format!("install = x'{}'", all[1])).await.parse().unwrap();
    for (install, first, last) in [(a, 13, 15), (all[1].as_str(), newest, newest + 1)] {
        expect(&mut expected, "log_ahead", "push", format!("{install} {first}"));
        expect(&mut expected, "push_missing", "push", format!("{install} {first}"));
        run(db, 1, &format!("DELETE FROM push WHERE {}", push(install, first))).await;
        let between = format!("install = x'{install}' AND seq BETWEEN {first} AND {last}");
        run(db, last - first + 1, &format!("DELETE FROM line WHERE {between}")).await;
    }
    // A seal, a header, the hashes, the heads.
    let head = "00".repeat(32);
    for (first, set) in [
        (16, "sig = 'AAAA'".to_owned()),
        (19, "header = x'7b7d'".to_owned()),
        (22, format!("hashes = x'{}'", "00".repeat(96))),
        (25, format!("head_after = x'{head}'")),
    ] {
        expect(&mut expected, "push_altered", "push", format!("{a} {first}"));
        run(db, 1, &format!("UPDATE push SET {set} WHERE {}", push(a, first))).await;
    }
    // When it came: nothing inside says otherwise, the log does.
    expect(&mut expected, "received_differs", "push", format!("{a} 4"));
    run(db, 1, &format!("UPDATE push SET received_ms = received_ms - 86400000 WHERE {}", push(a, 4))).await;

    certificates(&all, db, &mut expected).await;
    expected
}

/// Whose an install is: by another key's word, by a bare column, and by the server's own key, which an insider has.
async fn certificates(all: &[String], db: &DatabaseConnection, expected: &mut Named) {
    let secret = ask(db, "SELECT secret FROM server_key WHERE purpose = 'signing'").await;
    let server = PrivateKey::from_bytes(&hex::decode(secret).unwrap().try_into().unwrap()).unwrap();
    for (install, signer) in [(&all[2], key(99)), (&all[4], server)] {
        let id = install.parse().unwrap();
        let other = Certificate::issue(&signer, id, "zjedz.p.other", &key(98).public(), InstallRole::Phone, 1);
        let text = serde_json::to_string(&other).unwrap();
        run(db, 1, &format!("UPDATE install SET certificate = '{text}' WHERE id = x'{install}'")).await;
        expect(expected, "certificate_invalid", "install", install.as_str());
    }
    run(db, 1, &format!("UPDATE install SET person = 'zjedz.p.other' WHERE id = x'{}'", all[3])).await;
    expect(expected, "install_altered", "install", all[3].as_str());
}

async fn tamper_with_rows(history: &History, db: &DatabaseConnection) -> Named {
    let mut expected = Named::new();
    let first = async |what: &str, of: &str| ask(db, &format!("SELECT {what} FROM {of} LIMIT 1")).await;

    // A record that everybody sees; what the member was told of a verdict; the verdict.
    let shown = first("key", &format!("record WHERE id = '{}.log-0-0'", history.raw[0])).await;
    run(db, 1, &format!("UPDATE record SET body = replace(body, '第 0 次', '第 9 次') WHERE key = x'{shown}'")).await;
    expect(&mut expected, "row_altered", "record", shown);
    for kind in ["presence", "standing"] {
        let told = first("key", &format!("record WHERE derived AND kind = '{kind}'")).await;
        run(db, 1, &format!("UPDATE record SET body = replace(body, '\"f\"', '\"g\"') WHERE key = x'{told}'")).await;
        expect(&mut expected, "row_altered", "record", told);
    }
    let (person, day) = (first("person", "presence").await, first("day", "presence").await);
    run(db, 1, &format!("UPDATE presence SET verdict = 'absent' WHERE person = '{person}' AND day = '{day}'")).await;
    expect(&mut expected, "row_altered", "presence", format!("{person} {day}"));

    // A decision as judging takes it, and how operations stand: the one that waits, the one nobody can read.
    let decision = first("record", "ruling WHERE kind = 'decision'").await;
    run(db, 1, &format!("UPDATE ruling SET fields = replace(fields, 'accept', 'refuse') WHERE record = x'{decision}'"))
        .await;
    expect(&mut expected, "row_altered", "ruling", decision);
    for code in ["no_grant", "unreadable"] {
        let which = format!("standing WHERE code = '{code}'");
        let (install, seq, hash) =
            (first("install", &which).await, first("seq", &which).await, first("hash", &which).await);
        run(db, 1, &format!("UPDATE standing SET code = 'schema' WHERE install = x'{install}' AND seq = {seq}")).await;
        expect(&mut expected, "row_altered", "standing", format!("{install} {seq} {hash}"));
    }
    // A row gone, one too many, one changed; the sum of a scope.
    let gone = first("record", "check_in").await;
    run(db, 1, &format!("DELETE FROM check_in WHERE record = x'{gone}'")).await;
    expect(&mut expected, "row_missing", "check_in", gone);
    let stray = "00".repeat(16);
    let values = format!("x'{stray}', 'text', 's', 'work_log', 'i'");
    run(db, 1, &format!("INSERT INTO conflict (record, field, scope, kind, id) VALUES ({values})")).await;
    expect(&mut expected, "row_stray", "conflict", stray);
    let photo = first("record", "photo").await;
    run(db, 1, &format!("UPDATE photo SET person = 'zjedz.p.other' WHERE record = x'{photo}'")).await;
    expect(&mut expected, "row_altered", "photo", photo);
    let summed = first("scope", "scope WHERE scope LIKE '%/presence'").await;
    run(db, 1, &format!("UPDATE scope SET digest = x'{}' WHERE scope = '{summed}'", "11".repeat(32))).await;
    expect(&mut expected, "row_altered", "scope", summed);
    expected
}

fn tamper_with_photos(history: &History, expected: &mut Named) {
    let (original, preview) = (history.blob(&history.photo.0), history.blob(&history.photo.1));
    let mut bytes = fs::read(&original).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(original, bytes).unwrap();
    let whole = fs::read(&preview).unwrap();
    fs::write(preview, &whole[..whole.len() - 1]).unwrap();
    let stray = "ab".repeat(32);
    fs::create_dir_all(history.blob(&stray).parent().unwrap()).unwrap();
    fs::write(history.blob(&stray), b"nobody's").unwrap();
    expect(expected, "blob_altered", "stored_blob", history.photo.0.as_str());
    expect(expected, "blob_cut", "stored_blob", history.photo.1.as_str());
    expect(expected, "blob_stray", "stored_blob", stray);
}

async fn every_change_is_named(database: Database) {
    let mut history = history(database).await.unwrap();
    let log = history.log.display().to_string();
    finds(&history, &["--against", &log], &Named::new()).await;

    history.afresh().await.unwrap();
    let db = history.open().await.unwrap();
    let mut expected = tamper_with_rows(&history, &db).await;
    db.close().await.unwrap();
    tamper_with_photos(&history, &mut expected);
    finds(&history, &[], &expected).await;

    history.afresh().await.unwrap();
    let db = history.open().await.unwrap();
    let expected = tamper_with_lines(&history, &db).await;
    db.close().await.unwrap();
    finds(&history, &["--photos", "none", "--against", &log], &expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_to_a_database_is_named_and_nothing_else_sqlite() {
    every_change_is_named(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_to_a_database_is_named_and_nothing_else_postgres() {
    every_change_is_named(Database::Postgres).await;
}
