//! Making a recording: today's engine and clients by hand, at today's server. The cast is that of the generated worlds.

mod stories;

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::{Value, json};
use sync_protocol::{
    Hash, chain, push,
    sign::Purpose,
    testing::worlds::cast::{Cast, Install, START, VILLAGE, key},
};
use zhucun_client::transport::{self, Transport, TransportError, Whole};

use crate::{
    lab::Lab,
    phone::{Recorded, method, refusal},
    tape::{Answer, Bytes, Exchange, Keys, Phone, Request, Step, Story, Tape},
};

/// When it is recorded: three days into the world.
const BEGIN: i64 = START + 3 * 86_400_000;
const EPOCH: &str = "00112233445566ff";

/// Phones of the cast, by their place in it.
const MEMBER: usize = 0;
const INSPECTOR: usize = 2;
const FORKED: usize = 3;
const SECOND: usize = 4;
const OFFICE: usize = 5;
const TOWN: usize = 6;
/// Enrolled here, and without any right.
const STRANGER: usize = 7;

/// The recording.
pub fn record() -> Tape {
    let secret = |key: &sync_protocol::sign::PrivateKey| hex::encode(key.to_bytes());
    let server = Keys {
        signing: secret(&Cast::get().server),
        token: secret(&key("token")),
        epoch: EPOCH.to_owned(),
        max_push_bytes: 24_000,
    };
    let mut studio = Studio { lab: Mutex::new(Lab::new(&server)), now: Mutex::new(BEGIN), tips: BTreeMap::new() };
    let stories = vec![
        studio.begin(),
        studio.enrolment(),
        studio.pushes(),
        studio.refusals(),
        studio.fork(),
        studio.push_and_pull(),
        studio.cut_and_photos(),
        studio.uploads(),
        studio.events(),
        studio.courier(),
    ];
    Tape { server, stories }
}

struct Studio {
    lab: Mutex<Lab>,
    now: Mutex<i64>,
    /// Last seq and head of phones whose pushes are made by hand.
    tips: BTreeMap<usize, (u64, Hash)>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn install(n: usize) -> &'static Install {
    &Cast::get().installs[n]
}

fn story(name: &str, about: &str, steps: Vec<Step>) -> Story {
    Story { name: name.to_owned(), about: about.to_owned(), phone: None, steps }
}

fn line(scope: &str, kind: &str, id: &str, more: &str, fields: &str) -> Vec<u8> {
    let at = BEGIN - 3_600_000;
    format!(r#"{{"s":"{scope}","k":"{kind}","id":"{id}"{more},"f":{fields},"t":{{"g":[{at},0]}}}}"#).into_bytes()
}

fn inspection(kind: &str, id: &str, more: &str, fields: &str) -> Vec<u8> {
    line(&format!("{VILLAGE}/inspection"), kind, id, more, fields)
}

fn presence(kind: &str, id: &str, more: &str, fields: &str) -> Vec<u8> {
    line(&format!("{VILLAGE}/presence"), kind, id, more, fields)
}

fn text(bytes: &[u8]) -> Bytes {
    Bytes::of(bytes, None)
}

fn with(headers: &[(&str, &str)]) -> BTreeMap<String, String> {
    headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn get(target: &str, token: &str) -> Request {
    let headers = with(&[("authorization", &format!("Bearer {token}"))]);
    Request { method: "GET".to_owned(), target: target.to_owned(), headers, ..Request::default() }
}

fn post(target: &str, token: &str, body: &Value) -> Request {
    let mut request = get(target, token);
    if token.is_empty() {
        request.headers.clear();
    }
    request.headers.insert("content-type".to_owned(), "application/json".to_owned());
    Request { method: "POST".to_owned(), body: text(body.to_string().as_bytes()), ..request }
}

fn pushed(body: &[u8], encoding: Option<&str>) -> Request {
    let mut headers = with(&[("content-type", "application/x-ndjson")]);
    let packed = match encoding {
        Some("gzip") => {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            std::io::Write::write_all(&mut packer, body).expect("memory");
            packer.finish().expect("memory")
        }
        Some("zstd") => zstd::stream::encode_all(body, 3).expect("memory"),
        _ => body.to_vec(),
    };
    headers.extend(encoding.map(|encoding| ("content-encoding".to_owned(), encoding.to_owned())));
    Request {
        method: "POST".to_owned(),
        target: "/v1/sync/push".to_owned(),
        headers,
        body: Bytes::of(&packed, encoding),
    }
}

fn member(exchange: &Exchange, name: &str) -> String {
    let json: Value = serde_json::from_str(&exchange.answer.body.text).unwrap_or_default();
    json[name].as_str().unwrap_or_else(|| panic!("no {name}: {}", exchange.answer.body.text)).to_owned()
}

impl Studio {
    fn send(&self, request: Request) -> Exchange {
        let at = {
            let mut now = locked(&self.now);
            *now += 1_000;
            *now
        };
        let answer: Answer = locked(&self.lab).ask(at, &request);
        assert_ne!(answer.status, 500, "{}", answer.body.text);
        let mut exchange = Exchange { at, request, answer, engine: None };
        exchange.engine = refusal(&exchange);
        exchange
    }

    fn send_all(&self, requests: impl IntoIterator<Item = Request>) -> Step {
        Step::Sent(requests.into_iter().map(|request| self.send(request)).collect())
    }

    /// The push of these lines behind the tip of that phone, which moves on.
    fn made(&mut self, n: usize, lines: &[Vec<u8>]) -> Vec<u8> {
        let of = install(n);
        let (seq, head) = *self.tips.entry(n).or_insert((0, chain::genesis(of.id)));
        let header = push::header(of.id, seq + 1, &head, Some(EPOCH), Some(of.certificate.clone()));
        let made = push::make(&header, &head, lines, &of.key);
        self.tips.insert(n, (seq + lines.len() as u64, made.head));
        made.body
    }

    /// Signs in by hand: what went by, and the token.
    fn sign_in(&self, n: usize) -> (Vec<Exchange>, String) {
        let id = install(n).id.to_string();
        let asked = self.send(post("/v1/auth/nonce", "", &json!({"install": id})));
        let nonce = member(&asked, "nonce");
        let sig = install(n).key.sign(Purpose::SignIn, &[&id, &nonce]);
        let signed = self.send(post("/v1/auth/token", "", &json!({"install": id, "nonce": nonce, "sig": sig})));
        let token = member(&signed, "token");
        (vec![asked, signed], token)
    }

    fn engine(&self, n: usize) -> (Recorded, Phone) {
        let of = install(n);
        let enrolment = json!({
            "install": of.id, "person": of.person, "certificate": of.certificate, "epoch": EPOCH, "now": BEGIN,
            "keys": [{"kid": Cast::get().server.public().kid(), "key": Cast::get().server.public().text()}],
        });
        let phone = Phone { key: hex::encode(of.key.to_bytes()), enrolment };
        (Recorded::new(&phone), phone)
    }

    /// The engine syncs; of its first push only so many bytes arrive.
    fn sync(&self, engine: &mut Recorded, budget: &str, cut: Option<usize>) -> Step {
        let going_by = GoingBy { studio: self, said: Mutex::new(Vec::new()), cut: Mutex::new(cut) };
        engine.sync(budget, &going_by);
        let exchanges = going_by.said.into_inner().unwrap_or_else(PoisonError::into_inner);
        Step::Sync { budget: budget.to_owned(), exchanges }
    }

    fn write(&self, engine: &mut Recorded, steps: &mut Vec<Step>, line: Vec<u8>) {
        engine.line(&line);
        steps.push(Step::Line(text(&line)));
    }
}

/// The network while the engine syncs: what goes by is noted.
struct GoingBy<'s> {
    studio: &'s Studio,
    said: Mutex<Vec<Exchange>>,
    cut: Mutex<Option<usize>>,
}

impl Transport for GoingBy<'_> {
    type Answer = Whole;

    async fn send(&self, request: transport::Request) -> Result<Whole, TransportError> {
        let mut headers = with(&request.headers.iter().map(|(n, v)| (*n, v.as_str())).collect::<Vec<_>>());
        headers.extend(request.token.as_ref().map(|token| ("authorization".to_owned(), format!("Bearer {token}"))));
        let most = locked(&self.cut).take().unwrap_or(usize::MAX).min(request.body.len());
        let body = Bytes::of(&request.body[..most], headers.get("content-encoding").map(String::as_str));
        let (method, target) = (method(&request).to_owned(), request.target.clone());
        let exchange = self.studio.send(Request { method, target, headers, body });
        let answer = &exchange.answer;
        let headers = answer.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let whole = Whole { status: answer.status, headers, body: answer.body.wire().into() };
        locked(&self.said).push(exchange);
        Ok(whole)
    }
}
