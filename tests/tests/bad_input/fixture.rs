//! One server of the demo district for all tests that leave each other alone: each enrols a phone of another member.

use reqwest::Client;
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use zhucun_tests::{
    answer::Answer,
    office::Office,
    raw::RawPhone,
    server::{Database, Server, binary},
};

static SHARED: OnceCell<(Server, String)> = OnceCell::const_new();

/// The server, and a phone of one member.
pub struct Fixture {
    /// The server.
    pub server: &'static Server,
    /// Who sees and decides.
    pub office: Office,
    /// The phone.
    pub phone: RawPhone,
    /// The scope in which the member records.
    pub presence: String,
    /// For requests of no phone.
    pub http: Client,
}

/// With a phone of the member of that number. Each test takes its own.
pub async fn with_member(number: u64) -> Fixture {
    let (server, token) = SHARED.get_or_init(start).await;
    let office = Office::with_token(&server.url(), token);
    let person = format!("zjedz.p.m-{number:04}");
    let stations = office.get("/v1/stations", &[]).await.expect("the office sees stations");
    let station = stations.as_array().into_iter().flatten().find(|s| s["person"] == person.as_str());
    let village = station.and_then(|s| s["village"].as_str()).expect("the member is posted").to_owned();
    let phone = RawPhone::enrol(&office, &server.url(), &person, number).await.expect("the phone enrols");
    Fixture { server, office, phone, presence: format!("{village}/presence"), http: Client::new() }
}

async fn start() -> (Server, String) {
    let server = Server::demo(&binary(), Database::Sqlite).await.expect("the server starts");
    let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await.expect("the office signs in");
    let token = office.token().to_owned();
    (server, token)
}

impl Fixture {
    /// A good line: a work log of that name.
    pub fn good(&self, name: &str) -> Vec<u8> {
        self.phone.line(&self.presence, "work_log", name, &json!({"person": self.phone.person, "text": name}))
    }

    /// Pushes lines, which must be acknowledged; gives (seq, state, code) of those that are not applied.
    pub async fn push(&mut self, lines: &[Vec<u8>]) -> Vec<(u64, String, String)> {
        self.phone.push(lines).await.expect("the push is acknowledged")
    }

    /// The record of that good line is there.
    pub async fn has(&self, name: &str) {
        let record = self.record("work_log", name).await;
        assert_eq!(record["f"]["text"], name, "{record}");
    }

    /// A record in the member's scope.
    pub async fn record(&self, kind: &str, id: &str) -> Value {
        self.office.record((&self.presence, kind, id)).await.expect("the record is there")
    }

    /// There is no such record.
    pub async fn lacks(&self, scope: &str, kind: &str, id: &str) {
        let path = format!("/v1/record?scope={}&kind={kind}&id={id}", scope.replace('/', "%2F"));
        let asked = Answer::to(self.office.request(reqwest::Method::GET, &path)).await.expect("an answer");
        asked.refused(404, "not_found");
    }

    /// What the office is told of a line of this phone.
    pub async fn standing(&self, state: &str, seq: u64) -> Value {
        let mine = format!("{}:{seq}:", self.phone.install);
        let all = self.office.standings(state).await.expect("the office sees standings");
        let found = all.into_iter().find(|s| s["dot"].as_str().is_some_and(|dot| dot.starts_with(&mine)));
        found.unwrap_or_else(|| panic!("no line {seq} is {state}"))
    }

    /// What holds at the end of every test: no job is left, the bytes of all lines are there and verify, and the log tells of no fault
    /// of the server's own.
    pub async fn end(&self) {
        self.office.settled().await.expect("no job is left");
        // Other tests check the same server at the same time.
        let aside = tempfile::tempdir().expect("a folder");
        let aside = aside.path().to_str().expect("a path that is a text");
        let verified = self.server.succeeds(&["verify", "--aside", aside]).await.expect("zhucun verify is clean");
        assert!(verified.contains("clean"), "{verified}");
        self.server.assert_clean_log();
    }
}
