//! A phone that runs the client in Python, on the real server, beside one that runs the engine.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sync_protocol::sign::{PublicKey, Receipt};
use zhucun_tests::{
    agreement, camera,
    network::BadNetwork,
    office::Office,
    phones::Phone,
    python::PythonPhone,
    server::{Database, Server, binary},
};

const SCOPE: &str = "440811070201/inspection";
const VISIT: (&str, &str, &str) = (SCOPE, "visit", "visit-py");
const FINDING: (&str, &str, &str) = (SCOPE, "finding", "finding-py");

/// The demo district, somebody of the office, and a phone in Python of an inspector.
struct Field {
    server: Server,
    office: Office,
    python: PythonPhone,
}

impl Field {
    async fn of(person: &str) -> Self {
        let server = Server::demo(&binary(), Database::Sqlite).await.expect("the server starts");
        let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await.expect("the office signs in");
        let store = server.scratch().join("python.db");
        let python = PythonPhone::enrol(&office, &server.url(), person, &store).await.expect("the phone enrols");
        Self { server, office, python }
    }

    fn scratch(&self, name: &str) -> PathBuf {
        self.server.scratch().join(name)
    }

    async fn server_keys(&self) -> Vec<PublicKey> {
        let said = self.office.get("/v1/keys", &[]).await.expect("keys");
        let keys = said["keys"].as_array().into_iter().flatten();
        keys.filter_map(|key| PublicKey::parse(key["key"].as_str()?)).collect()
    }

    /// Every line is the one that came, on a chain its phone signed; nothing waits, and the log tells of no fault.
    async fn end(&mut self) {
        self.office.settled().await.expect("no job is left");
        let verified = self.server.succeeds(&["verify"]).await.expect("zhucun verify is clean");
        assert!(verified.contains("clean"), "{verified}");
        assert_eq!(self.server.unfinished_uploads(), Vec::<String>::new());
        self.server.stop().await.expect("a good end");
        self.server.assert_clean_log();
    }
}

#[tokio::test]
async fn a_python_phone_writes_offline_pushes_and_pulls_to_the_servers_digests() {
    let mut field = Field::of("zjedz.p.i-01").await;
    let phone = &field.python;
    // Offline: no command here speaks to the server.
    let visit = json!({"place": "440811070201", "person": "zjedz.p.i-01", "purpose": "抽查"});
    phone.write(VISIT, &visit).await.unwrap();
    for lat in ["21.0312", "21.0313"] {
        let fix = format!(r#"{{"lat":{lat},"lon":110.41,"datum":"wgs84","accuracy_m":8,"visit":"visit-py"}}"#);
        phone.run(&["record", SCOPE, "fix", &fix]).await.unwrap();
    }
    let response = "b0a3c2d4-0000-8000-8000-000000000001";
    let answers = json!({"visit": "visit-py", "i.all_accounted": true, "i.members_seen": 3}).to_string();
    phone.run(&["write", SCOPE, "response", response, &answers, "--tpl", "work-team@1"]).await.unwrap();
    assert_eq!(phone.run(&["view", SCOPE, "visit", "visit-py"]).await.unwrap()["purpose"], "抽查");
    assert_eq!(phone.body(VISIT).await.unwrap(), Value::Null);

    // Packed, and all of it again as it is: nothing is refused, nothing is there twice.
    assert_eq!(phone.run(&["push"]).await.unwrap(), json!([]));
    phone.write(VISIT, &json!({"note": "第二次"})).await.unwrap();
    assert_eq!(phone.run(&["push", "--plain", "--first", "1"]).await.unwrap(), json!([]));
    let status = phone.run(&["status"]).await.unwrap();
    let receipts: Vec<Receipt> = serde_json::from_value(status["receipts"].clone()).unwrap();
    let keys = field.server_keys().await;
    assert!(receipts.iter().all(|receipt| receipt.is_valid(&keys)), "{receipts:?}");
    assert_eq!((status["waiting"].as_u64(), receipts[0].from, receipts[0].to), (Some(0), 1, 5));

    // Small pages, and a checkpoint whose digests are the phone's own: it asks for nothing anew.
    assert_eq!(phone.run(&["pull", "--page", "40"]).await.unwrap()["again"], json!([]));
    let digests = phone.run(&["digests"]).await.unwrap();
    assert!(digests.as_object().unwrap().len() > 30 && digests.get(SCOPE).is_some(), "{digests}");
    for (kind, id) in [("visit", "visit-py"), ("response", response)] {
        let fed = phone.body((SCOPE, kind, id)).await.unwrap();
        let said: Value = serde_json::from_str(fed.as_str().unwrap()).unwrap();
        assert_eq!(said, field.office.record((SCOPE, kind, id)).await.unwrap());
    }
    assert_eq!(field.office.records(SCOPE, Some("fix")).await.unwrap().len(), 2);
    // A store that was damaged differs, and heals with the pull after.
    phone.damage(SCOPE).await.unwrap();
    assert_eq!(phone.run(&["pull"]).await.unwrap()["again"], json!([SCOPE]));
    assert_eq!(phone.run(&["pull"]).await.unwrap()["again"], json!([]));
    assert_eq!(phone.run(&["digests"]).await.unwrap()[SCOPE], digests[SCOPE]);
    phone.run(&["sync"]).await.unwrap();
    field.end().await;
}

#[tokio::test]
async fn a_phone_in_rust_and_one_in_python_that_changed_one_field_agree_in_the_end() {
    let mut field = Field::of("zjedz.p.i-01").await;
    let who = ("zjedz.p.i-02", "the other inspector");
    let rust = Phone::enrol(&field.office, &field.server.url(), who, 2, field.server.scratch()).await.unwrap();
    field.python.write(FINDING, &json!({"type": "problem", "title": "账目不清", "severity": "minor"})).await.unwrap();
    field.python.run(&["sync"]).await.unwrap();
    rust.sync().await.unwrap();
    assert_eq!(rust.shown(FINDING, "title").unwrap(), "账目不清");

    // Both offline, on the same two fields: one is reviewed, one is not.
    let theirs = json!({"severity": "grave", "title": "账目混乱", "tags": {"add": ["账目"]}});
    rust.write(SCOPE, "finding", "finding-py", theirs).unwrap();
    let ours = json!({"severity": "serious", "title": "账目缺页", "tags": {"add": ["缺页"]}});
    field.python.write(FINDING, &ours).await.unwrap();
    field.python.run(&["sync"]).await.unwrap();
    rust.sync().await.unwrap();
    field.python.run(&["sync"]).await.unwrap();
    rust.sync().await.unwrap();

    let on_python = field.python.body(FINDING).await.unwrap();
    let on_rust = rust.engine.fed_body(SCOPE, "finding", "finding-py").unwrap().unwrap();
    assert_eq!(on_python.as_str(), Some(on_rust.as_str()));
    let said: Value = serde_json::from_str(&on_rust).unwrap();
    assert_eq!(said["open"], json!(["severity"]), "{said}");
    assert_eq!(said["f"]["tags"].as_array().map(Vec::len), Some(2), "{said}");
    let both = [&said["f"]["title"], &said["alt"]["title"][0]["v"]];
    assert!(both.contains(&&json!("账目混乱")) && both.contains(&&json!("账目缺页")), "{said}");

    // Whatever both hold, they hold alike, to the byte.
    let digests = field.python.run(&["digests"]).await.unwrap();
    let shared: Vec<_> =
        rust.engine.scopes().unwrap().into_iter().filter(|s| digests.get(&s.scope).is_some()).collect();
    assert!(shared.len() > 30, "{digests}");
    for scope in &shared {
        assert_eq!(digests[&scope.scope], scope.digest, "{}", scope.scope);
    }
    let fed = agreement::on_phone(&rust, SCOPE).unwrap();
    assert!(fed.contains_key(&("finding".to_owned(), "finding-py".to_owned())));
    field.end().await;
}

#[tokio::test]
async fn a_push_and_a_photo_that_break_off_get_there_and_the_photo_goes_on_where_it_broke() {
    let mut field = Field::of("zjedz.p.i-01").await;
    let network = BadNetwork::before(field.server.port()).await.unwrap();
    field.python.reaches(&network.url());
    let picture = camera::take(7).original;
    let file = field.scratch("photo.jpg");
    std::fs::write(&file, &picture).unwrap();
    let photo = field.python.run(&["photo", SCOPE, path(&file)]).await.unwrap();
    let sha256 = photo[0].as_str().unwrap().to_owned();

    network.break_in("POST /v1/sync/push", 300);
    assert_eq!(field.python.run(&["push", "--plain"]).await.unwrap(), json!([]));
    assert_eq!(network.breaks(), 1);
    network.break_in("PATCH /v1/media/uploads", 60_000);
    let uploaded = field.python.run(&["upload"]).await.unwrap();
    assert_eq!(network.breaks(), 2);
    assert_eq!(uploaded["receipts"][0]["sha256"], sha256.as_str());
    assert_eq!(uploaded["receipts"][0]["size"], picture.len());
    let asked = format!("/v1/media/{sha256}");
    let there = field.office.request(reqwest::Method::GET, &asked).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(there, picture);
    // A second time there is nothing to send.
    assert_eq!(field.python.run(&["upload"]).await.unwrap()["receipts"], json!([]));
    field.python.run(&["push"]).await.unwrap();
    field.end().await;
}

#[tokio::test]
async fn a_copied_phone_is_told_that_its_chain_forked_and_loses_nothing() {
    let mut field = Field::of("zjedz.p.i-01").await;
    field.python.write(VISIT, &json!({"note": "before"})).await.unwrap();
    field.python.run(&["push"]).await.unwrap();
    let clone = field.python.cloned(&field.scratch("clone.db")).unwrap();
    field.python.write((SCOPE, "visit", "visit-a"), &json!({"note": "a"})).await.unwrap();
    clone.write((SCOPE, "visit", "visit-b"), &json!({"note": "b"})).await.unwrap();
    field.python.run(&["push"]).await.unwrap();
    assert_eq!(clone.must_enrol_anew(&["push"]).await.unwrap(), "forked");
    for (id, note) in [("visit-py", "before"), ("visit-a", "a"), ("visit-b", "b")] {
        assert_eq!(field.office.record((SCOPE, "visit", id)).await.unwrap()["f"]["note"], note);
    }
    field.end().await;
}

#[tokio::test]
async fn a_server_put_back_to_an_older_copy_gets_from_a_python_phone_what_it_forgot() {
    let mut field = Field::of("zjedz.p.i-01").await;
    field.python.write(VISIT, &json!({"note": "before"})).await.unwrap();
    field.python.run(&["sync"]).await.unwrap();
    field.server.stop().await.unwrap();
    let (data, copy) = (field.server.data(), field.scratch("copy"));
    copy_folder(&data, &copy);
    field.server.start().await.unwrap();
    field.python.write((SCOPE, "visit", "visit-forgotten"), &json!({"note": "forgotten"})).await.unwrap();
    field.python.run(&["sync"]).await.unwrap();

    field.server.stop().await.unwrap();
    std::fs::remove_dir_all(&data).unwrap();
    copy_folder(&copy, &data);
    field.server.start().await.unwrap();
    field.python.write((SCOPE, "visit", "visit-after"), &json!({"note": "after"})).await.unwrap();
    field.python.run(&["sync"]).await.unwrap();
    assert_eq!(field.python.run(&["pull"]).await.unwrap()["again"], json!([]));
    for (id, note) in [("visit-py", "before"), ("visit-forgotten", "forgotten"), ("visit-after", "after")] {
        assert_eq!(field.office.record((SCOPE, "visit", id)).await.unwrap()["f"]["note"], note);
        let fed = field.python.body((SCOPE, "visit", id)).await.unwrap();
        assert!(fed.as_str().is_some_and(|fed| fed.contains(note)), "{fed}");
    }
    field.python.run(&["push"]).await.unwrap();
    field.end().await;
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_folder(&path, &to);
        } else {
            std::fs::copy(&path, &to).expect("copied");
        }
    }
}

fn path(file: &Path) -> &str {
    file.to_str().expect("a path of plain characters")
}
