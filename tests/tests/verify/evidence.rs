//! A folder of evidence: checked without any server, tampered with file by file, and silent on what was not selected.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value, json};
use zhucun_tests::{
    camera,
    office::{Office, text},
    phones::Phone,
    raw::RawPhone,
    server::{Database, Server, binary},
};

/// What nobody may find in the folder.
const SECRET: &str = "不公开的内容";

/// The server, the person, the folder, and the id of the server's key.
async fn handed_out(database: Database) -> (Server, String, PathBuf, String) {
    let server = Server::demo(&binary(), database).await.unwrap();
    let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await.unwrap();
    let stations = office.get("/v1/stations", &[]).await.unwrap();
    let (member, village) = (text(&stations[0], "person").unwrap(), text(&stations[0], "village").unwrap());
    let scope = format!("{village}/presence");
    let phone = Phone::enrol(&office, &server.url(), (&member, "member"), 1, server.scratch()).await.unwrap();
    let told = phone.record(&scope, "work_log", json!({"person": member, "text": "入户走访三户"})).unwrap();
    phone.photograph(&scope, ("work_log", &told), camera::take(1)).unwrap();
    phone.record(&scope, "work_log", json!({"person": member, "text": SECRET})).unwrap();
    phone.sync().await.unwrap();
    // In the same push, before and behind what is selected, and one that only a decision lets count.
    let mut raw = RawPhone::enrol(&office, &server.url(), &member, 2).await.unwrap();
    let line = |id: &str, scope: &str, text: &str| {
        raw.line(scope, "work_log", &raw.own_id(id), &json!({"person": member, "text": text}))
    };
    let other = stations.as_array().unwrap().iter().find(|s| s["village"] != village.as_str()).unwrap();
    let foreign = format!("{}/presence", text(other, "village").unwrap());
    let lines = [line("a", &scope, SECRET), line("b", &foreign, "到邻村协助"), line("c", &scope, SECRET)];
    let last = line("d", &scope, SECRET);
    raw.push(&lines).await.unwrap();
    raw.push(&[last]).await.unwrap();
    // And one that the phone carries for an earlier one.
    let carried = raw.line(&scope, "work_log", "carried", &json!({"person": member, "text": "旧手机所写"}));
    let carried = json!({"install": "ab".repeat(16), "seq": 7, "line": String::from_utf8(carried).unwrap()});
    let carried = raw.line(&format!("{member}/own"), "carried", &raw.own_id("carried"), &carried);
    raw.push(&[carried]).await.unwrap();
    let waits = office.standings("quarantined").await.unwrap();
    assert_eq!(waits.len(), 2);
    for one in waits {
        office.decide(&text(&one, "dot").unwrap(), "accept", "属实").await.unwrap();
    }
    office.settled().await.unwrap();

    let out = server.scratch().join("evidence");
    let folder = out.display().to_string();
    let foreign_id = raw.own_id("b");
    let arguments = [
        "evidence",
        "--out",
        &folder,
        "--record",
        &scope,
        "work_log",
        &told,
        "--record",
        &foreign,
        "work_log",
        &foreign_id,
        "--record",
        &scope,
        "work_log",
        "carried",
    ];
    let said = server.succeeds(&arguments).await.unwrap();
    assert!(said.starts_with("evidence: 4 records, 2 photos"), "three logs, a photo record: {said}");
    let keys = office.get("/v1/keys", &[]).await.unwrap();
    let kid = text(&keys["keys"][0], "kid").unwrap();
    (server, member, out, kid)
}

/// Checks it in an empty folder, without settings: nothing of the server is in reach.
fn verify(folder: &Path, arguments: &[&str]) -> (Option<i32>, Vec<Value>, String) {
    let elsewhere = tempfile::tempdir().unwrap();
    let Output { status, stdout, stderr } = Command::new(binary())
        .args(["verify", "--json"])
        .arg(folder)
        .args(arguments)
        .env_clear()
        .current_dir(elsewhere.path())
        .output()
        .unwrap();
    let findings = String::from_utf8(stdout).unwrap();
    let findings = findings.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (status.code(), findings, String::from_utf8(stderr).unwrap())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all.sort();
    all
}

async fn checked_without_the_server(database: Database) {
    let (mut server, _member, folder, kid) = handed_out(database).await;
    server.stop().await.unwrap();
    let (code, findings, said) = verify(&folder, &["--kid", &kid]);
    assert_eq!((code, findings.as_slice()), (Some(0), &[][..]), "{said}");
    assert!(said.contains("4 records, 2 photos: clean"), "{said}");
    assert!(!said.contains("note: record"), "the lines show all four: {said}");
    let (code, _, said) = verify(&folder, &[]);
    assert!(code == Some(0) && said.contains("from these files themselves"), "{said}");
    assert_eq!(verify(&folder, &["--kid", "0000000000000000"]).0, Some(2), "keys of somebody else");

    let all = files(&folder);
    assert_eq!(all.len(), 9, "{all:?}");
    for path in &all {
        let bytes = fs::read(path).unwrap();
        let told = SECRET.as_bytes();
        assert!(
            !bytes.windows(told.len()).any(|piece| piece == told),
            "{} tells what was not selected",
            path.display()
        );

        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        let mut changed = bytes.clone();
        // A digit or letter, so that what it is stays what it is.
        let at = (bytes.len() / 2..bytes.len()).find(|i| bytes[*i].is_ascii_alphanumeric()).unwrap();
        changed[at] = if changed[at] == b'7' { b'8' } else { b'7' };
        fs::write(path, changed).unwrap();
        let (code, findings, said) = verify(&folder, &["--kid", &kid]);
        let named = |f: &Value| {
            f["key"]["name"] == name.as_str() || (name == "manifest.sig" && f["code"] == "manifest_unsigned")
        };
        assert_ne!(code, Some(0), "{name}");
        assert!(code == Some(2) && name == "keys.json" || findings.iter().any(named), "{name}: {findings:?} {said}");
        fs::remove_file(path).unwrap();
        let (code, ..) = verify(&folder, &["--kid", &kid]);
        assert_ne!(code, Some(0), "without {name}");
        fs::write(path, bytes).unwrap();
    }
    fs::write(folder.join("more.txt"), b"?").unwrap();
    let (code, findings, _) = verify(&folder, &["--kid", &kid]);
    assert_eq!((code, findings.len(), &findings[0]["code"]), (Some(1), 1, &"file_stray".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_evidence_is_checked_without_the_server_and_tells_nothing_else_sqlite() {
    checked_without_the_server(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_evidence_is_checked_without_the_server_and_tells_nothing_else_postgres() {
    checked_without_the_server(Database::Postgres).await;
}

/// Whoever writes the folder can write its manifest as well, and sign it: what phones signed stays signed.
#[tokio::test(flavor = "multi_thread")]
async fn who_forges_the_folder_with_the_servers_own_key_is_caught_by_the_phones() {
    let (server, _member, folder, kid) = handed_out(Database::Sqlite).await;
    let forge = async |name: &str, change: fn(&str) -> String| {
        let path = folder.join(name);
        let text = fs::read_to_string(&path).unwrap();
        let forged = change(&text);
        assert_ne!(forged, text, "{name}");
        fs::write(&path, forged).unwrap();
        resign(&server, &folder).await;
        let (code, findings, _) = verify(&folder, &["--kid", &kid]);
        fs::write(&path, text).unwrap();
        resign(&server, &folder).await;
        assert_eq!(verify(&folder, &["--kid", &kid]).0, Some(0));
        assert_eq!(code, Some(1));
        findings.iter().map(|f| f["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let other_words = |text: &str| text.replace("到邻村协助", "从未到邻村");
    assert_eq!(forge("records.ndjson", other_words).await, ["record_differs"]);
    assert_eq!(forge("pushes.ndjson", other_words).await, ["push_altered", "record_differs"]);
    // Whose the two phones are, beside the pushes.
    assert_eq!(forge("pushes.ndjson", of_another_person).await, ["certificate_invalid", "certificate_invalid"]);
}

fn of_another_person(pushes: &str) -> String {
    let label = |line: &str| {
        let mut label: Value = serde_json::from_str(line).ok().filter(|_| line.starts_with(r#"{"courier""#))?;
        let cert = label.get_mut("cert").filter(|cert| cert["role"] == "phone")?;
        cert["person"] = "zjedz.p.other".into();
        Some(label.to_string())
    };
    pushes.split('\n').map(|line| label(line).unwrap_or_else(|| line.to_owned())).collect::<Vec<_>>().join("\n")
}

/// Writes the manifest anew, signed by the server's key, as its administrator could.
async fn resign(server: &Server, folder: &Path) {
    use zhucun::{
        evidence::manifest::{FileHash, MANIFEST, Manifest, SIGNATURE, Signature},
        storage::{Db, server_keys},
    };
    let mut manifest: Manifest = serde_json::from_slice(&fs::read(folder.join(MANIFEST)).unwrap()).unwrap();
    for (name, hash) in &mut manifest.files {
        *hash = FileHash::of(&fs::read(folder.join(name)).unwrap());
    }
    let text = serde_json::to_vec_pretty(&manifest).unwrap();
    fs::write(folder.join(MANIFEST), &text).unwrap();
    let db = Db::open(&server.database_url(), 1).await.unwrap();
    let kept =
        server_keys::load_or_keep(&db, server_keys::Kept { keys: Vec::new(), epoch: String::new() }).await.unwrap();
    db.close().await.unwrap();
    let secret = kept.keys.iter().find(|row| row.purpose == "signing").unwrap().secret.as_slice().try_into().unwrap();
    let key = sync_protocol::sign::PrivateKey::from_bytes(&secret).unwrap();
    fs::write(folder.join(SIGNATURE), serde_json::to_vec(&Signature::issue(&key, &text)).unwrap()).unwrap();
}

/// The same pushes as one strand of three segments.
fn in_three_segments(log: &Path, into: &Path) -> PathBuf {
    use zhucun::ship::segment;
    let shipped = files(log).into_iter().filter(|path| path.extension().is_some());
    let pushes: Vec<_> = shipped.flat_map(|path| segment::decode(&fs::read(path).unwrap()).unwrap().1).collect();
    fs::create_dir(into).unwrap();
    let (strand, mut prev) = (segment::strand(1_780_000_000_000, [7; 4]), String::new());
    for (n, some) in (1..).zip(pushes.chunks(pushes.len().div_ceil(3))) {
        let range = (some[0].id - 1, some[some.len() - 1].id);
        let head = segment::Head::new(&strand, n, "0".repeat(16), range, 1, &prev);
        let file = segment::encode(&head, some).unwrap();
        prev = hex::encode(sync_protocol::ids::sha256(&[&file]));
        fs::write(into.join(segment::name(&strand, n)), file).unwrap();
    }
    into.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_log_and_a_courier_file_are_checked_by_the_same_command() {
    let history = crate::fixture::history(Database::Sqlite).await.unwrap();
    let scratch = history.server.scratch();
    let (code, findings, said) = verify(&history.log, &[]);
    assert_eq!((code, findings.as_slice()), (Some(0), &[][..]), "{said}");
    let log = in_three_segments(&history.log, &scratch.join("three"));
    assert_eq!(verify(&log, &[]).0, Some(0), "a segment is as good as three");
    let segments = files(&log);
    let [first, middle, last] = segments.as_slice() else { panic!("{segments:?}") };
    let finds = |expected: &[&str]| {
        let (code, findings, _) = verify(&log, &[]);
        let found: Vec<&str> = findings.iter().map(|f| f["code"].as_str().unwrap()).collect();
        assert_eq!((code, &found[..expected.len()]), (Some(1), expected), "{findings:?}");
    };
    let bytes = fs::read(middle).unwrap();
    fs::remove_file(middle).unwrap();
    finds(&["file_missing"]);
    fs::copy(first, middle).unwrap();
    finds(&["log_damaged"]);
    fs::write(middle, &bytes[..bytes.len() - 1]).unwrap();
    finds(&["log_damaged"]);
    fs::write(middle, bytes).unwrap();
    fs::remove_file(last).unwrap();
    assert_eq!(verify(&log, &[]).0, Some(0), "that a log goes on nobody can see from it");

    // As a phone writes it: its first push, framed, with the certificate in the header.
    let (key, id) = (zhucun_tests::raw::key(5), sync_protocol::InstallId([5; 16]));
    let server = zhucun_tests::raw::key(6);
    let role = sync_protocol::sign::InstallRole::Phone;
    let cert = sync_protocol::sign::Certificate::issue(&server, id, "zjedz.p.x", &key.public(), role, 1);
    let before = sync_protocol::chain::genesis(id);
    let header = sync_protocol::push::header(id, 1, &before, None, Some(cert));
    let made = sync_protocol::push::make(&header, &before, &["one", "two"], &key);
    let mut file = Vec::new();
    sync_protocol::courier::add(&mut file, &sync_protocol::courier::Label::default(), &made.body);
    let path = scratch.join("pushes.courier");
    fs::write(&path, &file).unwrap();
    let (code, _, said) = verify(&path, &[]);
    assert!(code == Some(0) && said.contains("certificates were not checked"), "{said}");
    let keys = scratch.join("keys.json");
    let shown = |key: &sync_protocol::sign::PublicKey| json!([{"kid": key.kid(), "key": key.text()}]).to_string();
    fs::write(&keys, shown(&server.public())).unwrap();
    assert_eq!(verify(&path, &["--keys", &keys.display().to_string()]).0, Some(0));
    fs::write(&keys, shown(&key.public())).unwrap();
    let (code, findings, _) = verify(&path, &["--keys", &keys.display().to_string()]);
    assert_eq!((code, &findings[0]["code"]), (Some(1), &"certificate_invalid".into()));
}
