//! What the shipped log is compared with.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use sync_protocol::{chain, push::Push};

use crate::{
    ship::segment::Shipped,
    storage::{
        entities::{line, push},
        rows,
    },
};

/// The pushes that have these numbers here.
pub async fn rows(db: &impl ConnectionTrait, shipped: &[Shipped]) -> Result<HashMap<i64, push::Model>, DbErr> {
    let ids: Vec<i64> = shipped.iter().map(|one| one.id).collect();
    let found = rows::select_in::<push::Entity, _>(db, push::Column::Id, ids).await?;
    Ok(found.into_iter().map(|row| (row.id, row)).collect())
}

/// The lines of a push that are here, and which of them are blanks.
pub async fn lines(db: &impl ConnectionTrait, push: &Push<'_>) -> Result<HashMap<(u64, Vec<u8>), bool>, DbErr> {
    let (first, count) = (push.header.first, push.lines.len() as u64);
    let stored = line::Entity::find()
        .filter(line::Column::Install.eq(push.header.install.0.to_vec()))
        .filter(line::Column::Seq.between(first as i64, (first + count) as i64 - 1))
        .all(db)
        .await?;
    Ok(stored.into_iter().map(|row| ((row.seq as u64, row.hash), chain::blank(&row.bytes).is_some())).collect())
}
