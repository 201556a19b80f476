//! What is known before an import.

use std::collections::{BTreeMap, HashMap, HashSet};

use mobile_schema::{Policy, VillageCode};
use serde_json::{Map, Value};
use sync_protocol::{Dot, record::Fed};

use crate::sync::drafts::Draft;

/// A record as it stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Record {
    pub(super) scope: String,
    /// Shown values; sets as lists.
    pub(super) fields: Map<String, Value>,
    /// Of each set, who adds each element, in the order of the list.
    adders: HashMap<String, Vec<Vec<Dot>>>,
}

/// The records of the registry that stand, by kind and id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known(BTreeMap<String, BTreeMap<String, Record>>);

impl Known {
    /// Of the bodies of records. One that cannot be read, or of which nothing stands, is not known.
    pub fn of<'b>(bodies: impl IntoIterator<Item = &'b str>) -> Known {
        let mut known = Known::default();
        for fed in bodies.into_iter().filter_map(|body| Fed::read(body).ok()).filter(|fed| !fed.is_empty() && !fed.gone)
        {
            let fields =
                fed.f.iter().filter_map(|(name, raw)| Some((name.clone(), serde_json::from_str(raw.get()).ok()?)));
            let dots = |by: &Vec<usize>| by.iter().filter_map(|i| fed.by.get(*i)).map(|b| b.0).collect();
            let adders = fed.el.iter().map(|(name, el)| (name.clone(), el.iter().map(dots).collect())).collect();
            let record = Record { scope: fed.s.clone(), fields: fields.collect(), adders };
            known.0.entry(fed.k).or_default().insert(fed.id, record);
        }
        known
    }

    /// With what these drafts will make of it, so that one file can refer to another that is written with it.
    pub fn absorb(&mut self, drafts: &[Draft]) {
        for draft in drafts {
            let record = self.0.entry(draft.kind.to_owned()).or_default().entry(draft.id.clone()).or_default();
            record.scope.clone_from(&draft.scope);
            for (name, value) in &draft.fields {
                let is_set = mobile_schema::kind(draft.kind)
                    .and_then(|k| k.field(name))
                    .is_some_and(|f| f.policy == Policy::Set);
                let value = if is_set { merged(record.fields.get(name), value) } else { value.clone() };
                record.fields.insert(name.clone(), value);
                record.adders.remove(name);
            }
        }
    }

    #[cfg(test)]
    pub(in crate::registry) fn count(&self, kind: &str) -> usize {
        self.all(kind).count()
    }

    pub(super) fn get(&self, kind: &str, id: &str) -> Option<&Record> {
        self.0.get(kind)?.get(id)
    }

    pub(super) fn all(&self, kind: &str) -> impl Iterator<Item = (&str, &Record)> {
        self.0.get(kind).into_iter().flatten().map(|(id, record)| (id.as_str(), record))
    }

    /// The codes of the towns of a district; none if there is no such district.
    pub(super) fn towns(&self, district: &str) -> Option<HashSet<&str>> {
        let record = self.get("place", district).filter(|r| r.text("level") == Some("district"))?;
        Some(record.elements("towns").into_iter().collect())
    }

    /// Whether it is a village or community of the district.
    pub(super) fn has_village(&self, district: &str, village: VillageCode) -> bool {
        self.get("place", village.as_str()).is_some()
            && self.towns(district).is_some_and(|t| t.contains(village.town()))
    }
}

/// A list after a write of a set.
fn merged(list: Option<&Value>, write: &Value) -> Value {
    let of = |v: Option<&Value>| v.and_then(Value::as_array).cloned().unwrap_or_default();
    let removed: Vec<Value> = of(write.get("remove")).iter().filter_map(|pair| pair.get(0).cloned()).collect();
    let mut list: Vec<Value> = of(list).into_iter().filter(|e| !removed.contains(e)).collect();
    list.extend(of(write.get("add")));
    list.sort_by_key(Value::to_string);
    list.dedup();
    Value::Array(list)
}

impl Record {
    pub(super) fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field)?.as_str()
    }

    /// The elements of a set of texts.
    pub(super) fn elements(&self, field: &str) -> Vec<&str> {
        self.fields.get(field).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Who adds that element of a set.
    pub(super) fn adders(&self, field: &str, element: &str) -> Vec<Dot> {
        let at = self.elements(field).iter().position(|e| *e == element);
        at.and_then(|i| self.adders.get(field)?.get(i).cloned()).unwrap_or_default()
    }
}
