//! A server of the demo district on each database, for tests that leave each other alone: each has villages and people of its own.

use reqwest::Method;
use serde_json::{Value, json};
use sync_protocol::{RecordKey, ids::sha256};
use tokio::sync::OnceCell;
use zhucun_tests::{
    answer::Answer,
    camera,
    office::Office,
    raw::RawPhone,
    server::{Database, Server, binary},
};

static SQLITE: OnceCell<Server> = OnceCell::const_new();
static POSTGRES: OnceCell<Server> = OnceCell::const_new();

/// Both.
pub const DATABASES: [Database; 2] = [Database::Sqlite, Database::Postgres];

/// The server and who looks.
pub struct Gallery {
    /// The server.
    pub server: &'static Server,
    /// The demo's manager, office and administrator.
    pub manager: Office,
    pub office: Office,
    pub admin: Office,
}

impl Gallery {
    /// The shared server on that database. The one on PostgreSQL has no font.
    pub async fn on(database: Database) -> Self {
        let cell = match database {
            Database::Sqlite => &SQLITE,
            Database::Postgres => &POSTGRES,
        };
        Self::of(cell.get_or_init(async || start(database, &[]).await).await).await
    }

    /// A server of one's own, with these settings. It ends with the tests, as the shared ones.
    pub async fn alone(database: Database, settings: &[(&str, &str)]) -> Self {
        Self::of(Box::leak(Box::new(start(database, settings).await))).await
    }

    async fn of(server: &'static Server) -> Self {
        let [manager, office, admin] =
            [sign_in(server, "manager").await, sign_in(server, "office").await, sign_in(server, "admin").await];
        Self { server, manager, office, admin }
    }

    /// A person of the demo, signed in.
    pub async fn as_user(&self, name: &str) -> Office {
        sign_in(self.server, name).await
    }

    /// A phone of that person.
    pub async fn phone(&self, person: &str, seed: u64) -> RawPhone {
        RawPhone::enrol(&self.office, &self.server.url(), &format!("zjedz.p.{person}"), seed).await.expect("it enrols")
    }

    /// The village where that member is posted.
    pub async fn village_of(&self, person: &str) -> String {
        let stations = self.office.get("/v1/stations", &[]).await.expect("stations");
        let person = format!("zjedz.p.{person}");
        let station = stations.as_array().into_iter().flatten().find(|s| s["person"] == person.as_str());
        station.expect("posted")["village"].as_str().expect("a village").to_owned()
    }

    /// What `GET path` answers that person, be it a refusal.
    pub async fn answer(&self, who: &Office, path: &str) -> Answer {
        Answer::to(who.request(Method::GET, path)).await.expect("an answer")
    }

    /// A photo of that phone, taken now, with its bytes.
    pub async fn taken(&self, phone: &mut RawPhone, scope: &str, name: &str, seed: u64) -> Taken {
        self.taken_of(phone, (scope, name), seed, &json!({})).await
    }

    /// Likewise, with more fields.
    pub async fn taken_of(&self, phone: &mut RawPhone, (scope, name): (&str, &str), seed: u64, more: &Value) -> Taken {
        let bytes = camera::take(seed).original;
        let hash = hex::encode(sha256(&[&bytes]));
        let mut fields = json!({
            "sha256": hash, "size": bytes.len(), "media_type": "image/jpeg", "item": "roof",
            "lat": 21.0, "lon": 110.4, "accuracy_m": 8.0, "datum": "wgs84",
        });
        for (field, value) in more.as_object().into_iter().flatten() {
            fields[field] = value.clone();
        }
        let id = phone.own_id(name);
        phone.push(&[phone.line(scope, "photo", &id, &fields)]).await.expect("the record is taken");
        let token = phone.token().await.expect("a token");
        let request = phone.request(Method::POST, "/v1/media/uploads", &token);
        let metadata = format!("sha256 {}", base64(&hash));
        let request = request.header("tus-resumable", "1.0.0").header("upload-metadata", metadata);
        let request = request.header("upload-length", bytes.len());
        let request = request.header("content-type", "application/offset+octet-stream").body(bytes.clone());
        assert_eq!(Answer::to(request).await.expect("an answer").status, 201);
        self.office.settled().await.expect("it is opened");
        Taken { photo: key(scope, &id), hash, bytes, token }
    }

    /// What holds at the end of every test.
    pub async fn end(&self) {
        self.office.settled().await.expect("nothing is left to do");
        self.server.assert_clean_log();
    }
}

/// A photo that is here.
pub struct Taken {
    /// Its name in the gallery.
    pub photo: String,
    /// Its SHA-256.
    pub hash: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The token of the phone that took it.
    pub token: String,
}

/// The name in the gallery of the photo record of that id.
pub fn key(scope: &str, id: &str) -> String {
    hex::encode(RecordKey::of(scope, "photo", id).0)
}

/// A member's texts of a list.
pub fn texts(list: &Value, member: &str) -> Vec<String> {
    let text = |one: &Value| one[member].as_str().expect("a text").to_owned();
    list.as_array().expect("a list").iter().map(text).collect()
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

async fn start(database: Database, settings: &[(&str, &str)]) -> Server {
    let mut server = Server::new(&binary(), database).expect("a server");
    server.succeeds(&["demo"]).await.expect("the demo is loaded");
    if database == Database::Postgres {
        server.set("ZHUCUN_WATERMARK_FONT", "/there/is/none.ttc");
    }
    settings.iter().for_each(|(name, value)| server.set(name, value));
    server.start().await.expect("it starts");
    server
}

async fn sign_in(server: &Server, name: &str) -> Office {
    Office::sign_in(&server.url(), name, "zhucun-demo").await.expect("the demo's accounts sign in")
}
