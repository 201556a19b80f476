//! The office's words on members' days, and which may be agreed with.

use std::collections::BTreeMap;

use mobile_schema::derived_id;
use sea_orm::{ConnectionTrait, DbErr};
use sync_protocol::RecordKey;

use crate::{
    attendance::deciding::MemberDay,
    storage::{entities::review, rows},
};

/// The words on these days, where there is one.
pub async fn of_days(
    db: &impl ConnectionTrait,
    days: &[MemberDay],
) -> Result<BTreeMap<MemberDay, review::Model>, DbErr> {
    let key = |day: &MemberDay| {
        let id = derived_id("review", &[&day.person, &day.day]);
        RecordKey::of(&format!("{}/own", day.person), "review", &id).0.to_vec()
    };
    let keys = days.iter().map(key).collect();
    let found = rows::select_in::<review::Entity, _>(db, review::Column::Record, keys).await?;
    let named = |row: review::Model| (MemberDay { person: row.person.clone(), day: row.day.clone() }, row);
    Ok(found.into_iter().map(named).collect())
}
