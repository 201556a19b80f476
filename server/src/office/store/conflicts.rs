//! Fields with several values as the office sees them: with their authors, when and in which roles they wrote, and what they started
//! from. A few statements for a page, however long.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ConnectionTrait, DbErr};
use sync_protocol::{
    Code, Dot, Op, RecordKey,
    judge::{Authority, Facts},
    provenance::{self, Origins},
    record::Fed,
    time::Corrected,
};

use super::lines;
use crate::{
    office::{
        contest::Contest,
        views::{
            conflict::{AuthorView, ConflictView, StartView, ValueView, item, shown_because},
            readable,
        },
    },
    storage::{entities::line, rows},
    sync::store::{
        Context, carried,
        facts::{self, Sources},
    },
};

/// What is known of the records that they lie in.
pub struct Known {
    ops: HashMap<RecordKey, Vec<Op>>,
    times: HashMap<Dot, Corrected>,
    facts: Facts,
    names: HashMap<String, String>,
}

/// As the office sees them.
pub async fn views(
    db: &impl ConnectionTrait,
    context: &Context,
    contests: &[Contest],
) -> Result<Vec<ConflictView>, DbErr> {
    let read: Vec<(&Contest, Fed<'_>)> =
        contests.iter().filter_map(|one| Some((one, Fed::read(&one.body).ok()?))).collect();
    let keys = read.iter().map(|(_, fed)| RecordKey::of(&fed.s, &fed.k, &fed.id)).collect();
    let mut known = load(db, context, keys).await?;
    let persons = read.iter().flat_map(|(_, fed)| fed.by.iter().map(|by| by.1.clone())).collect();
    known.names = lines::names(db, persons).await?;
    Ok(read.iter().map(|(one, fed)| known.view(one, fed)).collect())
}

/// All operations of these records, and what judging them takes.
pub async fn load(db: &impl ConnectionTrait, context: &Context, keys: BTreeSet<RecordKey>) -> Result<Known, DbErr> {
    let keys = keys.into_iter().map(|key| key.0.to_vec()).collect();
    let rows = rows::select_in::<line::Entity, _>(db, line::Column::Record, keys).await?;
    let mut ops: HashMap<RecordKey, Vec<Op>> = HashMap::new();
    for op in rows.iter().filter_map(carried::stored) {
        ops.entry(RecordKey::of(&op.scope, &op.kind, &op.id)).or_default().push(op);
    }
    let all: Vec<&Op> = ops.values().flatten().collect();
    let sources = Sources { context, rulings: None, installs: &HashMap::new() };
    let facts = if all.is_empty() { Facts::default() } else { facts::load(db, &sources, &all).await? };
    let times = lines::times(db, &all).await?;
    Ok(Known { ops, times, facts, names: HashMap::new() })
}

impl Known {
    /// The operations of that record, and what their authors had seen.
    pub fn origins(&self, key: &RecordKey) -> Option<Origins<'_>> {
        let ops: Vec<&Op> = self.ops.get(key)?.iter().collect();
        let times: Vec<Corrected> = ops.iter().map(|op| self.time(op.dot)).collect();
        Some(Origins::of(&ops, &times, &self.facts))
    }

    /// What judging takes.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    fn time(&self, dot: Dot) -> Corrected {
        self.times.get(&dot).copied().unwrap_or(Corrected::UNKNOWN)
    }

    fn view(&self, one: &Contest, fed: &Fed<'_>) -> ConflictView {
        let key = RecordKey::of(&fed.s, &fed.k, &fed.id);
        let origins = self.origins(&key);
        let author = |i: &usize| Some(self.author(&key, origins.as_ref(), fed.by.get(*i)?, &one.field));
        let authors = |by: &[usize]| by.iter().filter_map(author).collect::<Vec<_>>();
        let shown = fed.f.get(&one.field).map(|value| ValueView {
            value: readable(value.get()),
            shown: true,
            why: None,
            by: authors(fed.w.get(&one.field).map_or(&[0], Vec::as_slice)),
        });
        let beside = fed.alt.get(&one.field).into_iter().flatten();
        let why = beside.clone().next().and_then(|b| Code::parse(&b.why));
        let beside = beside.map(|b| ValueView {
            value: readable(b.v.get()),
            shown: false,
            why: Some(b.why.clone()),
            by: authors(&b.by),
        });
        let template = fed.tpl.as_ref().and_then(|tpl| self.facts.templates.get(tpl)).map(|t| &**t);
        let item = item(&one.field, template);
        ConflictView {
            scope: fed.s.clone(),
            kind: fed.k.clone(),
            id: fed.id.clone(),
            field: one.field.clone(),
            open: fed.open.contains(&one.field),
            policy: one.policy,
            weight: one.weight,
            label: item.map(|item| item.label.clone()),
            label_en: item.map(|item| item.label_en.clone()).filter(|label| !label.is_empty()),
            tpl: fed.tpl.clone(),
            shown_because: shown_because(why),
            values: shown.into_iter().chain(beside).collect(),
        }
    }

    fn author(
        &self,
        key: &RecordKey,
        origins: Option<&Origins<'_>>,
        (dot, person, authority, _): &(Dot, String, Authority, sync_protocol::record::FedTime),
        field: &str,
    ) -> AuthorView {
        let time = self.time(*dot);
        let op = self.ops.get(key).and_then(|ops| ops.iter().find(|op| op.dot == *dot));
        let started = origins.map(|origins| origins.started_from(*dot, field)).unwrap_or_default();
        AuthorView {
            dot: *dot,
            person: person.clone(),
            name: self.names.get(person).cloned(),
            authority: *authority,
            roles: op.map(|op| provenance::roles(op, time, &self.facts).into_iter().collect()).unwrap_or_default(),
            when: time.into(),
            started_from: started.into_iter().filter_map(|op| start(op, field)).collect(),
        }
    }
}

fn start(op: &Op, field: &str) -> Option<StartView> {
    Some(StartView { dot: op.dot, value: readable(op.field(field)?.get()) })
}
