//! The record as fed (`PROTOCOL.md`, section 10): its bytes, its hash, and the digest of a scope.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    ids::{Dot, Hash, lower_hex, sha256},
    line::Op,
    merge::{Merged, Value},
    time::Corrected,
};

/// Scope, kind and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordName<'a> {
    /// Scope.
    pub scope: &'a str,
    /// Kind.
    pub kind: &'a str,
    /// Id.
    pub id: &'a str,
}

impl<'a> RecordName<'a> {
    /// Of the record that the operation writes.
    pub fn of(op: &'a Op) -> Self {
        Self { scope: &op.scope, kind: &op.kind, id: &op.id }
    }
}

/// The body of a merged record.
pub fn body(name: RecordName<'_>, merged: &Merged) -> String {
    let index: BTreeMap<Dot, usize> = merged.authors.keys().enumerate().map(|(i, dot)| (*dot, i)).collect();
    let of = |value: &Value| value.by.iter().map(|dot| index[dot]).collect::<Vec<_>>();
    let mut out = Object::new();

    let mut alt = Object::new();
    for (field, state) in merged.fields.iter().filter(|(_, s)| !s.beside.is_empty()) {
        let list = state
            .beside
            .iter()
            .map(|b| format!(r#"{{"by":{},"v":{},"why":"{}"}}"#, list(of(&b.value)), b.value.raw.get(), b.why.name()));
        alt.member(field, &list_of(list));
    }
    out.unless_empty("alt", alt);

    let authors = merged.authors.iter().map(|(dot, author)| {
        let time = match author.time {
            Corrected::At(anchor) => anchor.at_ms.to_string(),
            Corrected::Within(lo, hi) => format!("[{},{}]", or_null(lo), or_null(hi)),
        };
        format!(r#"["{dot}",{},"{}",{time}]"#, quoted(&author.person), author.authority.name())
    });
    out.member("by", &list_of(authors));

    let mut el = Object::new();
    let mut fields = Object::new();
    let mut writers = Object::new();
    for (field, state) in &merged.fields {
        if let Some(elements) = &state.elements {
            fields.member(field, &list_of(elements.iter().map(|e| e.raw.get().to_owned())));
            el.member(field, &list_of(elements.iter().map(|e| list(of(e)))));
        } else if let Some(shown) = &state.shown {
            fields.member(field, shown.raw.get());
            let by = of(shown);
            if by != [0] {
                writers.member(field, &list(by));
            }
        }
    }
    out.unless_empty("el", el);
    out.unless_empty("f", fields);
    if !merged.deleted_by.is_empty() {
        out.member("gone", "true");
    }
    out.member("id", &quoted(name.id));
    out.member("k", &quoted(name.kind));
    let open: Vec<String> = merged.fields.iter().filter(|(_, s)| s.open).map(|(field, _)| quoted(field)).collect();
    if !open.is_empty() {
        out.member("open", &list_of(open.into_iter()));
    }
    out.member("s", &quoted(name.scope));
    if let Some(tpl) = &merged.tpl {
        out.member("tpl", &quoted(tpl));
    }
    if let Some(spec) = mobile_schema::kind(name.kind).filter(|spec| spec.version > 1) {
        out.member("v", &spec.version.to_string());
    }
    out.unless_empty("w", writers);
    out.close()
}

/// The body of a derived record: `f` is a JSON object, `h` the hash of its inputs.
pub fn derived_body(name: RecordName<'_>, f: &str, h: &str) -> String {
    let mut out = Object::new();
    out.member("derived", "true");
    out.member("f", f);
    out.member("h", &quoted(h));
    out.member("id", &quoted(name.id));
    out.member("k", &quoted(name.kind));
    out.member("s", &quoted(name.scope));
    out.close()
}

struct Object(String);

impl Object {
    fn new() -> Self {
        Self("{".to_owned())
    }

    fn member(&mut self, name: &str, value: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        let _ = write!(self.0, "{}:{value}", quoted(name));
    }

    fn unless_empty(&mut self, name: &str, object: Object) {
        if object.0.len() > 1 {
            self.member(name, &object.close());
        }
    }

    fn close(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("text serialises")
}

fn or_null(t: Option<i64>) -> String {
    t.map_or_else(|| "null".to_owned(), |t| t.to_string())
}

fn list(indices: Vec<usize>) -> String {
    list_of(indices.into_iter().map(|i| i.to_string()))
}

fn list_of(items: impl Iterator<Item = String>) -> String {
    let mut out = "[".to_owned();
    for (i, item) in items.enumerate() {
        if i > 0 {
            out.push(',');
        }
        out.push_str(&item);
    }
    out.push(']');
    out
}

/// When an author wrote, as fed: a moment, or a span with open ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum FedTime {
    /// Milliseconds since 1970, UTC.
    At(i64),
    /// Somewhere between.
    Within(Option<i64>, Option<i64>),
}

impl FedTime {
    /// The moment, if known.
    pub fn at(self) -> Option<i64> {
        match self {
            FedTime::At(at) => Some(at),
            FedTime::Within(..) => None,
        }
    }
}

/// A body, read. Values stay verbatim.
#[derive(Debug, Deserialize)]
pub struct Fed<'a> {
    /// Kept-beside values by field.
    #[serde(borrow, default)]
    pub alt: BTreeMap<String, Vec<FedBeside<'a>>>,
    /// Dot, person, authority, time of each operation named below by its place here.
    #[serde(default)]
    pub by: Vec<(Dot, String, crate::judge::Authority, FedTime)>,
    /// Whether it is derived.
    #[serde(default)]
    pub derived: bool,
    /// Of a set: who adds each element.
    #[serde(default)]
    pub el: BTreeMap<String, Vec<Vec<usize>>>,
    /// Shown values.
    #[serde(borrow, default)]
    pub f: BTreeMap<String, &'a RawValue>,
    /// Whether it is deleted.
    #[serde(default)]
    pub gone: bool,
    /// Id.
    pub id: String,
    /// Kind.
    pub k: String,
    /// Fields in open conflict.
    #[serde(default)]
    pub open: Vec<String>,
    /// Scope.
    pub s: String,
    /// Template.
    pub tpl: Option<String>,
    /// The version of the kind's schema whose fields these are.
    #[serde(default = "first_version")]
    pub v: u32,
    /// Who wrote the shown value, where it is not the first of `by` alone.
    #[serde(default)]
    pub w: BTreeMap<String, Vec<usize>>,
}

fn first_version() -> u32 {
    1
}

/// A value kept beside.
#[derive(Debug, Deserialize)]
pub struct FedBeside<'a> {
    /// Who wrote it.
    pub by: Vec<usize>,
    /// The value.
    #[serde(borrow)]
    pub v: &'a RawValue,
    /// Why it is not shown.
    pub why: String,
}

impl<'a> Fed<'a> {
    /// The body, read.
    pub fn read(body: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(body)
    }

    /// The name.
    pub fn name(&self) -> RecordName<'_> {
        RecordName { scope: &self.s, kind: &self.k, id: &self.id }
    }

    /// Whether nothing of the record stands: forget it.
    pub fn is_empty(&self) -> bool {
        self.by.is_empty() && !self.derived
    }

    /// The dots a write to these fields must name as seen: those of all values that stand of them.
    pub fn seen_for<'f>(&self, fields: impl IntoIterator<Item = &'f str>) -> Vec<Dot> {
        let mut seen: Vec<Dot> = Vec::new();
        if self.gone {
            seen.extend(self.by.iter().map(|b| b.0));
        }
        for field in fields {
            let first = [0];
            let shown = match self.w.get(field) {
                Some(by) => by.as_slice(),
                None if self.f.contains_key(field) && !self.el.contains_key(field) => &first,
                None => &[],
            };
            let beside = self.alt.get(field).into_iter().flatten().flat_map(|b| b.by.iter());
            seen.extend(shown.iter().chain(beside).filter_map(|i| self.by.get(*i)).map(|b| b.0));
        }
        seen.sort_unstable();
        seen.dedup();
        seen
    }

    /// The dots a deletion must name: those of all that stands.
    pub fn seen_for_deletion(&self) -> Vec<Dot> {
        self.by.iter().map(|b| b.0).collect()
    }
}

/// The sum of the hashes of a scope's records, modulo 2^256.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Digest(pub Hash);

impl Digest {
    /// The hash of a body; zero for one that says that nothing stands.
    pub fn hash_of(body: &str, empty: bool) -> Hash {
        if empty { [0; 32] } else { sha256(&[body.as_bytes()]) }
    }

    /// With one more record of that hash.
    pub fn add(&mut self, hash: &Hash) {
        let mut carry = 0u16;
        for i in (0..32).rev() {
            let sum = u16::from(self.0[i]) + u16::from(hash[i]) + carry;
            self.0[i] = sum as u8;
            carry = sum >> 8;
        }
    }

    /// Without a record of that hash.
    pub fn remove(&mut self, hash: &Hash) {
        let mut borrow = 0i16;
        for i in (0..32).rev() {
            let difference = i16::from(self.0[i]) - i16::from(hash[i]) - borrow;
            self.0[i] = difference as u8;
            borrow = i16::from(difference < 0);
        }
    }

    /// 64 hex digits.
    pub fn hex(&self) -> String {
        hex::encode(self.0)
    }

    /// From 64 hex digits.
    pub fn parse(s: &str) -> Option<Self> {
        lower_hex(s).map(Self)
    }
}
