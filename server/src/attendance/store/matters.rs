//! What of members' days a person should look at: kept with the verdicts, so that the office's queue is one walk of one index.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, DbErr, Value};
use zhucun_presence::{
    matter::{Basis, Code, Matter},
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

/// Brings the matters of these days to these, but for those that hang on more than the day. What waited before waits since then.
pub async fn write(tx: &Write, days: Vec<Looked>, now_ms: i64) -> Result<(), DbErr> {
    let wanted: Vec<Vec<Value>> =
        days.iter().map(|day| vec![day.person.clone().into(), day.day.clone().into()]).collect();
    let keys = Keys { columns: &["person", "day"], rows: &wanted };
    let there = "SELECT t.* FROM d CROSS JOIN matter t WHERE t.person = d.person AND t.day = d.day";
    let before = keys.select::<matter::Entity>(tx, there).await?;
    replace(tx, of(before, Basis::Day), days, now_ms).await
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
    replace(tx, of(before, Basis::Month), days, now_ms).await
}

/// Brings what is found in the months of these villages to these.
pub async fn write_of_villages(
    tx: &Write,
    villages: &BTreeSet<String>,
    month: Month,
    found: Vec<Looked>,
    now_ms: i64,
) -> Result<(), DbErr> {
    let before = of_villages(tx, villages, month).await?;
    replace(tx, before, found, now_ms).await
}

/// What waits of that which is found in the months of these villages.
pub async fn of_villages(
    db: &impl ConnectionTrait,
    villages: &BTreeSet<String>,
    month: Month,
) -> Result<Vec<matter::Model>, DbErr> {
    let (first, last) = (month.first().to_string(), month.last().to_string());
    let wanted: Vec<Vec<Value>> = villages
        .iter()
        .map(|village| vec![village.clone().into(), first.clone().into(), last.clone().into()])
        .collect();
    let keys = Keys { columns: &["village", "first_day", "last_day"], rows: &wanted };
    let there = "SELECT t.* FROM d CROSS JOIN matter t \
                 WHERE t.village = d.village AND t.day >= d.first_day AND t.day <= d.last_day";
    Ok(of(keys.select::<matter::Entity>(db, there).await?, Basis::Village))
}

/// Those that are found in that.
fn of(mut rows: Vec<matter::Model>, basis: Basis) -> Vec<matter::Model> {
    rows.retain(|row| Code::parse(&row.code).map_or(Basis::Day, Code::basis) == basis);
    rows
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
                found: matter.group.as_ref().and_then(|group| serde_json::to_string(group).ok()),
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
