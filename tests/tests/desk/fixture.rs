//! One server of the demo district for all tests that leave each other alone: each has inspectors and villages of its own.

use serde_json::{Value, json};
use tokio::sync::OnceCell;
use zhucun_tests::{
    answer::Answer,
    office::Office,
    phones::Phone,
    raw::RawPhone,
    server::{Database, Server, binary},
};

static SQLITE: OnceCell<(Server, String, String)> = OnceCell::const_new();
static POSTGRES: OnceCell<(Server, String, String)> = OnceCell::const_new();

/// An hour, ms.
pub const HOUR: i64 = 3_600_000;

/// The server, and who decides.
pub struct Desk {
    /// The server.
    pub server: &'static Server,
    /// The office of the district.
    pub office: Office,
    /// Its administrator.
    pub admin: Office,
    /// The server's time, about, ms.
    pub now_ms: i64,
}

/// The desk of the shared server on SQLite.
pub async fn desk() -> Desk {
    desk_on(Database::Sqlite).await
}

/// The desk of the shared server on that database.
pub async fn desk_on(database: Database) -> Desk {
    let shared = match database {
        Database::Sqlite => &SQLITE,
        Database::Postgres => &POSTGRES,
    };
    let (server, office, admin) = shared.get_or_init(async || start(database).await).await;
    let signed_in = sign_in(server, "manager").await;
    Desk {
        server,
        office: Office::with_token(&server.url(), office),
        admin: Office::with_token(&server.url(), admin),
        now_ms: signed_in.signed_in_ms,
    }
}

async fn start(database: Database) -> (Server, String, String) {
    let server = Server::demo(&binary(), database).await.expect("the server starts");
    let [office, admin] = [sign_in(&server, "office").await, sign_in(&server, "admin").await];
    let tokens = (office.token().to_owned(), admin.token().to_owned());
    (server, tokens.0, tokens.1)
}

async fn sign_in(server: &Server, name: &str) -> Office {
    Office::sign_in(&server.url(), name, "zhucun-demo").await.expect("the demo's accounts sign in")
}

impl Desk {
    /// Another person of the demo, signed in.
    pub async fn as_user(&self, name: &str) -> Office {
        sign_in(self.server, name).await
    }

    /// A phone made by hand, of that person.
    pub async fn raw(&self, person: &str, seed: u64) -> RawPhone {
        let person = format!("zjedz.p.{person}");
        RawPhone::enrol(&self.office, &self.server.url(), &person, seed).await.expect("the phone enrols")
    }

    /// A phone of that person, its store in the server's folder.
    pub async fn phone(&self, person: &str, seed: u64) -> Phone {
        let person = format!("zjedz.p.{person}");
        let folder = self.server.scratch();
        let phone = Phone::enrol(&self.office, &self.server.url(), (&person, "p"), seed, folder).await;
        phone.expect("the phone enrols")
    }

    /// Gives a person a role at a place, from a time to another.
    pub async fn grant(&self, person: &str, role: &str, place: &str, (from, to): (i64, Option<i64>)) {
        let person = format!("zjedz.p.{person}");
        let mut fields = json!({"person": person, "role": role, "place": place, "from": from});
        if let Some(to) = to {
            fields["to"] = to.into();
        }
        let (scope, id) = (format!("{person}/own"), format!("{person}-{role}-{place}"));
        self.admin.write((&scope, "grant", &id), fields).await.expect("the grant is written");
    }

    /// Takes from a person all they were granted.
    pub async fn without_grants(&self, person: &str) {
        let scope = format!("zjedz.p.{person}/own");
        for grant in self.admin.records(&scope, Some("grant")).await.expect("grants are read") {
            let id = grant["id"].as_str().expect("an id").to_owned();
            self.admin.write((&scope, "grant", &id), json!({"to": 1})).await.expect("the grant ends");
        }
    }

    /// What `POST path` answers that person, be it a refusal.
    pub async fn answer(&self, who: &Office, path: &str, body: Value) -> Answer {
        Answer::to(who.request(reqwest::Method::POST, path).json(&body)).await.expect("an answer")
    }

    /// A record in a scope, as fed.
    pub async fn record(&self, scope: &str, kind: &str, id: &str) -> Value {
        self.office.record((scope, kind, id)).await.expect("the record is there")
    }

    /// There is no such record, as far as that the office is told.
    pub async fn lacks(&self, scope: &str, kind: &str, id: &str) {
        let path = format!("/v1/record?scope={}&kind={kind}&id={id}", scope.replace('/', "%2F"));
        let asked = Answer::to(self.office.request(reqwest::Method::GET, &path)).await.expect("an answer");
        asked.refused(404, "not_found");
    }

    /// What holds at the end of every test: the server logged no fault of its own.
    pub fn end(&self) {
        self.server.assert_clean_log();
    }
}
