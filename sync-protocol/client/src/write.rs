//! From what an app wants written to the bytes of a line: what the author saw, what the schema says, the line. Pure.

use mobile_schema::{Fault, Scope, Template, check::is_id, newest_version};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use sync_protocol::{
    Dot, InstallId,
    line::{self, Line, LineDraft, MAX_MEMBERS, Op},
    merge::{DELETED, canonical},
    record::Fed,
    standing::Code,
    time::TimeEvidence,
};

use crate::error::Error;

/// What an app wants written.
#[derive(Debug, Clone)]
pub struct Write {
    pub(crate) scope: String,
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) fields: Option<Box<RawValue>>,
    pub(crate) tpl: Option<String>,
    pub(crate) seen: Option<Vec<Dot>>,
    pub(crate) version: Option<u64>,
    pub(crate) unchecked: bool,
}

impl Write {
    /// These fields of that record. `fields` serialises to one JSON object: a `serde_json::Map`, a `json!({…})`, a `&RawValue`
    /// (then values stay verbatim), a struct.
    pub fn new(scope: &str, kind: &str, id: &str, fields: impl Serialize) -> Self {
        Self {
            scope: scope.to_owned(),
            kind: kind.to_owned(),
            id: id.to_owned(),
            // What is no object is told by the engine, which returns errors anyway.
            fields: to_raw_value(&fields).ok(),
            tpl: None,
            seen: None,
            version: None,
            unchecked: false,
        }
    }

    /// The checklist template of a response, `key@version`; by default the one in which the response was begun on this phone
    /// ([`Engine::begin_filling`](crate::Engine::begin_filling)).
    pub fn tpl(mut self, tpl: &str) -> Self {
        self.tpl = Some(tpl.to_owned());
        self
    }

    /// What the author saw, where a screen knows better than the store: by default, all that stands of the fields written.
    pub fn seen(mut self, seen: Vec<Dot>) -> Self {
        self.seen = Some(seen);
        self
    }

    /// The version of the kind's schema that the app writes with; by default the newest this build knows.
    pub fn version(mut self, version: u64) -> Self {
        self.version = Some(version);
        self
    }

    /// Queues it even if the server will refuse it. For tests, and for apps that know kinds which this build does not.
    pub fn unchecked(mut self) -> Self {
        self.unchecked = true;
        self
    }
}

/// The bytes of the line for that write. `tpl` names the template, `fed` is the record as the author saw it.
pub fn line(
    write: &Write,
    tpl: Option<&str>,
    fed: Option<&Fed<'_>>,
    template: Option<&Template>,
    time: TimeEvidence,
) -> Result<Vec<u8>, Error> {
    let fields =
        write.fields.as_deref().filter(|f| f.get().trim_ascii_start().starts_with('{')).ok_or(Error::BadFields)?;
    let seen = match &write.seen {
        Some(seen) => seen.clone(),
        None => seen(fed, &names(fields)?),
    };
    if seen.len() > MAX_MEMBERS {
        return Err(Error::TooManySeen(seen.len()));
    }
    let draft = LineDraft {
        scope: Some(&write.scope),
        kind: &write.kind,
        id: Some(&write.id),
        version: write.version.unwrap_or_else(|| newest_version(&write.kind)),
        tpl,
        fields: Some(fields),
        seen: &seen,
        time,
        ..LineDraft::default()
    };
    let bytes = without_line_feeds(draft.bytes());
    // Whether it can be read does not depend on where it will stand.
    match line::read(InstallId([0; 16]), 1, &bytes) {
        Line::Op(op) => match if write.unchecked { Vec::new() } else { faults(&op, template) } {
            none if none.is_empty() => Ok(bytes),
            faults => Err(Error::Refused(faults)),
        },
        Line::Unreadable(why) => Err(Error::Unreadable(why.code())),
        Line::Time(_) | Line::Blank(_) => Err(Error::Unreadable("bad_member")),
    }
}

/// A time line.
pub fn time_line(time: TimeEvidence) -> Vec<u8> {
    LineDraft { kind: "time", time, ..LineDraft::default() }.bytes()
}

/// In JSON a raw line feed stands only between tokens, where a space says the same.
fn without_line_feeds(mut bytes: Vec<u8>) -> Vec<u8> {
    for byte in bytes.iter_mut().filter(|b| matches!(**b, b'\n' | b'\r')) {
        *byte = b' ';
    }
    bytes
}

fn names(fields: &RawValue) -> Result<Vec<String>, Error> {
    let fields: std::collections::BTreeMap<String, &RawValue> =
        serde_json::from_str(fields.get()).map_err(|_| Error::BadFields)?;
    Ok(fields.into_keys().collect())
}

/// What the author saw of these fields: the dots of all values that stand. Own earlier lines need not be named: they are implied.
fn seen(fed: Option<&Fed<'_>>, names: &[String]) -> Vec<Dot> {
    let Some(fed) = fed else { return Vec::new() };
    if names.iter().any(|n| n == DELETED) {
        fed.seen_for_deletion()
    } else {
        fed.seen_for(names.iter().map(String::as_str))
    }
}

/// The value that adds these elements to a set.
pub fn adding(elements: &[impl Serialize]) -> Result<Box<RawValue>, Error> {
    #[derive(Serialize)]
    struct Add<'a, T> {
        add: &'a [T],
    }
    to_raw_value(&Add { add: elements }).map_err(|_| Error::BadFields)
}

/// The value that removes these elements from a set, naming the adds that the author saw.
pub fn removing(fed: Option<&Fed<'_>>, field: &str, elements: &[impl Serialize]) -> Result<Box<RawValue>, Error> {
    #[derive(Serialize)]
    struct Remove {
        remove: Vec<(Box<RawValue>, Vec<Dot>)>,
    }
    let mut remove = Vec::new();
    for element in elements {
        let element = to_raw_value(element).map_err(|_| Error::BadFields)?;
        let adds = fed.map_or(Vec::new(), |fed| adds_of(fed, field, &element));
        remove.push((element, adds));
    }
    to_raw_value(&Remove { remove }).map_err(|_| Error::BadFields)
}

fn adds_of(fed: &Fed<'_>, field: &str, element: &RawValue) -> Vec<Dot> {
    let shown: Vec<&RawValue> =
        fed.f.get(field).and_then(|list| serde_json::from_str(list.get()).ok()).unwrap_or_default();
    let by = fed.el.get(field).map_or(&[][..], Vec::as_slice);
    let at = shown.iter().position(|e| canonical(e) == canonical(element));
    let adds = at.and_then(|i| by.get(i)).into_iter().flatten();
    adds.filter_map(|i| fed.by.get(*i)).map(|b| b.0).collect()
}

/// Why the server would refuse it, as far as a phone can tell: rights are the server's to judge.
fn faults(op: &Op, template: Option<&Template>) -> Vec<Fault> {
    let fault = |path: &str, code: Code| {
        vec![Fault { path: path.to_owned(), code: code.name(), message: code.sentence().1.to_owned() }]
    };
    let Some(scope) = Scope::parse(&op.scope) else { return fault("s", Code::BadScope) };
    if !is_id(&op.id) {
        return fault("id", Code::BadId);
    }
    let Some(spec) = mobile_schema::kind(&op.kind) else { return fault("k", Code::UnknownKind) };
    if spec.server_only() {
        return fault("k", Code::ServerOnly);
    }
    if spec.lane(scope.lane).is_none() {
        return fault("s", Code::BadLane);
    }
    if !spec.id.takes(&op.id) {
        return fault("id", Code::BadId);
    }
    if op.version > u64::from(spec.version) {
        return fault("v", Code::UnknownVersion);
    }
    let fields = || op.fields.iter().map(|(name, value)| (name.as_str(), &**value));
    let mut faults = spec.check(fields());
    if spec.name == "response" {
        match (&op.tpl, template) {
            (None, _) => faults.extend(fault("tpl", Code::Schema)),
            (Some(_), Some(template)) => faults.extend(template.check(fields())),
            // The server may know a template that this phone does not.
            (Some(_), None) => {}
        }
    }
    faults
}

/// The value of field `line` of a `carried` record, and so on: an old line as the payload of a new one.
pub fn carried(person: &str, install: InstallId, old: (InstallId, u64, &[u8])) -> Write {
    let (from, seq, bytes) = old;
    // What is not text is unreadable anyway; its hash is in the old chain.
    let text = String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}");
    let id = format!("{install}.c.{from}.{seq}");
    let fields = serde_json::json!({"install": from.to_string(), "seq": seq, "line": text});
    Write::new(&format!("{person}/own"), "carried", &id, fields)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SCOPE: &str = "440811070201/presence";

    fn made(write: &Write, fed: Option<&Fed<'_>>) -> Result<String, Error> {
        line(write, write.tpl.as_deref(), fed, None, TimeEvidence::default()).map(|b| String::from_utf8(b).unwrap())
    }

    fn body() -> String {
        let (a, b) = (InstallId([1; 16]), InstallId([2; 16]));
        let (hash, by) = ("2c26b46b68ffc68f", "zjedz.p.a");
        format!(
            r#"{{"alt":{{"note":[{{"by":[1],"v":"x","why":"by_time"}}]}},"by":[["{a}:1:{hash}","{by}","other",5],["{b}:1:{hash}","{by}","other",4]],"el":{{"companions":[[1]]}},"f":{{"companions":["zjedz.p.b"],"note":"old","purpose":"p"}},"id":"v","k":"visit","s":"{SCOPE}"}}"#
        )
    }

    #[test]
    fn a_write_names_all_that_stands_of_its_fields() {
        let body = body();
        let fed = Fed::read(&body).unwrap();
        let both: Vec<String> = fed.by.iter().map(|b| b.0.to_string()).collect();
        let note = made(&Write::new(SCOPE, "visit", "v", json!({"note": "n"})), Some(&fed)).unwrap();
        assert!(both.iter().all(|dot| note.contains(dot)), "{note}");
        let purpose = made(&Write::new(SCOPE, "visit", "v", json!({"purpose": "n"})), Some(&fed)).unwrap();
        assert!(purpose.contains(&both[0]) && !purpose.contains(&both[1]), "{purpose}");
        let removal = removing(Some(&fed), "companions", &["zjedz.p.b"]).unwrap();
        assert_eq!(removal.get(), format!(r#"{{"remove":[["zjedz.p.b",["{}"]]]}}"#, both[1]));
    }

    #[test]
    fn what_would_be_refused_is_told_before_it_is_queued() {
        let code = |write: Write| match made(&write, None) {
            Err(Error::Refused(faults)) => faults[0].code.to_owned(),
            Err(other) => other.code().to_owned(),
            Ok(_) => "ok".to_owned(),
        };
        let derived = mobile_schema::derived_id("appeal", &["zjedz.p.a", "2026-03-02"]);
        for (write, expected) in [
            (Write::new(SCOPE, "visit", "v", json!({"purpose": "p"})), "ok"),
            (Write::new(SCOPE, "visit", "v", json!({"purpose": 5})), "wrong_type"),
            (Write::new(SCOPE, "visit", "v", json!({"purpose": 5})).unchecked(), "ok"),
            (Write::new(SCOPE, "visit", "a b", json!({})), "bad_id"),
            (Write::new("nowhere", "visit", "v", json!({})), "bad_scope"),
            (Write::new("440811070201/household", "visit", "v", json!({})), "bad_lane"),
            (Write::new(SCOPE, "grant", "g", json!({})), "server_only"),
            (Write::new(SCOPE, "novelty", "g", json!({})), "unknown_kind"),
            (Write::new(SCOPE, "fix", "1", json!({})), "bad_id"),
            (Write::new("zjedz.p.a/own", "appeal", &derived.to_uppercase(), json!({})), "bad_id"),
            (Write::new("zjedz.p.a/own", "appeal", &derived, json!({})), "ok"),
            (Write::new(SCOPE, "visit", "v", json!([1])), "bad_fields"),
            (Write::new(SCOPE, "visit", "v", json!({"note": "\u{0}"})), "unreadable"),
        ] {
            assert_eq!(code(write.clone()), expected, "{write:?}");
        }
    }

    #[test]
    fn values_stay_verbatim_but_for_line_feeds() {
        let fields = RawValue::from_string("{\"note\":\n \"a\\nb\",\"x\": 1.00}".to_owned()).unwrap();
        let line = made(&Write::new(SCOPE, "visit", "v", &*fields), None).unwrap();
        assert!(line.contains(r#""f":{"note":  "a\nb","x": 1.00}"#), "{line}");
    }
}
