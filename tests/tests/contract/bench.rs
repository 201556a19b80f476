//! The bench the cases stand on: a database, the committing machinery without HTTP, and people with phones.

use std::sync::Arc;

use mobile_schema::Role;
use sync_protocol::{
    Dot, InstallId, LineDraft, chain,
    push::{self, Push},
    sign::{Certificate, InstallRole, PrivateKey, PublicKey},
    time::TimeEvidence,
    world::{Placed, World},
};
use zhucun::{
    storage::{Db, projection::Projection},
    sync::{
        committer::{Committed, Committer},
        drafts::{Acting, Draft, Saw},
        intake::Verified,
        own_chain::OwnChain,
        store::{Context, rebuild},
    },
};
use zhucun_tests::{postgres::Cluster, state};

pub const DISTRICT: &str = "zjedz";
pub const VILLAGE: &str = "440811070201";
/// 2026-11-20 08:00 in Shanghai.
pub const MORNING_MS: i64 = 1_795_132_800_000;

/// The databases that must pass.
pub const DATABASES: [&str; 2] = ["sqlite", "postgres"];

/// A new, empty one, and the folder it lives in.
pub fn database(which: &str) -> (String, Option<tempfile::TempDir>) {
    if which == "postgres" {
        return (Cluster::shared().database().expect("a database"), None);
    }
    let dir = tempfile::tempdir().expect("a temporary folder");
    (format!("sqlite:{}", dir.path().join("t.db").display()), Some(dir))
}

pub struct Bench {
    pub db: Db,
    pub context: Arc<Context>,
    pub committer: Committer,
    pub server: PrivateKey,
}

pub fn acting() -> Acting {
    Acting { person: format!("{DISTRICT}.p.office"), role: Role::Office }
}

pub fn draft(scope: &str, kind: &'static str, id: &str, fields: serde_json::Value) -> Draft {
    let serde_json::Value::Object(fields) = fields else { panic!("fields are an object") };
    Draft { scope: scope.to_owned(), kind, id: id.to_owned(), fields, saw: Saw::Current, tpl: None }
}

impl Bench {
    pub async fn new(url: &str, projections: Vec<Box<dyn Projection>>) -> Self {
        let db = Db::open(url, 4).await.expect("opens");
        let server = PrivateKey::from_bytes(&[7; 32]).expect("a key");
        let context = Context::new(vec![server.public()], projections);
        let own = || OwnChain::new(server.clone(), rand::random(), MORNING_MS - 1_000);
        let (committer, _) = Committer::start(db.clone(), context.clone(), own);
        let bench = Self { db, context, committer, server };
        bench
            .write(vec![draft(
                &format!("{DISTRICT}/roster"),
                "place",
                DISTRICT,
                serde_json::json!({
                    "level": "district", "name": "区", "towns": {"add": ["440811070"]},
                }),
            )])
            .await;
        bench
    }

    /// Of a server with these keys, that knows nothing.
    pub async fn of(url: &str, servers: Vec<PublicKey>) -> Self {
        let db = Db::open(url, 4).await.expect("opens");
        let server = PrivateKey::from_bytes(&[7; 32]).expect("a key");
        let context = Context::new(servers, Vec::new());
        let own = || OwnChain::new(server.clone(), rand::random(), MORNING_MS);
        let (committer, _) = Committer::start(db.clone(), context.clone(), own);
        Self { db, context, committer, server }
    }

    pub async fn write(&self, drafts: Vec<Draft>) -> Vec<Dot> {
        let written = self.committer.write(&acting(), drafts).await.expect("the office may write");
        written.into_iter().map(|w| w.dot).collect()
    }

    pub async fn grant(&self, person: &str, role: &str, place: &str, from: i64, to: Option<i64>) {
        let fields = serde_json::json!({"person": person, "role": role, "place": place, "from": from, "to": to});
        self.write(vec![draft(&format!("{person}/own"), "grant", &format!("{role}.{place}.{from}"), fields)]).await;
    }

    /// A phone, with its certificate; enrolled only by [`Bench::enrol`].
    pub fn phone(&self, person: &str, n: u8) -> Phone {
        let key = PrivateKey::from_bytes(&[n; 32]).expect("a key");
        let install = InstallId([n; 16]);
        let person = format!("{DISTRICT}.p.{person}");
        let certificate =
            Certificate::issue(&self.server, install, &person, &key.public(), InstallRole::Phone, MORNING_MS);
        Phone { install, person, key, certificate, seq: 0, head: chain::genesis(install) }
    }

    pub async fn enrol(&self, phone: &Phone) {
        let fields = serde_json::json!({
            "person": phone.person, "role": "phone", "key": phone.certificate.key, "certificate": phone.certificate,
        });
        self.write(vec![draft(&format!("{}/own", phone.person), "enrolment", &phone.install.to_string(), fields)])
            .await;
    }

    /// Sends a push as it would come over the wire.
    pub async fn send(&self, made: &Made) -> Committed {
        let push = Push::read(&made.body).expect("a push");
        let after = push.head_after(&made.before);
        push.verify(&after, &made.key.public()).expect("sealed");
        let verified = Verified::of(&push, Some(made.certificate.clone()), made.before, after);
        self.committer.push(verified).await.expect("committed")
    }

    /// The lines as stored.
    pub async fn lines(&self) -> Vec<Placed> {
        state::lines(&self.db.read).await.expect("reads")
    }

    /// The promise of the suite: what was reached step by step is what all lines come to at once.
    pub async fn assert_equal_to_fold(&self) -> World {
        let state = state::state(&self.db.read).await.expect("reads");
        let folded = state::fold(&self.db.read, &self.context.servers).await.expect("reads");
        let unlike = state::unlike(&state, &folded);
        assert!(unlike.is_empty(), "{unlike}");
        assert_eq!(state::unerased(&self.db.read, &state).await.expect("reads"), [], "erased lines keep nothing");
        state::conflicts_agree(&self.db.read, &state).await.expect("the list of conflicts is that of the records");
        state
    }

    pub async fn rebuild(&self) -> rebuild::Rebuilt {
        let tx = self.db.begin().await.expect("begins");
        let rebuilt = rebuild::rebuild(&tx, &self.context, MORNING_MS).await.expect("rebuilds");
        tx.commit().await.expect("commits");
        rebuilt
    }
}

/// A phone that makes lines and pushes by the protocol's own functions.
#[derive(Clone)]
pub struct Phone {
    pub install: InstallId,
    pub person: String,
    pub key: PrivateKey,
    pub certificate: Certificate,
    pub seq: u64,
    pub head: sync_protocol::Hash,
}

/// A push, made.
pub struct Made {
    pub body: Vec<u8>,
    pub before: sync_protocol::Hash,
    pub key: PrivateKey,
    pub certificate: Certificate,
    pub dots: Vec<Dot>,
}

/// Server time heard at that moment.
pub fn at(ms: i64) -> TimeEvidence {
    TimeEvidence { server: Some((ms as u64, 0)), ..TimeEvidence::default() }
}

/// A line.
pub fn line(scope: &str, kind: &str, id: &str, fields: serde_json::Value, seen: &[Dot], time: TimeEvidence) -> Vec<u8> {
    let fields = serde_json::value::to_raw_value(&fields).expect("JSON");
    LineDraft {
        scope: Some(scope),
        kind,
        id: Some(id),
        version: 1,
        fields: Some(&fields),
        seen,
        time,
        ..LineDraft::default()
    }
    .bytes()
}

impl Phone {
    /// The next push, of these lines.
    pub fn push(&mut self, lines: &[Vec<u8>]) -> Made {
        let header = push::header(self.install, self.seq + 1, &self.head, None, Some(self.certificate.clone()));
        let made = push::make(&header, &self.head, lines, &self.key);
        let dots =
            (self.seq + 1..).zip(lines).map(|(seq, l)| Dot::new(self.install, seq, &chain::line_hash(l))).collect();
        let before = std::mem::replace(&mut self.head, made.head);
        self.seq += lines.len() as u64;
        Made { body: made.body, before, key: self.key.clone(), certificate: self.certificate.clone(), dots }
    }
}
