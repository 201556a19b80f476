//! The rulings on many people and phones at once: a few statements, whatever their number.

use std::collections::HashMap;

use sea_orm::DbErr;
use sync_protocol::{InstallId, judge::Right};

use super::held;
use crate::storage::{
    Db,
    entities::{install, ruling},
    rows,
};

/// All rights of these people, live or not.
pub async fn rights(db: &Db, persons: Vec<String>) -> Result<HashMap<String, Vec<Right>>, DbErr> {
    let mut rights: HashMap<String, Vec<Right>> = HashMap::new();
    for row in rows::select_in::<ruling::Entity, _>(&db.read, ruling::Column::Person, persons).await? {
        if let Some(held) = held(&row) {
            rights.entry(held.person).or_default().push(held.right);
        }
    }
    Ok(rights)
}

/// These phones, each with its enrolment; those that are not known are left out.
pub async fn phones(
    db: &Db,
    installs: &[InstallId],
) -> Result<HashMap<InstallId, (install::Model, Option<ruling::Model>)>, DbErr> {
    let ids: Vec<Vec<u8>> = installs.iter().map(|id| id.0.to_vec()).collect();
    let mut enrolments: HashMap<Vec<u8>, ruling::Model> = HashMap::new();
    for row in rows::select_in::<ruling::Entity, _>(&db.read, ruling::Column::Install, ids.clone()).await? {
        let named = row.install.as_deref().is_some_and(|id| hex::encode(id) == row.id);
        if row.kind == "enrolment" && named {
            enrolments.insert(row.install.clone().unwrap_or_default(), row);
        }
    }
    let known = rows::select_in::<install::Entity, _>(&db.read, install::Column::Id, ids).await?;
    let by_id = known.into_iter().filter_map(|row| {
        let id = InstallId(row.id.as_slice().try_into().ok()?);
        let enrolment = enrolments.remove(&row.id);
        Some((id, (row, enrolment)))
    });
    Ok(by_id.collect())
}
