//! The server: lines in, folded anew each time; feeds out.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard},
};

use serde_json::{Value, json};
use sync_protocol::{
    Hash, InstallId, LineDraft, chain,
    ids::sha256,
    record::{self, RecordName},
    sign::{Certificate, InstallRole, PrivateKey, PublicKey, Purpose, Receipt},
    time::TimeEvidence,
    world::{self, Placed},
};
use zhucun_client::{
    transport::{Method, Request, Transport, TransportError, Whole},
    wire::{EnrolmentAnswer, ServerKey},
};

/// The server. A clone is the same server.
#[derive(Clone)]
pub struct Server(Arc<Mutex<State>>);

/// All it knows. A clone of it is a backup.
#[derive(Clone)]
pub struct State {
    pub key: PrivateKey,
    pub more_keys: Vec<PublicKey>,
    pub epoch: String,
    pub now_ms: i64,
    pub own: InstallId,
    pub own_seq: u64,
    pub lines: BTreeSet<Placed>,
    pub keys: HashMap<InstallId, PublicKey>,
    pub persons: HashMap<InstallId, String>,
    pub heads: HashMap<InstallId, BTreeMap<u64, BTreeSet<Hash>>>,
    pub feeds: BTreeMap<String, Feed>,
    pub hidden: BTreeSet<String>,
    pub nonces: BTreeSet<String>,
    pub tokens: HashMap<String, InstallId>,
    pub photos: BTreeMap<String, Vec<u8>>,
    pub uploads: BTreeMap<String, (String, u64, Vec<u8>)>,
    pub counter: u64,
    /// Receipts presented, and operations named.
    pub receipts: usize,
    pub unknown: Vec<Value>,
    /// Pushes that came packed against earlier lines.
    pub packed_against_lines: usize,
    /// Requests, as `push`, `pull`, …
    pub log: Vec<String>,
    /// Answers to be given in place of the right ones: path, status, code, how often.
    pub troubles: Vec<(&'static str, u16, &'static str, u32)>,
    /// A scope whose digest is told wrongly that often.
    pub wrong_digest: Option<(String, u32)>,
    pub page_limit: usize,
}

/// A scope's feed.
#[derive(Clone, Default)]
pub struct Feed {
    pub pos: i64,
    /// (kind, id) → (pos, body).
    pub rows: BTreeMap<(String, String), (i64, String)>,
}

pub type Answered = Result<Whole, (u16, &'static str, Value)>;

impl Server {
    pub fn new() -> Self {
        let key = PrivateKey::from_bytes(&[9; 32]).unwrap();
        let own = InstallId([0xee; 16]);
        let mut state = State {
            own,
            more_keys: Vec::new(),
            epoch: "epoch-1".into(),
            now_ms: super::RIGHT,
            own_seq: 0,
            lines: BTreeSet::new(),
            keys: HashMap::new(),
            persons: HashMap::new(),
            heads: HashMap::new(),
            feeds: BTreeMap::new(),
            hidden: BTreeSet::new(),
            nonces: BTreeSet::new(),
            tokens: HashMap::new(),
            photos: BTreeMap::new(),
            uploads: BTreeMap::new(),
            counter: 0,
            receipts: 0,
            unknown: Vec::new(),
            packed_against_lines: 0,
            log: Vec::new(),
            troubles: Vec::new(),
            wrong_digest: None,
            page_limit: 1_000,
            key,
        };
        let certificate = state.certify(own, "server", &state.key.public(), InstallRole::Server);
        state.write("zjedz/own", "enrolment", &own.to_string(), json!({ "certificate": certificate }));
        state.refold();
        Self(Arc::new(Mutex::new(state)))
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Enrols that person's key; they may write presence in two villages.
    pub fn enrol(&self, person: &str, key: &str) -> EnrolmentAnswer {
        self.state().enrol(person, key)
    }

    /// The office writes.
    pub fn write(&self, scope: &str, kind: &str, id: &str, fields: Value) {
        let mut state = self.state();
        state.write(scope, kind, id, fields);
        state.refold();
    }

    /// How often requests of that name came.
    pub fn count(&self, what: &str) -> usize {
        self.state().log.iter().filter(|l| *l == what).count()
    }
}

impl State {
    fn certify(&self, install: InstallId, person: &str, key: &PublicKey, role: InstallRole) -> Certificate {
        Certificate::issue(&self.key, install, person, key, role, self.now_ms)
    }

    fn enrol(&mut self, person: &str, key: &str) -> EnrolmentAnswer {
        let key = PublicKey::parse(key).unwrap();
        let install = InstallId(sha256(&[person.as_bytes(), key.text().as_bytes()])[..16].try_into().unwrap());
        let certificate = self.certify(install, person, &key, InstallRole::Phone);
        self.keys.insert(install, key);
        self.persons.insert(install, person.to_owned());
        let own = format!("{person}/own");
        self.write(
            &own,
            "enrolment",
            &install.to_string(),
            json!({"person": person, "role": "phone", "certificate": certificate}),
        );
        for village in [super::VILLAGE, super::OTHER] {
            let place = village.split('/').next().unwrap();
            let grant = json!({"person": person, "role": "member", "place": place, "from": 0});
            self.write(&own, "grant", &format!("{person}-{place}"), grant);
        }
        self.refold();
        let keys = vec![ServerKey(self.key.public().text())];
        EnrolmentAnswer {
            install,
            person: person.to_owned(),
            certificate,
            keys,
            epoch: self.epoch.clone(),
            now: self.now_ms,
        }
    }

    fn write(&mut self, scope: &str, kind: &str, id: &str, fields: Value) {
        self.own_seq += 1;
        let fields = serde_json::value::to_raw_value(&fields).unwrap();
        let time = TimeEvidence { server: Some((self.now_ms as u64, 0)), ..TimeEvidence::default() };
        let draft = LineDraft {
            scope: Some(scope),
            kind,
            id: Some(id),
            by: Some("zjedz.p.office"),
            as_role: Some(mobile_schema::Role::Office),
            fields: Some(&fields),
            time,
            ..LineDraft::default()
        };
        self.lines.insert(Placed { install: self.own, seq: self.own_seq, bytes: draft.bytes() });
    }

    /// Folds all lines anew, and moves what changed in the feeds.
    pub fn refold(&mut self) {
        let world = world::fold(&self.lines, &[self.key.public()]);
        let mut bodies: BTreeMap<String, BTreeMap<(String, String), String>> = BTreeMap::new();
        for ((scope, kind, id), body) in &world.records {
            bodies.entry(scope.clone()).or_default().insert((kind.clone(), id.clone()), body.clone());
        }
        for (dot, standing) in &world.standings {
            let Some(person) = self.persons.get(&dot.install) else { continue };
            let (scope, id) = (format!("{person}/own"), dot.to_string());
            let key = ("standing".to_owned(), id.clone());
            let known = self.feeds.get(&scope).is_some_and(|feed| feed.rows.contains_key(&key));
            if known || standing.state().name() != "applied" {
                let f = json!({"standing": standing.state().name(), "code": standing.code.name(), "sentence": standing.code.sentence().0, "detail": standing.detail});
                let name = RecordName { scope: &scope, kind: "standing", id: &id };
                bodies.entry(scope.clone()).or_default().insert(key, record::derived_body(name, &f.to_string(), "00"));
            }
        }
        let gone: Vec<String> = self.feeds.keys().filter(|scope| !bodies.contains_key(*scope)).cloned().collect();
        for (scope, bodies) in bodies.into_iter().chain(gone.into_iter().map(|scope| (scope, BTreeMap::new()))) {
            self.feeds.entry(scope.clone()).or_default().take(&scope, bodies);
        }
    }

    pub fn next(&mut self, what: &str) -> String {
        self.counter += 1;
        format!("{what}-{}", self.counter)
    }

    fn answer(&mut self, request: &Request) -> Answered {
        let body = |name: &str| -> Result<Value, (u16, &'static str, Value)> {
            serde_json::from_slice::<Value>(&request.body).ok().and_then(|v| v.get(name).cloned()).ok_or((
                400,
                "bad_request",
                Value::Null,
            ))
        };
        let parse = |v: Value| v.as_str().unwrap_or_default().to_owned();
        match (request.method, request.target.as_str()) {
            (Method::Get, "/v1/keys") => {
                let keys: Vec<String> =
                    self.more_keys.iter().chain([&self.key.public()]).map(PublicKey::text).collect();
                ok(json!({ "keys": keys }))
            }
            (Method::Post, "/v1/auth/nonce") => {
                let install: InstallId = parse(body("install")?).parse().unwrap();
                if !self.keys.contains_key(&install) {
                    return Err((403, "unknown_install", Value::Null));
                }
                let nonce = self.next("nonce");
                self.nonces.insert(nonce.clone());
                ok(json!({"nonce": nonce, "now": self.now_ms}))
            }
            (Method::Post, "/v1/auth/token") => {
                let (install, nonce, sig) = (parse(body("install")?), parse(body("nonce")?), parse(body("sig")?));
                let id: InstallId = install.parse().unwrap();
                let signed =
                    self.keys.get(&id).is_some_and(|key| key.verifies(Purpose::SignIn, &[&install, &nonce], &sig));
                if !self.nonces.remove(&nonce) || !signed {
                    return Err((401, "unauthorized", Value::Null));
                }
                let token = self.next("token");
                self.tokens.insert(token.clone(), id);
                ok(json!({"token": token, "expires_in_s": 900, "now": self.now_ms}))
            }
            (Method::Post, "/v1/sync/receipts") => {
                let receipts: Vec<Receipt> = serde_json::from_value(body("receipts")?).unwrap();
                let high = |id: &InstallId| self.heads.get(id).and_then(|heads| heads.keys().max()).copied();
                let have: serde_json::Map<String, Value> =
                    receipts.iter().map(|r| (r.install.to_string(), json!(high(&r.install).unwrap_or(0)))).collect();
                self.receipts += receipts.len();
                ok(json!({"noted": 0, "have": have, "epoch": self.epoch, "now": self.now_ms}))
            }
            (Method::Post, "/v1/sync/unknown") => {
                self.asker(request)?;
                self.unknown.extend(body("dots")?.as_array().cloned().unwrap_or_default());
                ok(json!({"noted": 0}))
            }
            (Method::Post, "/v1/sync/push") => self.push(request),
            (Method::Post, "/v1/sync/pull") => self.pull(request),
            _ => self.media(request),
        }
    }

    /// Who asks.
    pub fn asker(&self, request: &Request) -> Result<InstallId, (u16, &'static str, Value)> {
        let token = request.token.as_deref().unwrap_or_default();
        self.tokens.get(token).copied().ok_or((401, "unauthorized", Value::Null))
    }
}

impl Feed {
    fn take(&mut self, scope: &str, mut bodies: BTreeMap<(String, String), String>) {
        for (kind, id) in self.rows.keys() {
            let none = || json!({"by": [], "id": id, "k": kind, "s": scope}).to_string();
            bodies.entry((kind.clone(), id.clone())).or_insert_with(none);
        }
        for (name, body) in bodies {
            if self.rows.get(&name).is_none_or(|(_, known)| *known != body) {
                self.pos += 1;
                self.rows.insert(name, (self.pos, body));
            }
        }
    }
}

pub fn ok(body: Value) -> Answered {
    Ok(Whole::new(200, body.to_string()))
}

/// The name under which a request is logged.
fn name(request: &Request) -> String {
    let last = request.target.rsplit('/').next().unwrap_or_default();
    match request.method {
        Method::Patch => "patch".to_owned(),
        Method::Head => "head".to_owned(),
        _ => last.to_owned(),
    }
}

impl Transport for Server {
    type Answer = Whole;

    async fn send(&self, request: Request) -> Result<Whole, TransportError> {
        let mut state = self.state();
        let name = name(&request);
        state.log.push(name.clone());
        if let Some(trouble) = state.troubles.iter_mut().find(|(what, _, _, left)| *what == name && *left > 0) {
            trouble.3 -= 1;
            let (_, status, code, _) = *trouble;
            return Ok(problem(status, code, Value::Null));
        }
        Ok(state.answer(&request).unwrap_or_else(|(status, code, extra)| problem(status, code, extra)))
    }
}

fn problem(status: u16, code: &str, extra: Value) -> Whole {
    let mut body = extra.as_object().cloned().unwrap_or_default();
    body.insert("code".into(), code.into());
    let whole = Whole::new(status, Value::from(body).to_string());
    if matches!(status, 429 | 503) { whole.header("retry-after", "2") } else { whole }
}

/// The head before a push, if it is known.
pub fn genesis(install: InstallId) -> Hash {
    chain::genesis(install)
}
