//! What can be erased of a record or a person, and what was.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Query,
};
use sync_protocol::{Dot, Op, RecordKey};

use super::lines;
use crate::{
    storage::{
        entities::{install, line, record, ruling},
        rows,
        scoping::{ScopeRange, find_in_scopes},
    },
    sync::store::carried,
};

/// All operations of these records.
pub async fn of_records(db: &impl ConnectionTrait, keys: Vec<RecordKey>) -> Result<Vec<Op>, DbErr> {
    let keys = keys.iter().map(|key| key.0.to_vec()).collect();
    let found = rows::select_in::<line::Entity, _>(db, line::Column::Record, keys).await?;
    Ok(found.iter().filter_map(carried::stored).collect())
}

/// All operations of the records of a scope of which anything was ever fed.
pub async fn of_scope(db: &impl ConnectionTrait, scope: &str) -> Result<Vec<Op>, DbErr> {
    let keys: Vec<Vec<u8>> = record::Entity::find()
        .filter(record::Column::Scope.eq(scope))
        .filter(record::Column::Derived.eq(false))
        .select_only()
        .column(record::Column::Key)
        .into_tuple()
        .all(db)
        .await?;
    let found = rows::select_in::<line::Entity, _>(db, line::Column::Record, keys).await?;
    Ok(found.iter().filter_map(carried::stored).collect())
}

/// All operations that a person's phones wrote and that are not erased.
pub async fn of_phones(db: &impl ConnectionTrait, person: &str) -> Result<Vec<Op>, DbErr> {
    let theirs = Query::select()
        .column(install::Column::Id)
        .from(install::Entity)
        .and_where(install::Column::Person.eq(person))
        .and_where(install::Column::Server.eq(false))
        .to_owned();
    let found = line::Entity::find()
        .filter(line::Column::Install.in_subquery(theirs))
        .filter(line::Column::Record.is_not_null())
        .filter(line::Column::Erased.is_null())
        .all(db)
        .await?;
    Ok(found.iter().filter_map(carried::stored).collect())
}

/// An erasure as it stands.
pub struct Listed {
    /// By which a list goes on.
    pub place: Vec<u8>,
    /// Its body.
    pub body: String,
    /// What is left of the operation that it is about.
    pub op: Option<Op>,
}

/// Erasures that the reader may see, in the order of their keys.
pub async fn list(
    db: &impl ConnectionTrait,
    readable: &[ScopeRange],
    after: Option<Vec<u8>>,
    limit: usize,
) -> Result<Vec<Listed>, DbErr> {
    let erasures = Query::select()
        .column(ruling::Column::Record)
        .from(ruling::Entity)
        .and_where(ruling::Column::Kind.eq("erasure"))
        .to_owned();
    let found = find_in_scopes::<record::Entity>(record::Column::Scope, db.get_database_backend(), readable)
        .filter(record::Column::Key.in_subquery(erasures))
        .filter(record::Column::Key.gt(after.unwrap_or_default()))
        .order_by_asc(record::Column::Key)
        .limit(limit as u64)
        .all(db)
        .await?;
    let dots: Vec<Dot> = found.iter().filter_map(|row| row.id.parse().ok()).collect();
    let mut ops: HashMap<Dot, Op> = lines::operations(db, &dots).await?;
    let listed = |row: record::Model| Listed {
        op: row.id.parse().ok().and_then(|dot: Dot| ops.remove(&dot)),
        place: row.key,
        body: row.body,
    };
    Ok(found.into_iter().map(listed).collect())
}
