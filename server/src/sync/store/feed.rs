//! Reading feeds. There is no way to read one without saying which scopes the reader may see.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use sync_protocol::{
    pull::{Extent, Stretch},
    record::Digest,
};

use crate::storage::{
    entities::{record, scope},
    scoping::{ScopeRange, find_in_scopes},
};

/// A record on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its position.
    pub pos: i64,
    /// Its body.
    pub body: String,
}

/// How far the feeds of the scopes reach that the reader may see, and their digests.
pub async fn scopes(
    db: &impl ConnectionTrait,
    readable: &[ScopeRange],
) -> Result<BTreeMap<String, (Extent, String)>, DbErr> {
    let query = find_in_scopes::<scope::Entity>(scope::Column::Scope, db.get_database_backend(), readable);
    let rows = query.all(db).await?;
    let digest = |row: &scope::Model| Digest(row.digest.as_slice().try_into().unwrap_or_default()).hex();
    #[cfg(feature = "broken")]
    let rows = rows.into_iter().map(crate::storage::broken::newest_of_sequence).collect::<Vec<_>>();
    Ok(rows
        .into_iter()
        .map(|r| (r.scope.clone(), (Extent { horizon: r.horizon, newest: r.pos }, digest(&r))))
        .collect())
}

/// Up to `limit` records of the stretch, in order.
pub async fn stretch(db: &impl ConnectionTrait, stretch: &Stretch, limit: u64) -> Result<Vec<Item>, DbErr> {
    let rows: Vec<(i64, String)> = record::Entity::find()
        .filter(record::Column::Scope.eq(&stretch.scope))
        .filter(record::Column::Pos.gt(stretch.after))
        .filter(record::Column::Pos.lte(stretch.until))
        .order_by_asc(record::Column::Pos)
        .limit(limit)
        .select_only()
        .column(record::Column::Pos)
        .column(record::Column::Body)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(pos, body)| Item { pos, body }).collect())
}
