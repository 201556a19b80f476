//! The bench the cases stand on: a database, the committing machinery without HTTP, and people with phones.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    sync::Arc,
};

use mobile_schema::Role;
use sea_orm::EntityTrait;
use sync_protocol::{
    Dot, InstallId, Line, LineDraft, Standing, chain, line as read_line,
    push::{self, Push},
    sign::{Certificate, InstallRole, PrivateKey, PublicKey},
    time::TimeEvidence,
    world::{self, Placed, World},
};
use zhucun::{
    storage::{
        Db,
        entities::{conflict, install, line, record, scope, standing},
        projection::Projection,
    },
    sync::{
        committer::{Committed, Committer},
        drafts::{Acting, Draft, Saw},
        intake::Verified,
        own_chain::OwnChain,
        store::{Context, rebuild, standings},
    },
};
use zhucun_tests::postgres::Cluster;

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
        let rows = line::Entity::find().all(&self.db.read).await.expect("reads");
        rows.into_iter()
            .map(|r| Placed {
                install: InstallId(r.install.as_slice().try_into().expect("16 bytes")),
                seq: r.seq as u64,
                bytes: r.bytes,
            })
            .collect()
    }

    /// What the database says the world is.
    pub async fn state(&self) -> World {
        let mut state = World::default();
        for row in record::Entity::find().all(&self.db.read).await.expect("reads") {
            if !row.derived && !row.empty {
                state.records.insert((row.scope, row.kind, row.id), row.body);
            }
        }
        let mut stored: BTreeMap<Dot, Standing> = BTreeMap::new();
        for row in standing::Entity::find().all(&self.db.read).await.expect("reads") {
            stored.extend(standings::read(&row));
        }
        for placed in self.lines().await {
            let dot = Dot::new(placed.install, placed.seq, &chain::line_hash(&placed.bytes));
            let read = read_line::read(placed.install, placed.seq, &placed.bytes);
            if matches!(read, Line::Op(_) | Line::Unreadable(_)) {
                let standing = stored.remove(&dot).unwrap_or(Standing::of(sync_protocol::Code::Applied));
                state.standings.insert(dot, standing);
            }
        }
        assert!(stored.is_empty(), "standings of lines that are not there: {stored:?}");
        for row in scope::Entity::find().all(&self.db.read).await.expect("reads") {
            let digest = hex::encode(&row.digest);
            if digest.bytes().any(|b| b != b'0') {
                state.digests.insert(row.scope, digest);
            }
        }
        for row in install::Entity::find().all(&self.db.read).await.expect("reads") {
            if let Some(fork) = row.fork_seq {
                state.forks.insert(InstallId(row.id.as_slice().try_into().expect("16 bytes")), fork as u64);
            }
        }
        state
    }

    /// The promise of the suite: what was reached step by step is what all lines come to at once.
    pub async fn assert_equal_to_fold(&self) -> World {
        let state = self.state().await;
        let lines = self.lines().await;
        let folded = world::fold(&lines, &self.context.servers);
        let unlike = [
            unlike(&state.forks, &folded.forks),
            unlike(&state.standings, &folded.standings),
            unlike(&state.records, &folded.records),
            unlike(&state.digests, &folded.digests),
        ];
        assert!(unlike.iter().all(String::is_empty), "{}", unlike.concat());
        let open: usize = state.records.values().filter(|b| b.contains("\"open\":[")).count();
        let mut conflicts = conflict::Entity::find().all(&self.db.read).await.expect("reads");
        conflicts.dedup_by(|a, b| a.record == b.record);
        assert_eq!(conflicts.len(), open, "the list of conflicts is that of the records");
        state
    }

    pub async fn rebuild(&self) -> rebuild::Rebuilt {
        let tx = self.db.begin().await.expect("begins");
        let rebuilt = rebuild::rebuild(&tx, &self.context, MORNING_MS).await.expect("rebuilds");
        tx.commit().await.expect("commits");
        rebuilt
    }
}

/// Where the database and the fold differ.
fn unlike<K: Ord + Debug, V: PartialEq + Debug>(database: &BTreeMap<K, V>, fold: &BTreeMap<K, V>) -> String {
    let keys: BTreeSet<&K> = database.keys().chain(fold.keys()).collect();
    let unlike = keys.into_iter().filter(|k| database.get(k) != fold.get(k));
    unlike.map(|k| format!("{k:?}\n  database {:?}\n  fold     {:?}\n", database.get(k), fold.get(k))).collect()
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
