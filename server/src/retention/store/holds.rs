//! The table `hold`.

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use sync_protocol::RecordKey;

use crate::storage::{
    entities::hold,
    scoping::{ScopeRange, find_in_scopes, within},
};

/// All that stand, the oldest first.
pub async fn standing(db: &impl ConnectionTrait) -> Result<Vec<hold::Model>, DbErr> {
    let standing = hold::Entity::find().filter(hold::Column::Lifted.is_null());
    standing.order_by_asc(hold::Column::SinceMs).order_by_asc(hold::Column::Record).all(db).await
}

/// The hold of that name, if it lies in these scopes.
pub async fn one(
    db: &impl ConnectionTrait,
    readable: &[ScopeRange],
    scope: &str,
    id: &str,
) -> Result<Option<hold::Model>, DbErr> {
    let key = RecordKey::of(scope, "hold", id).0.to_vec();
    let query = find_in_scopes::<hold::Entity>(hold::Column::Scope, db.get_database_backend(), readable);
    query.filter(hold::Column::Record.eq(key)).one(db).await
}

/// Holds in these scopes and, if given, in those; standing or lifted, or both; in the order of their keys.
pub async fn list(
    db: &impl ConnectionTrait,
    (readable, below): (&[ScopeRange], Option<&[ScopeRange]>),
    standing: Option<bool>,
    after: Option<Vec<u8>>,
    limit: usize,
) -> Result<Vec<hold::Model>, DbErr> {
    use hold::Column::{Lifted, Record, Scope};
    let backend = db.get_database_backend();
    let mut query = find_in_scopes::<hold::Entity>(Scope, backend, readable);
    if let Some(below) = below {
        query = query.filter(within(Scope, backend, below));
    }
    query = match standing {
        Some(true) => query.filter(Lifted.is_null()),
        Some(false) => query.filter(Lifted.is_not_null()),
        None => query,
    };
    query.filter(Record.gt(after.unwrap_or_default())).order_by_asc(Record).limit(limit as u64).all(db).await
}
