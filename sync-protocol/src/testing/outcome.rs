//! What crate and model are compared in: records as sets of values with their authors.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, value::RawValue};

use crate::Dot;

/// Scope, kind and id.
pub type Name = (String, String, String);

/// From, to (ms, both included; `None` is open), and whether that is one moment known.
pub type Time = (Option<i64>, Option<i64>, bool);

/// A value that stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    /// As it is fed.
    pub raw: String,
    /// The operations that wrote it.
    pub by: BTreeSet<Dot>,
    /// `shown`, an `element` of a set, or the code by which it is not shown.
    pub why: &'static str,
}

impl Held {
    /// A value that one operation wrote.
    pub fn new(raw: &RawValue, by: Dot, why: &'static str) -> Self {
        Self { raw: raw.get().to_owned(), by: BTreeSet::from([by]), why }
    }
}

/// What a record comes to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record {
    /// The template of a response.
    pub tpl: Option<String>,
    /// Of each field what stands: the shown value and those beside it, the highest first, or the elements. A deleted record has
    /// `_deleted` alone.
    pub fields: BTreeMap<String, Vec<Held>>,
    /// Fields in open conflict.
    pub open: BTreeSet<String>,
}

impl Record {
    /// The shown values as JSON: the values of single fields, the elements of sets as lists.
    pub fn shown(&self) -> Value {
        let json = |held: &Held| serde_json::from_str::<Value>(&held.raw).unwrap_or_default();
        let shown =
            self.fields.iter().filter_map(|(name, held)| match held.first().map_or("element", |first| first.why) {
                "shown" => Some((name.clone(), json(&held[0]))),
                "element" => Some((name.clone(), held.iter().map(json).collect())),
                _ => None,
            });
        shown.collect()
    }
}
