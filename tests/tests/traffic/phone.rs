//! Recorded answers, to today's engine.

use std::sync::{Mutex, PoisonError};

use futures::FutureExt as _;
use serde_json::{Map, Value, json};
use sync_protocol::{
    schema::KINDS,
    testing::worlds::cast::{Cast, START},
};
use zhucun_client::{
    Budget, Engine, PhotoSource, Report,
    device::{Device, ScriptedDevice},
    transport::{Method, Request, Transport, TransportError, Whole},
};

use crate::tape::{Answer, Bytes, Exchange, Phone, Step, Story, Tape};

/// Most syncs in a row: after an answer that says to wait there is another.
const ROUNDS: usize = 5;
/// Records in a page, so that a pull has several.
const PAGE: usize = 8;

/// Gives every engine what it was answered; gives where it shows something else than it did.
pub fn to_the_engine(tape: &Tape) -> Vec<String> {
    let of = |story: &Story| story.phone.as_ref().map_or(Vec::new(), |phone| replay(story, phone));
    let refused = tape.stories.iter().flat_map(Story::exchanges).filter(|exchange| exchange.engine.is_some());
    let unlike = refused.filter_map(|exchange| {
        let (now, then) = (refusal(exchange), &exchange.engine);
        let of = (&exchange.request.target, &exchange.answer.body.text);
        (now != *then).then(|| format!("refused {of:?}, the engine did {now:?} and not {then:?}"))
    });
    tape.stories.iter().flat_map(of).chain(unlike).collect()
}

/// What an engine does that has a line and a photo to send, and gets this refusal to what it asks; none where no engine asks it.
pub fn refusal(exchange: &Exchange) -> Option<Value> {
    const ASKED: [&str; 5] =
        ["/v1/sync/push", "/v1/sync/pull", "/v1/auth/nonce", "/v1/auth/token", "/v1/media/missing"];
    let (target, status) = (exchange.request.target.as_str(), exchange.answer.status);
    if !ASKED.contains(&target) || status < 400 {
        return None;
    }
    let member = &Cast::get().installs[0];
    let enrolment = json!({
        "install": member.id, "person": member.person, "certificate": member.certificate, "epoch": "e", "now": START,
        "keys": [Cast::get().server.public().text()],
    });
    let mut engine = Recorded::new(&Phone { key: hex::encode(member.key.to_bytes()), enrolment });
    engine.line(br#"{"s":"440811070201/presence","k":"visit","id":"v","f":{}}"#);
    engine.photo(b"a photo");
    let signed_in = |target: &str, body: Value| Exchange {
        at: START,
        request: crate::tape::Request { method: "POST".to_owned(), target: target.to_owned(), ..Default::default() },
        answer: Answer { status: 200, body: Bytes::of(body.to_string().as_bytes(), None), ..Answer::default() },
        engine: None,
    };
    let known = [
        exchange.clone(),
        signed_in("/v1/auth/nonce", json!({"nonce": "n", "now": START})),
        signed_in("/v1/auth/token", json!({"token": "t", "expires_in_s": 900, "now": START})),
    ];
    let budget = match target {
        "/v1/sync/push" => "push",
        "/v1/media/missing" => "media",
        _ => "pull",
    };
    let report = engine.sync_once(budget, &Answers::of(&known))?;
    let failures: Vec<Value> = report.failures.iter().map(|(lane, code)| json!([format!("{lane:?}"), code])).collect();
    let shown = engine.shown();
    Some(json!({
        "failures": failures, "waits": report.wait_ms.is_some(), "acknowledged": shown["acknowledged"],
        "must_enrol_anew": shown["must_enrol_anew"], "photos": shown["photos"],
    }))
}

fn replay(story: &Story, phone: &Phone) -> Vec<String> {
    let mut unlike = Vec::new();
    let mut engine = Recorded::new(phone);
    for (n, step) in story.steps.iter().enumerate() {
        match step {
            Step::Line(bytes) => engine.line(&bytes.wire()),
            Step::Photo(bytes) => engine.photo(&bytes.wire()),
            Step::Sync { budget, exchanges } => engine.sync(budget, &Answers::of(exchanges)),
            Step::Answers(file) => engine.answers(&file.wire()),
            Step::Sent(_) => {}
            Step::Shown(then) => {
                let now = engine.shown();
                let at = |name: &str| {
                    (now[name] != then[name]).then(|| format!("{name}: {} and not {}", now[name], then[name]))
                };
                let names = then.as_object().expect("what it showed").keys();
                unlike.extend(names.filter_map(|name| at(name)).map(|how| format!("{}, step {n}: {how}", story.name)));
            }
        }
    }
    unlike
}

/// An engine whose key, clocks and dice are those of the recording.
pub struct Recorded {
    engine: Engine,
    device: std::sync::Arc<RecordedDevice>,
    photos: Vec<String>,
}

impl Recorded {
    pub fn new(phone: &Phone) -> Self {
        let key: [u8; 32] = hex::decode(&phone.key).expect("hex").try_into().expect("32 bytes");
        let device = RecordedDevice { scripted: ScriptedDevice::new(1, START), key: Mutex::new(Some(key)) };
        let device = std::sync::Arc::new(device);
        let engine = Engine::in_memory(device.clone()).expect("a store");
        engine.enrol_request().expect("the recorded key");
        engine.enrolled(&serde_json::from_value(phone.enrolment.clone()).expect("an answer")).expect("it enrols");
        Self { engine, device, photos: Vec::new() }
    }

    pub fn line(&mut self, bytes: &[u8]) {
        self.engine.append_raw_line(bytes).expect("a line");
    }

    pub fn photo(&mut self, bytes: &[u8]) {
        let attached = self.engine.attach_photo(PhotoSource::Bytes(bytes.to_vec()), None).expect("a photo");
        self.photos.push(attached.sha256);
    }

    pub fn answers(&mut self, file: &[u8]) {
        self.engine.import_answers(file).expect("an answer file");
    }

    /// All queued lines, as a courier carries them.
    pub fn courier(&self) -> Vec<u8> {
        self.engine.export_push().expect("a file")
    }

    /// Syncs, and again where it was told to wait.
    pub fn sync(&mut self, budget: &str, transport: &impl Transport) {
        for _ in 0..ROUNDS {
            // What it cannot do it says in what it shows.
            let Some(report) = self.sync_once(budget, transport) else { break };
            if report.failures.is_empty() || report.must_enrol_anew.is_some() {
                break;
            }
            self.device.scripted.advance(report.wait_ms.unwrap_or(0) + 1);
        }
    }

    fn sync_once(&mut self, budget: &str, transport: &impl Transport) -> Option<Report> {
        let nothing = Budget { push: false, pull: false, media: false, page: PAGE, ..Budget::ALL };
        let budget = match budget {
            "push" => Budget { push: true, ..nothing },
            "pull" => Budget { pull: true, ..nothing },
            _ => Budget { media: true, ..nothing },
        };
        self.engine.sync(transport, &budget).now_or_never()?.ok()
    }

    /// What it shows.
    pub fn shown(&self) -> Value {
        let engine = &self.engine;
        let standings = engine.standings().expect("standings");
        let scopes = engine.scopes().expect("scopes");
        let kinds: Vec<&str> = KINDS.iter().map(|kind| kind.name).chain(["standing"]).collect();
        let mut records = Map::new();
        for scope in &scopes {
            for kind in &kinds {
                for view in engine.list(&scope.scope, kind).expect("records") {
                    let beside: Vec<Value> = view.beside.iter().map(|(f, b)| json!([f, b.len(), b[0].why])).collect();
                    let shown = json!({"f": view.json(), "beside": beside, "open": view.open, "deleted": view.deleted});
                    records.insert(format!("{} {kind} {}", scope.scope, view.id), shown);
                }
            }
        }
        let photo = |sha256: &String| format!("{:?}", engine.photo(sha256).expect("photos").map(|photo| photo.state));
        json!({
            "acknowledged": engine.chain().expect("a chain").acknowledged,
            "standings": standings.iter().map(|s| json!([s.seq, s.state, s.code])).collect::<Vec<_>>(),
            "must_enrol_anew": engine.must_enrol_anew().expect("a store"),
            "digests": scopes.iter().map(|s| (s.scope.clone(), json!(s.digest))).collect::<Map<_, _>>(),
            "records": records,
            "photos": self.photos.iter().map(photo).collect::<Vec<_>>(),
        })
    }
}

/// A phone whose key was made before.
pub struct RecordedDevice {
    scripted: ScriptedDevice,
    key: Mutex<Option<[u8; 32]>>,
}

impl Device for RecordedDevice {
    fn wall_ms(&self) -> i64 {
        self.scripted.wall_ms()
    }

    fn boot_id(&self) -> String {
        self.scripted.boot_id()
    }

    fn mono_ms(&self) -> u64 {
        self.scripted.mono_ms()
    }

    fn random(&self, out: &mut [u8]) {
        match self.key.lock().unwrap_or_else(PoisonError::into_inner).take_if(|key| key.len() == out.len()) {
            Some(key) => out.copy_from_slice(&key),
            None => self.scripted.random(out),
        }
    }
}

/// The method as it is written.
pub fn method(request: &Request) -> &'static str {
    match request.method {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Patch => "PATCH",
    }
}

/// A server that says what was recorded, each answer once. What it was not asked then it does not know, as an older server does not.
struct Answers<'e>(Mutex<Vec<&'e Exchange>>);

impl<'e> Answers<'e> {
    fn of(exchanges: &'e [Exchange]) -> Self {
        Self(Mutex::new(exchanges.iter().collect()))
    }
}

impl Transport for Answers<'_> {
    type Answer = Whole;

    async fn send(&self, request: Request) -> Result<Whole, TransportError> {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |e: &&Exchange| e.request.method == method(&request) && e.request.target == request.target;
        let Some(at) = left.iter().position(same) else {
            return Ok(Whole::new(404, r#"{"code":"not_found"}"#).header("content-type", "application/problem+json"));
        };
        let answer = &left.remove(at).answer;
        let headers = answer.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        Ok(Whole { status: answer.status, headers, body: answer.body.wire().into() })
    }
}
