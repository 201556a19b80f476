//! What holds turn on, of records by all that was ever written to them: also of one that is deleted, whose values nothing shows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use mobile_schema::Scope;
use sea_orm::{ConnectionTrait, DbErr};
use sync_protocol::{Op, RecordKey, carried};

use crate::{
    office::store::{erasable, lines},
    retention::cover::Facts,
    signals::subject::key_of,
    storage::{entities::visit, rows},
};

/// The key of the record that an operation writes; of what carries a line, the one that the line writes.
pub fn key(op: &Op) -> RecordKey {
    let carried = carried::write(op);
    let op = carried.as_ref().unwrap_or(op);
    RecordKey::of(&op.scope, &op.kind, &op.id)
}

/// Of the records that these operations write, which are all that was written to them.
pub async fn of(db: &impl ConnectionTrait, ops: &[Op]) -> Result<HashMap<RecordKey, Facts>, DbErr> {
    let owners = lines::owners(db, ops.iter().map(|op| op.dot.install).collect()).await?;
    let (mut facts, mut between) = (HashMap::<RecordKey, Facts>::new(), BTreeMap::<RecordKey, Vec<RecordKey>>::new());
    for op in ops {
        let carried = carried::write(op);
        let write = carried.as_ref().unwrap_or(op);
        let key = key(op);
        let one = facts.entry(key).or_insert_with(|| Facts {
            key,
            scope: write.scope.clone(),
            people: BTreeSet::new(),
            visits: BTreeSet::new(),
            campaigns: BTreeSet::new(),
        });
        let (owner, server) = owners.get(&op.dot.install).cloned().unwrap_or_default();
        let author = op.acting.as_ref().filter(|_| server).map_or(owner, |(person, _)| person.clone());
        let own =
            Scope::parse(&write.scope).filter(|scope| scope.place.is_person()).map(|scope| scope.place.to_string());
        one.people.extend(own.into_iter().chain([author]).chain(text(write, "person")));
        one.campaigns.extend(text(write, "campaign").filter(|_| write.kind == "visit"));
        one.visits.extend(visit(write));
        if let Some(subject) = subject(write) {
            match write.kind == "photo" && subject.0 == "visit" {
                true => one.visits.extend([subject.1]),
                false => between.entry(subject.1).or_default().push(key),
            }
        }
    }
    // A photo of a finding belongs to the visit that the finding names.
    for op in erasable::of_records(db, between.keys().copied().collect()).await? {
        for photo in between.get(&key(&op)).into_iter().flatten() {
            facts.entry(*photo).and_modify(|facts| facts.visits.extend(visit(&op)));
        }
    }
    let visits: BTreeSet<RecordKey> = facts.values().flat_map(|facts| facts.visits.iter().copied()).collect();
    let keys = visits.iter().map(|key| key.0.to_vec()).collect();
    let rows = rows::select_in::<visit::Entity, _>(db, visit::Column::Record, keys).await?;
    let campaigns: HashMap<Vec<u8>, String> =
        rows.into_iter().filter_map(|row| Some((row.record, row.campaign?))).collect();
    for facts in facts.values_mut() {
        let named = facts.visits.iter().filter_map(|key| campaigns.get(key.0.as_slice()));
        facts.campaigns.extend(named.cloned());
    }
    Ok(facts)
}

/// The visit that an operation writes, or names.
fn visit(op: &Op) -> Option<RecordKey> {
    if op.kind == "visit" {
        return Some(RecordKey::of(&op.scope, "visit", &op.id));
    }
    text(op, "visit").map(|id| key_of(&op.scope, "visit", &id))
}

/// The kind and the key of the record of which a photo is one.
fn subject(op: &Op) -> Option<(String, RecordKey)> {
    let (kind, id) = (text(op, "subject_kind")?, text(op, "subject_id")?);
    let key = key_of(&op.scope, &kind, &id);
    Some((kind, key))
}

fn text(op: &Op, field: &str) -> Option<String> {
    serde_json::from_str(op.field(field)?.get()).ok()
}
