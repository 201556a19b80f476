//! The writes that a file comes to: only what differs from what stands.

use std::collections::HashMap;

use serde_json::{Map, Value, json, value::RawValue};

use super::{
    fault::{Code, Faults},
    known::{Known, Record},
    plan::Report,
};
use crate::sync::drafts::{Draft, Saw};

/// Largest fields of one record in bytes: a line has at most 262,144, of which names, time and dots need their part.
const MAX_FIELDS_BYTES: usize = 250_000;

/// What a field is to be.
pub(super) enum Want {
    /// This.
    Be(Value),
    /// A set with these elements at least.
    Hold(Vec<String>),
    /// A set of just these elements.
    BeJust(Vec<String>),
}

impl Want {
    pub(super) fn text(text: impl Into<String>) -> Want {
        Want::Be(Value::String(text.into()))
    }

    /// What a cell says, if the file has the column: the value, or nothing, which clears it.
    pub(super) fn cell(has: bool, value: Option<impl Into<Value>>) -> Option<Want> {
        has.then(|| Want::Be(value.map_or(Value::Null, Into::into)))
    }
}

/// The record that a line of a file describes.
pub(super) struct Entry {
    pub(super) line: u64,
    /// The column that names it, for faults.
    pub(super) column: String,
    pub(super) scope: String,
    pub(super) kind: &'static str,
    pub(super) id: String,
    pub(super) fields: Vec<(&'static str, Want)>,
}

/// Collects the writes.
pub(super) struct Book<'k> {
    known: &'k Known,
    lines: HashMap<(&'static str, String), u64>,
    drafts: Vec<Draft>,
    report: Report,
}

impl<'k> Book<'k> {
    pub(super) fn new(known: &'k Known) -> Self {
        Self { known, lines: HashMap::new(), drafts: Vec::new(), report: Report::default() }
    }

    pub(super) fn close(self) -> (Vec<Draft>, Report) {
        (self.drafts, self.report)
    }

    /// Whether a line was noted of that record.
    pub(super) fn has(&self, kind: &'static str, id: &str) -> bool {
        self.lines.contains_key(&(kind, id.to_owned()))
    }

    /// Notes a record. A second one of that name, one that stands elsewhere, or one that breaks the schema is a fault.
    pub(super) fn put(&mut self, entry: Entry, faults: &mut Faults) {
        if let Some(first) = self.lines.insert((entry.kind, entry.id.clone()), entry.line) {
            self.lines.insert((entry.kind, entry.id.clone()), first);
            let message = format!("{} stands in line {first} already.", entry.id);
            return faults.push(entry.line, &entry.column, Code::Duplicate, message);
        }
        let known = self.known.get(entry.kind, &entry.id);
        if let Some(other) = known.filter(|k| k.scope != entry.scope) {
            let message = format!("{} is in use at {}.", entry.id, other.scope);
            return faults.push(entry.line, &entry.column, Code::Moved, message);
        }
        let nothing = Record::default();
        let stands = known.unwrap_or(&nothing);
        let mut fields = Map::new();
        for (name, want) in entry.fields {
            if let Some(value) = write(stands, name, want) {
                fields.insert(name.to_owned(), value);
            }
        }
        if !fits(entry.kind, entry.line, &entry.column, &fields, faults) {
            return;
        }
        match known {
            None => self.report.created += 1,
            Some(_) if fields.is_empty() => {
                self.report.unchanged += 1;
                return;
            }
            Some(_) => self.report.changed += 1,
        }
        let Entry { scope, kind, id, .. } = entry;
        self.drafts.push(Draft { scope, kind, id, fields, saw: Saw::Current, tpl: None });
    }
}

/// The write that leads from what stands to what is wanted, if there is a difference.
fn write(stands: &Record, name: &str, want: Want) -> Option<Value> {
    let (elements, just) = match want {
        Want::Be(value) => {
            let now = stands.fields.get(name).unwrap_or(&Value::Null);
            return (*now != value).then_some(value);
        }
        Want::Hold(elements) => (elements, false),
        Want::BeJust(elements) => (elements, true),
    };
    let now = stands.elements(name);
    let add: Vec<&String> = elements.iter().filter(|e| !now.contains(&e.as_str())).collect();
    let remove: Vec<Value> = now
        .iter()
        .filter(|e| just && !elements.iter().any(|w| w == *e))
        .map(|e| json!([e, stands.adders(name, e)]))
        .collect();
    if add.is_empty() && remove.is_empty() {
        return None;
    }
    let mut write = json!({ "add": add });
    if !remove.is_empty() {
        write["remove"] = Value::Array(remove);
    }
    Some(write)
}

/// Whether the fields are what the schema takes, and fit into a line.
fn fits(kind: &str, line: u64, column: &str, fields: &Map<String, Value>, faults: &mut Faults) -> bool {
    let before = faults.found.len();
    let spec = mobile_schema::kind(kind).expect("a kind of the schema");
    let raw: Vec<(&str, Box<RawValue>)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), serde_json::value::to_raw_value(value).expect("a value serialises")))
        .collect();
    for fault in spec.check(raw.iter().map(|(name, value)| (*name, &**value))) {
        faults.push(line, &fault.path, Code::Schema, fault.message);
    }
    let bytes: usize = raw.iter().map(|(name, value)| name.len() + value.get().len() + 4).sum();
    if bytes > MAX_FIELDS_BYTES {
        let message = format!("The record has {bytes} bytes, and must have at most {MAX_FIELDS_BYTES}.");
        faults.push(line, column, Code::Schema, message);
    }
    faults.found.len() == before
}
