//! Whether an answer of today says what the recorded one said: members may have been added, none is lost or says something else.

use std::collections::BTreeMap;

use serde_json::{Value, json, value::RawValue};
use sync_protocol::{schema::kind, upcast::upcast};

use crate::tape::{Answer, Exchange};

/// Members whose value is the server's own affair: what it drew, what only it reads, and what people read.
const ITS_OWN: [&str; 12] = [
    "token",
    "ticket",
    "nonce",
    "cursor",
    "url",
    "expires_in_s",
    "retry",
    "title",
    "title_zh",
    "detail",
    "type",
    "sentence",
];
/// Members of an enrolment's answer that are drawn.
const DRAWN: [&str; 2] = ["install", "certificate"];

/// How they differ, a sentence each.
pub fn unlike(recorded: &Exchange, today: &Answer) -> Vec<String> {
    let (was, mut differing) = (&recorded.answer, Vec::new());
    if was.status != today.status {
        return vec![format!("status {} and not {}: {}", today.status, was.status, today.body.text)];
    }
    for (name, value) in &was.headers {
        let its_own = ["location", "retry-after", "content-encoding"].contains(&name.as_str());
        match today.headers.get(name) {
            Some(now) if its_own || now == value => {}
            now => differing.push(format!("header {name}: {now:?} and not {value:?}")),
        }
    }
    let kind = was.headers.get("content-type").map_or("", String::as_str);
    match kind.split(';').next().unwrap_or_default() {
        "application/json" | "application/problem+json" => {
            let enrols = recorded.request.target == "/v1/enrolments";
            let code_is_drawn = recorded.request.target == "/v1/enrolment-codes";
            let own = |name: &str| {
                ITS_OWN.contains(&name) || enrols && DRAWN.contains(&name) || code_is_drawn && name == "code"
            };
            less(&read(&was.body.text), &read(&today.body.text), "", &own, &mut differing);
        }
        "application/x-ndjson" => differing.extend(unlike_pages(&was.body.text, &today.body.text)),
        "text/event-stream" => differing.extend(unlike_events(&was.body.text, &today.body.text)),
        _ if was.body != today.body => differing.push("another body".to_owned()),
        _ => {}
    }
    differing
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| json!({"not JSON": text}))
}

/// What of the recorded value today's lacks or says otherwise.
fn less(was: &Value, now: &Value, path: &str, own: &dyn Fn(&str) -> bool, into: &mut Vec<String>) {
    match (was, now) {
        (Value::Object(was), Value::Object(now)) => {
            for (name, value) in was {
                let path = format!("{path}.{name}");
                match now.get(name) {
                    None => into.push(format!("{path} is lost")),
                    Some(_) if own(name) => {}
                    Some(now) => less(value, now, &path, own, into),
                }
            }
        }
        // A standing is [seq, state, code, sentence].
        (Value::Array(was), Value::Array(now)) if path.ends_with(".standings") => {
            let told = |list: &[Value]| list.iter().map(|s| json!([s[0], s[1], s[2]])).collect::<Vec<_>>();
            let (was, now) = (told(was), told(now));
            if was != now {
                into.push(format!("{path}: {now:?} and not {was:?}"));
            }
        }
        (Value::Array(was), Value::Array(now)) if was.len() == now.len() => {
            was.iter()
                .zip(now)
                .enumerate()
                .for_each(|(i, (was, now))| less(was, now, &format!("{path}[{i}]"), own, into));
        }
        _ if was == now => {}
        _ => into.push(format!("{path}: {now} and not {was}")),
    }
}

/// A page: its first line, its last, and every record that was in it, in the version of its kind of today.
fn unlike_pages(was: &str, now: &str) -> Vec<String> {
    let lines = |text: &str| text.lines().map(read).collect::<Vec<_>>();
    let (was, now) = (lines(was), lines(now));
    let mut differing = Vec::new();
    let ([start, bodies @ .., end], [start_now, bodies_now @ .., end_now]) = (&was[..], &now[..]) else {
        return vec!["a page without a beginning and an end".to_owned()];
    };
    // A digest is over the bodies of today, which may have more members.
    let own = |name: &str| ITS_OWN.contains(&name) || name == "digests";
    less(start, start_now, "page", &own, &mut differing);
    less(end, end_now, "end", &own, &mut differing);
    let name = |body: &Value| (body["s"].to_string(), body["k"].to_string(), body["id"].to_string());
    let now: BTreeMap<_, &Value> = bodies_now.iter().map(|body| (name(body), body)).collect();
    for was in bodies {
        match now.get(&name(was)) {
            None => differing.push(format!("the record {:?} is lost", name(was))),
            Some(now) => less(
                &newest(was),
                now,
                was["id"].as_str().unwrap_or("?"),
                &|n| n == "sentence" || n == "h",
                &mut differing,
            ),
        }
    }
    differing
}

/// The recorded record as its kind's newest version names its fields.
fn newest(body: &Value) -> Value {
    let version = body["v"].as_u64().unwrap_or(1);
    let later = body["k"].as_str().and_then(kind).filter(|kind| version < u64::from(kind.version));
    let Some((kind, fields)) = later.zip(body["f"].as_object()) else { return body.clone() };
    let raw = |value: &Value| RawValue::from_string(value.to_string()).expect("JSON");
    let fields = upcast(kind.upcasts, version, fields.iter().map(|(name, value)| (name.clone(), raw(value))).collect());
    let fields: Value = fields.iter().map(|(name, value)| (name.clone(), read(value.get()))).collect();
    // Of members that go by field names only what has none can be compared.
    json!({"s": body["s"], "k": body["k"], "id": body["id"], "by": body["by"], "f": fields})
}

/// Every event that was told is told, with what it said.
fn unlike_events(was: &str, now: &str) -> Vec<String> {
    let events = |text: &str| {
        let event = |block: &str| {
            let member = |name: &str| block.lines().find_map(|l| l.strip_prefix(name)).map(|v| v.trim().to_owned());
            Some((member("event:")?, read(&member("data:").unwrap_or_default())))
        };
        text.split("\n\n").filter_map(event).collect::<Vec<_>>()
    };
    let now = events(now);
    let mut differing = Vec::new();
    for (name, data) in events(was) {
        match now.iter().find(|(n, _)| *n == name) {
            None => differing.push(format!("the event {name} is lost")),
            Some((_, now)) => less(&data, now, &name, &|n| ITS_OWN.contains(&n), &mut differing),
        }
    }
    differing
}
