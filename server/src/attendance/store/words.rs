//! The office's words on members' days and members' objections to them, and which may be agreed with.

use std::collections::BTreeMap;

use mobile_schema::derived_id;
use sea_orm::{ConnectionTrait, DbErr};
use sync_protocol::RecordKey;

use crate::{
    attendance::deciding::MemberDay,
    storage::{
        entities::{appeal, inquiry, review},
        rows,
    },
};

/// The words on these days, where there is one.
pub async fn of_days(
    db: &impl ConnectionTrait,
    days: &[MemberDay],
) -> Result<BTreeMap<MemberDay, review::Model>, DbErr> {
    let found = rows::select_in::<review::Entity, _>(db, review::Column::Record, keys("review", days)).await?;
    let named = |row: review::Model| (MemberDay { person: row.person.clone(), day: row.day.clone() }, row);
    Ok(found.into_iter().map(named).collect())
}

/// The objections to these days, where there is one.
pub async fn appeals(
    db: &impl ConnectionTrait,
    days: &[MemberDay],
) -> Result<BTreeMap<MemberDay, appeal::Model>, DbErr> {
    let found = rows::select_in::<appeal::Entity, _>(db, appeal::Column::Record, keys("appeal", days)).await?;
    let named = |row: appeal::Model| (MemberDay { person: row.person.clone(), day: row.day.clone() }, row);
    Ok(found.into_iter().map(named).collect())
}

/// What was asked about these days, where something was.
pub async fn inquiries(
    db: &impl ConnectionTrait,
    days: &[MemberDay],
) -> Result<BTreeMap<MemberDay, inquiry::Model>, DbErr> {
    let found = rows::select_in::<inquiry::Entity, _>(db, inquiry::Column::Record, keys("inquiry", days)).await?;
    let named = |row: inquiry::Model| (MemberDay { person: row.person.clone(), day: row.day.clone() }, row);
    Ok(found.into_iter().map(named).collect())
}

fn keys(kind: &str, days: &[MemberDay]) -> Vec<Vec<u8>> {
    let key = |day: &MemberDay| {
        let id = derived_id(kind, &[&day.person, &day.day]);
        RecordKey::of(&format!("{}/own", day.person), kind, &id).0.to_vec()
    };
    days.iter().map(key).collect()
}
