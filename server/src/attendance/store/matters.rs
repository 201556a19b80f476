//! What of members' days a person should look at: kept with the verdicts, so that the office's queue is one walk of one index.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{DbErr, Value};
use zhucun_presence::{
    matter::{Code, Matter},
    month::Month,
};

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

/// Brings the matters of these days to these, but for those that hang on a month as a whole. What waited before waits since then.
pub async fn write(tx: &Write, days: Vec<Looked>, now_ms: i64) -> Result<(), DbErr> {
    let wanted: Vec<Vec<Value>> =
        days.iter().map(|day| vec![day.person.clone().into(), day.day.clone().into()]).collect();
    let keys = Keys { columns: &["person", "day"], rows: &wanted };
    let there = "SELECT t.* FROM d CROSS JOIN matter t WHERE t.person = d.person AND t.day = d.day";
    let before = keys.select::<matter::Entity>(tx, there).await?;
    replace(tx, before.into_iter().filter(|row| !is_of_month(row)).collect(), days, now_ms).await
}

/// Brings what hangs on the months of these people to these days.
pub async fn write_of_months(
    tx: &Write,
    people: &BTreeSet<String>,
    month: Month,
    days: Vec<Looked>,
    now_ms: i64,
) -> Result<(), DbErr> {
    let (first, last) = (month.first().to_string(), month.last().to_string());
    let wanted: Vec<Vec<Value>> =
        people.iter().map(|person| vec![person.clone().into(), first.clone().into(), last.clone().into()]).collect();
    let keys = Keys { columns: &["person", "first_day", "last_day"], rows: &wanted };
    let there = "SELECT t.* FROM d CROSS JOIN matter t \
                 WHERE t.person = d.person AND t.day >= d.first_day AND t.day <= d.last_day";
    let before = keys.select::<matter::Entity>(tx, there).await?;
    replace(tx, before.into_iter().filter(is_of_month).collect(), days, now_ms).await
}

fn is_of_month(row: &matter::Model) -> bool {
    Code::parse(&row.code).is_some_and(Code::is_of_month)
}

async fn replace(tx: &Write, before: Vec<matter::Model>, days: Vec<Looked>, now_ms: i64) -> Result<(), DbErr> {
    let key = |row: &matter::Model| (row.person.clone(), row.day.clone(), row.code.clone(), row.detail.clone());
    let mut before: BTreeMap<_, matter::Model> = before.into_iter().map(|row| (key(&row), row)).collect();
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
