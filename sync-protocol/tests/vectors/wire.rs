//! Cases of names, chains, signatures, pushes, certificates and receipts.

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use serde_json::{Value, json};
use sync_protocol::{
    InstallId, chain,
    ids::{RecordKey, sha256},
    push::{self, Push},
    schema::derived_id,
    sign::{Certificate, InstallRole, PrivateKey, PublicKey, Purpose, Receipt},
    testing::worlds::cast::{Cast, START, key},
};

type Topic = (&'static str, &'static str, fn() -> Vec<Value>);

pub const TOPICS: [Topic; 6] = [
    ("names", "Record keys and derived ids (section 2).", names),
    ("chain", "Chain heads (section 4).", chains),
    (
        "signatures",
        "Signed texts (section 5). Signatures are deterministic (RFC 6979), so that signing can be checked too.",
        signatures,
    ),
    ("certificates", "Certificates (sections 5, 11).", certificates),
    ("receipts", "Receipts of pushes (sections 5, 12).", receipts),
    ("push", "Pushes as they come: framing, chain and seal (section 12).", pushes),
];

fn install() -> InstallId {
    Cast::get().installs[0].id
}

fn secret(key: &PrivateKey) -> String {
    hex::encode(key.to_bytes())
}

fn names() -> Vec<Value> {
    let record = |name: &str, s: &str, k: &str, id: &str| {
        let key = hex::encode(&sha256(&[format!("{s}\n{k}\n{id}").as_bytes()])[..16]);
        json!({"name": name, "record": [s, k, id], "key": key})
    };
    vec![
        record("a record", "440811070201/presence", "visit", "v1"),
        record("a record with an id that is none", "440811070201/presence", "visit", "村"),
        json!({"name": "a response", "derived": ["response", "v1", "t"], "id": "735c09ee-1742-8d95-a0e4-b052a4b72946"}),
        json!({"name": "a review", "derived": ["review", "zjedz.p.m-0012", "2026-03-02"], "id": "cf7fb809-bb9a-8c1c-abc1-e118fda6fccd"}),
    ]
}

fn chains() -> Vec<Value> {
    let case = |name: &str, lines: &[&[u8]]| {
        // Spelt out here, not by the code under test.
        let mut heads = vec![sha256(&[install().to_string().as_bytes()])];
        for line in lines {
            let hash = match line.strip_prefix(b"lost ").and_then(|h| hex::decode(h).ok()).filter(|h| h.len() == 32) {
                Some(lost) => lost,
                None => sha256(&[line]).to_vec(),
            };
            heads.push(sha256(&[&heads[heads.len() - 1], &hash]));
        }
        let heads: Vec<String> = heads.iter().map(hex::encode).collect();
        let lines: Vec<String> = lines.iter().map(|l| B64.encode(l)).collect();
        json!({"name": name, "install": install().to_string(), "lines_base64": lines, "heads": heads})
    };
    let line: &[u8] = br#"{"k":"time","t":{"w":1}}"#;
    let blank = chain::blank_line(&sha256(&[line]));
    vec![
        case("no line", &[]),
        case("two lines", &[line, b"whatever bytes"]),
        case("a blank takes the place of its line", &[&blank, b"whatever bytes"]),
        case("bytes that are no text", &[b"\xff\x00"]),
        case("an empty line", &[b""]),
    ]
}

const PURPOSES: [(&str, Purpose); 6] = [
    ("zhucun push v1", Purpose::Push),
    ("zhucun sign-in v1", Purpose::SignIn),
    ("zhucun certificate v1", Purpose::Certificate),
    ("zhucun receipt v1", Purpose::Receipt),
    ("zhucun photo v1", Purpose::Photo),
    ("zhucun evidence v1", Purpose::Evidence),
];

fn signatures() -> Vec<Value> {
    let key = key("phone 0");
    let case = |name: &str, purpose: usize, parts: &[&str]| {
        let text = format!("{}\n{}", PURPOSES[purpose].0, parts.join("\n"));
        json!({"name": name, "private": secret(&key), "public": key.public().text(), "kid": key.public().kid(),
            "purpose": PURPOSES[purpose].0, "parts": parts, "text": text, "sig": key.sign(PURPOSES[purpose].1, parts), "valid": true})
    };
    let (hash, head) = ("a".repeat(64), "b".repeat(64));
    let id = install().to_string();
    let mut cases = vec![
        case("a push", 0, &[&hash, &head]),
        case("a sign-in", 1, &[&id, "the nonce"]),
        case("a photo", 4, &[&hash, "123456", "1780272000000", "epoch-1"]),
        case("a folder of evidence", 5, &[&hash]),
    ];
    let mut other = case("a signature for another purpose", 1, &[&hash, &head]);
    (other["purpose"], other["valid"]) = (json!(PURPOSES[0].0), json!(false));
    other["text"] = json!(format!("{}\n{hash}\n{head}", PURPOSES[0].0));
    let mut lf = case("a part with a line feed", 1, &[&id, "no\nnce"]);
    lf["valid"] = json!(false);
    cases.extend([other, lf]);
    cases
}

fn certificates() -> Vec<Value> {
    let (server, phone) = (&Cast::get().server, &Cast::get().installs[0]);
    let case = |name: &str, certificate: &Certificate, valid: bool| {
        let c = certificate;
        let role = if c.role == InstallRole::Phone { "phone" } else { "server" };
        let text = format!("zhucun certificate v1\n{}\n{}\n{}\n{role}\n{}", c.install, c.person, c.key, c.at);
        json!({"name": name, "private": secret(server), "servers": [server.public().text()], "certificate": c, "text": text, "valid": valid})
    };
    let other = Certificate::issue(
        &key("another server"),
        phone.id,
        phone.person,
        &phone.key.public(),
        InstallRole::Phone,
        START,
    );
    let mut person = phone.certificate.clone();
    person.person = "zjedz.p.office".to_owned();
    let mut role = phone.certificate.clone();
    role.role = InstallRole::Server;
    let mut kid = phone.certificate.clone();
    kid.kid = "0".repeat(16);
    vec![
        case("a phone", &phone.certificate, true),
        case("a server process", &Cast::get().server_install.certificate, true),
        case("of another server", &other, false),
        case("for another person", &person, false),
        case("a phone that would be a server", &role, false),
        case("under a key id of none", &kid, false),
    ]
}

fn receipts() -> Vec<Value> {
    let server = &Cast::get().server;
    let case = |name: &str, r: &Receipt, valid: bool| {
        let text = format!("zhucun receipt v1\n{}\n{}\n{}\n{}\n{}\n{}", r.install, r.from, r.to, r.head, r.at, r.epoch);
        json!({"name": name, "private": secret(server), "servers": [server.public().text()], "receipt": r, "text": text, "valid": valid})
    };
    let good = Receipt::issue(server, install(), (18, 20), &[7; 32], START, "epoch-1");
    let mut range = good.clone();
    range.to = 21;
    let mut epoch = good.clone();
    epoch.epoch = "epoch-2".to_owned();
    vec![
        case("of three lines", &good, true),
        case("of one more", &range, false),
        case("in another life", &epoch, false),
    ]
}

fn pushes() -> Vec<Value> {
    let phone = &Cast::get().installs[0];
    let genesis = sha256(&[phone.id.to_string().as_bytes()]);
    let made = |first: u64, lines: &[&[u8]]| {
        let header = push::header(phone.id, first, &genesis, Some("epoch-1"), None);
        push::make(&header, &genesis, lines, &phone.key)
    };
    let case = |name: &str, body: Vec<u8>, expect: Value| {
        let body = match String::from_utf8(body) {
            Ok(text) => json!({"text": text}),
            Err(e) => json!({"base64": B64.encode(e.into_bytes())}),
        };
        json!({"name": name, "private": secret(&phone.key), "public": phone.key.public().text(), "head_before": hex::encode(genesis), "body": body, "expect": expect})
    };
    let error = |code: &str| json!({"error": code});
    let line: &[u8] = br#"{"k":"time","t":{"w":1}}"#;
    let good = made(1, &[line, b"\xff", b""]);
    let stored =
        |first: u64, lines: usize, head: &[u8]| json!({"first": first, "lines": lines, "head": hex::encode(head)});
    let text = String::from_utf8(made(1, &[line]).body).unwrap();
    let bytes = |text: &str| text.as_bytes().to_vec();
    let without_seal = text.lines().take(2).map(|l| format!("{l}\n")).collect::<String>();
    vec![
        case("three lines, one of no text, one empty", good.body.clone(), stored(1, 3, &good.head)),
        case("no lines", made(1, &[]).body, stored(1, 0, &genesis)),
        case("no line feed at the end", bytes(text.trim_end()), stored(1, 1, &made(1, &[line]).head)),
        case("no seal", bytes(&without_seal), error("push_cut")),
        case("cut in the seal", bytes(&text[..text.len() - 9]), error("push_cut")),
        case("cut in the header", bytes(&text[..20]), error("push_cut")),
        case("empty", Vec::new(), error("push_cut")),
        case("a line changed on the way", bytes(&text.replace(r#""w":1"#, r#""w":2"#)), error("push_cut")),
        case(
            "a line missing on the way",
            bytes(&text.replace("{\"k\":\"time\",\"t\":{\"w\":1}}\n", "")),
            error("push_cut"),
        ),
        case("the header changed on the way", bytes(&text.replace("epoch-1", "epoch-2")), error("bad_signature")),
        case("no header", bytes("hello\nworld\n"), error("bad_header")),
        case("a header without an install", bytes("{\"push\":1}\n{}\n"), error("bad_header")),
        case("seq 0", made(0, &[line]).body, error("bad_header")),
        case("another version", bytes("{\"push\":2}\n{}\n"), error("unknown_protocol")),
        case(
            "another key",
            push::make(&push::header(phone.id, 1, &genesis, None, None), &genesis, &[line], &key("phone 1")).body,
            error("bad_signature"),
        ),
    ]
}

/// Runs a case of any of these topics.
pub fn check(case: &Value) -> Result<(), String> {
    let text = |name: &str| case[name].as_str().unwrap_or_else(|| panic!("{name}")).to_owned();
    let same = |got: Value, name: &str| {
        if got == case[name] { Ok(()) } else { Err(format!("{name}: got {got}, expected {}", case[name])) }
    };
    let strings = |list: &Value| -> Vec<String> { serde_json::from_value(list.clone()).expect("texts") };
    let private = || PrivateKey::from_bytes(&hex::decode(text("private")).unwrap().try_into().unwrap()).unwrap();
    let keys = || strings(&case["servers"]).iter().map(|k| PublicKey::parse(k).unwrap()).collect::<Vec<_>>();
    if case["record"].is_array() {
        let r = strings(&case["record"]);
        return same(json!(hex::encode(RecordKey::of(&r[0], &r[1], &r[2]).hash())), "key");
    }
    if case["derived"].is_array() {
        let parts = strings(&case["derived"]);
        return same(json!(derived_id(&parts[0], &parts[1..].iter().map(String::as_str).collect::<Vec<_>>())), "id");
    }
    if case["heads"].is_array() {
        let lines = strings(&case["lines_base64"]).into_iter().map(|l| B64.decode(l).unwrap());
        let mut heads = vec![chain::genesis(text("install").parse().unwrap())];
        lines.for_each(|l| heads.push(chain::next(&heads[heads.len() - 1], &chain::line_hash(&l))));
        return same(json!(heads.iter().map(hex::encode).collect::<Vec<_>>()), "heads");
    }
    if let Ok(certificate) = serde_json::from_value::<Certificate>(case["certificate"].clone()) {
        let c = &certificate;
        let again =
            Certificate::issue(&private(), c.install, &c.person, &PublicKey::parse(&c.key).unwrap(), c.role, c.at);
        same(json!(c.is_valid(&keys())), "valid")?;
        return if case["valid"] == true { same(json!(again), "certificate") } else { Ok(()) };
    }
    if let Ok(r) = serde_json::from_value::<Receipt>(case["receipt"].clone()) {
        let head = hex::decode(&r.head).unwrap().try_into().unwrap();
        let again = Receipt::issue(&private(), r.install, (r.from, r.to), &head, r.at, &r.epoch);
        same(json!(r.is_valid(&keys())), "valid")?;
        return if case["valid"] == true { same(json!(again), "receipt") } else { Ok(()) };
    }
    if case["parts"].is_array() {
        let purpose = PURPOSES.iter().find(|p| case["purpose"] == p.0).expect("a purpose").1;
        let parts = strings(&case["parts"]);
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        same(json!(purpose.text(&parts)), "text")?;
        same(json!(private().public().text()), "public")?;
        same(json!(private().public().kid()), "kid")?;
        same(json!(private().public().verifies(purpose, &parts, &text("sig"))), "valid")?;
        return if case["valid"] == true { same(json!(private().sign(purpose, &parts)), "sig") } else { Ok(()) };
    }
    let body = match case["body"]["text"].as_str() {
        Some(text) => text.as_bytes().to_vec(),
        None => B64.decode(case["body"]["base64"].as_str().unwrap()).unwrap(),
    };
    let before = hex::decode(text("head_before")).unwrap().try_into().unwrap();
    let read = Push::read(&body).map_err(|e| match e {
        push::NotAPush::Cut => "push_cut",
        push::NotAPush::BadHeader => "bad_header",
        push::NotAPush::UnknownProtocol(_) => "unknown_protocol",
    });
    let checked = read.and_then(|push| {
        let after = push.head_after(&before);
        let verified = push.verify(&after, &PublicKey::parse(&text("public")).unwrap());
        verified.map_err(|e| if e == push::BadSeal::Damaged { "push_cut" } else { "bad_signature" })?;
        Ok(json!({"first": push.header.first, "lines": push.lines.len(), "head": hex::encode(after)}))
    });
    same(checked.unwrap_or_else(|code| json!({"error": code})), "expect")
}
