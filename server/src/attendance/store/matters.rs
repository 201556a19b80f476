//! What of members' days a person should look at: kept with the verdicts, so that the office's queue is one walk of one index.

use std::collections::BTreeMap;

use sea_orm::{DbErr, Value};
use zhucun_presence::matter::{Code, Matter};

use super::sql::Keys;
use crate::storage::{Write, entities::matter, rows};

/// A day that was looked at.
pub struct Looked {
    /// Whose.
    pub person: String,
    /// Which.
    pub day: String,
    /// The village it is about.
    pub village: String,
    /// What a person should look at.
    pub matters: Vec<Matter>,
}

/// Brings the matters of these days to these, of those codes that the caller answers for. What waited before waits since then.
pub async fn write(tx: &Write, days: Vec<Looked>, answers_for: fn(Code) -> bool, now_ms: i64) -> Result<(), DbErr> {
    let wanted: Vec<Vec<Value>> =
        days.iter().map(|day| vec![day.person.clone().into(), day.day.clone().into()]).collect();
    let keys = Keys { columns: &["person", "day"], rows: &wanted };
    let there = "SELECT t.* FROM d CROSS JOIN matter t WHERE t.person = d.person AND t.day = d.day";
    let key = |row: &matter::Model| (row.person.clone(), row.day.clone(), row.code.clone(), row.detail.clone());
    let mut before: BTreeMap<_, matter::Model> =
        keys.select::<matter::Entity>(tx, there).await?.into_iter().map(|row| (key(&row), row)).collect();
    before.retain(|(_, _, code, _), _| Code::parse(code).is_none_or(answers_for));
    let mut fresh = Vec::new();
    for day in days {
        for matter in day.matters {
            let mut row = matter::Model {
                person: day.person.clone(),
                day: day.day.clone(),
                code: matter.code.name().to_owned(),
                detail: matter.detail,
                village: day.village.clone(),
                rank: 100 - matter.code.weight(),
                since_ms: now_ms,
            };
            let old = before.remove(&key(&row));
            row.since_ms = old.as_ref().map_or(now_ms, |old| old.since_ms);
            if old.as_ref() != Some(&row) {
                fresh.push(row);
            }
        }
    }
    rows::upsert::<matter::Entity>(tx, fresh).await?;
    let gone: Vec<Vec<Value>> = before
        .into_keys()
        .map(|(person, day, code, detail)| vec![person.into(), day.into(), code.into(), detail.into()])
        .collect();
    let keys = Keys { columns: &["person", "day", "code", "detail"], rows: &gone };
    keys.execute(
        tx,
        "DELETE FROM matter WHERE (person, day, code, detail) IN (SELECT person, day, code, detail FROM d)",
    )
    .await
}
