//! What is known before an import.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::Date;
use mobile_schema::{Policy, VillageCode};
use serde_json::{Map, Value};
use sync_protocol::{Dot, record::Fed};

use super::cells::parse_day;
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

/// The records of the registry that stand.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Known {
    /// By kind and id.
    records: BTreeMap<String, BTreeMap<String, Record>>,
    /// Of villages that were given another code: their ids by it.
    ids: HashMap<String, String>,
}

/// How a village ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    /// Its last day.
    pub(super) last: Date,
    /// The village that it was merged into.
    pub(super) successor: String,
}

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
            known.note_code(&fed.k, &fed.id, &record);
            known.records.entry(fed.k).or_default().insert(fed.id, record);
        }
        known
    }

    /// With what these drafts will make of it, so that one file can refer to another that is written with it.
    pub fn absorb(&mut self, drafts: &[Draft]) {
        for draft in drafts {
            let record = self.records.entry(draft.kind.to_owned()).or_default().entry(draft.id.clone()).or_default();
            record.scope.clone_from(&draft.scope);
            for (name, value) in &draft.fields {
                let is_set = mobile_schema::kind(draft.kind)
                    .and_then(|k| k.field(name))
                    .is_some_and(|f| f.policy == Policy::Set);
                let value = if is_set { merged(record.fields.get(name), value) } else { value.clone() };
                record.fields.insert(name.clone(), value);
                record.adders.remove(name);
            }
            let record = record.clone();
            self.note_code(draft.kind, &draft.id, &record);
        }
    }

    fn note_code(&mut self, kind: &str, id: &str, record: &Record) {
        if let Some(code) = record.text("code").filter(|_| kind == "place") {
            self.ids.insert(code.to_owned(), id.to_owned());
        }
    }

    #[cfg(test)]
    pub(in crate::registry) fn count(&self, kind: &str) -> usize {
        self.all(kind).count()
    }

    pub(super) fn get(&self, kind: &str, id: &str) -> Option<&Record> {
        self.records.get(kind)?.get(id)
    }

    pub(super) fn all(&self, kind: &str) -> impl Iterator<Item = (&str, &Record)> {
        self.records.get(kind).into_iter().flatten().map(|(id, record)| (id.as_str(), record))
    }

    /// The codes of the towns of a district; none if there is no such district.
    pub(super) fn towns(&self, district: &str) -> Option<HashSet<&str>> {
        let record = self.get("place", district).filter(|r| r.text("level") == Some("district"))?;
        Some(record.elements("towns").into_iter().collect())
    }

    /// The village or community of the district that goes by this code, or did before it was given another.
    pub(super) fn village(&self, district: &str, code: VillageCode) -> Option<VillageCode> {
        let village = self.ids.get(code.as_str()).and_then(|id| VillageCode::parse(id)).unwrap_or(code);
        let known = self.get("place", village.as_str()).is_some();
        (known && self.towns(district).is_some_and(|t| t.contains(village.town()))).then_some(village)
    }

    /// How a village ended, if it did.
    pub(super) fn end_of(&self, village: &str) -> Option<End> {
        let place = self.get("place", village)?;
        Some(End { last: parse_day(place.text("to")?)?, successor: place.text("successor")?.to_owned() })
    }

    /// A village's code now and its name, for people.
    pub(super) fn told(&self, village: &str) -> String {
        let place = self.get("place", village);
        let code = place.and_then(|p| p.text("code")).unwrap_or(village);
        place.and_then(|p| p.text("name")).map_or(code.to_owned(), |name| format!("{code} {name}"))
    }

    /// Why something of a village cannot last until that day, or for good, if it cannot: the village has ended by then.
    pub(super) fn past_its_end(&self, village: &str, until: Option<Date>) -> Option<String> {
        let end = self.end_of(village).filter(|end| until.is_none_or(|until| until > end.last))?;
        let (village, successor) = (self.told(village), self.told(&end.successor));
        Some(format!(
            "{village} was merged into {successor} and ended with {}; from then on it is {successor}.",
            end.last
        ))
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
