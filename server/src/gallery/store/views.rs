//! Notes of who looked at photos, read.

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::one;
use crate::{
    gallery::views::{ViewFilter, ViewOf},
    storage::{
        entities::photo_view::{Column, Entity, Model},
        scoping::{ScopeRange, find_in_scopes},
    },
};

/// The latest looks at these files, by whichever record they were seen.
pub async fn of_files(db: &impl ConnectionTrait, files: Vec<Vec<u8>>, limit: usize) -> Result<Vec<ViewOf>, DbErr> {
    let latest = Entity::find().filter(Column::Sha256.is_in(files)).order_by_desc(Column::Id).limit(limit as u64);
    named(db, latest.all(db).await?).await
}

/// Looks in these scopes, the latest first, behind that one.
pub async fn page(
    db: &impl ConnectionTrait,
    scopes: &[ScopeRange],
    filter: &ViewFilter,
    behind: Option<Vec<u8>>,
    limit: usize,
) -> Result<Vec<Model>, DbErr> {
    let mut query = find_in_scopes::<Entity>(Column::Scope, db.get_database_backend(), scopes);
    if let Some(sha256) = &filter.sha256 {
        query = query.filter(Column::Sha256.eq(hex::decode(sha256).unwrap_or_default()));
    }
    if let Some(person) = &filter.person {
        query = query.filter(Column::Person.eq(person));
    }
    // Names begin with the time.
    if let Some(from) = filter.from {
        query = query.filter(Column::Id.gte(from.max(0).to_be_bytes().to_vec()));
    }
    if let Some(to) = filter.to {
        query = query.filter(Column::Id.lt(to.max(0).to_be_bytes().to_vec()));
    }
    if let Some(behind) = behind {
        query = query.filter(Column::Id.lt(behind));
    }
    query.order_by_desc(Column::Id).limit(limit as u64).all(db).await
}

/// The look at which that code was drawn.
pub async fn by_code(db: &impl ConnectionTrait, code: &str) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::Code.eq(code)).one(db).await
}

/// With what people are called.
pub async fn named(db: &impl ConnectionTrait, rows: Vec<Model>) -> Result<Vec<ViewOf>, DbErr> {
    let names = one::names(db, rows.iter().map(|row| row.person.clone()).collect()).await?;
    Ok(rows.into_iter().map(|row| ViewOf::new(row, &names)).collect())
}
