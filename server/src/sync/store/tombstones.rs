//! Since when records show nothing: deleted, or with nothing of them left. By it a purge goes ([`crate::sync::purge`]).

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait as _},
};
use sync_protocol::{Op, RecordKey, merge::Merged, record::Fed};

use super::carried;
use crate::storage::{
    Write,
    entities::{line, record, tombstone},
    feed::Feeds,
    rows,
};

/// Whether it is deleted, or nothing of it is left.
pub fn shows_nothing(row: &record::Model) -> bool {
    let gone = || row.body.contains("\"gone\":true") && Fed::read(&row.body).is_ok_and(|fed| fed.gone);
    row.empty || gone()
}

/// Whether a record that changed came to show nothing (`true`), or something again.
pub fn change(before: Option<&record::Model>, now: &Merged) -> Option<bool> {
    if now.is_empty() || !now.deleted_by.is_empty() {
        return Some(true);
    }
    before.is_some_and(shows_nothing).then_some(false)
}

/// Notes that these records came to show nothing (`true`), or something again.
pub async fn note(tx: &Write, changes: &[(RecordKey, bool)], now_ms: i64) -> Result<(), DbErr> {
    // Of a record that was settled twice the last counts.
    let last: HashMap<RecordKey, bool> = changes.iter().copied().collect();
    let (put, gone): (Vec<_>, Vec<_>) = last.into_iter().partition(|(_, buried)| *buried);
    let put = put.into_iter().map(|(key, _)| tombstone::Model { record: key.0.to_vec(), since_ms: now_ms });
    let gone = gone.into_iter().map(|(key, _)| key.0.to_vec()).collect();
    rows::delete_in::<tombstone::Entity, _>(tx, tombstone::Column::Record, gone).await?;
    rows::upsert::<tombstone::Entity>(tx, put.collect()).await
}

/// What has shown nothing for long.
#[derive(Default)]
pub struct Due {
    /// The operations of deleted records.
    pub deleted: Vec<Op>,
    /// Records of which nothing is left.
    pub empty: Vec<RecordKey>,
    /// Records that show something, for [`note`]: their tombstones are stray.
    pub alive: Vec<(RecordKey, bool)>,
    /// From behind which there may be more.
    pub last: Option<Mark>,
}

/// Since when a record shows nothing, ms, and its key.
pub type Mark = (i64, Vec<u8>);

/// Some of what has shown nothing since that time or longer, the longest first, from behind that mark.
pub async fn due(db: &impl ConnectionTrait, since_ms: i64, behind: Option<Mark>, limit: u64) -> Result<Due, DbErr> {
    use tombstone::Column::{Record, SinceMs};
    let mut query = tombstone::Entity::find().filter(SinceMs.lte(since_ms));
    if let Some((since_ms, record)) = behind {
        let here = Expr::tuple([SinceMs.into_expr(), Record.into_expr()]);
        query = query.filter(here.gt(Expr::tuple([Expr::value(since_ms), Expr::value(record)])));
    }
    let marks: Vec<tombstone::Model> = query.order_by_asc(SinceMs).order_by_asc(Record).limit(limit).all(db).await?;
    let last = marks.last().filter(|_| marks.len() as u64 == limit).map(|row| (row.since_ms, row.record.clone()));
    let keys = marks.into_iter().map(|row| row.record).collect();
    let found = rows::select_in::<record::Entity, _>(db, record::Column::Key, keys).await?;
    let (dead, alive): (Vec<_>, Vec<_>) = found.into_iter().partition(shows_nothing);
    let (empty, deleted): (Vec<_>, Vec<_>) = dead.into_iter().partition(|row| row.empty);
    let keys = deleted.into_iter().map(|row| row.key).collect();
    let lines = rows::select_in::<line::Entity, _>(db, line::Column::Record, keys).await?;
    let key = |row: &record::Model| Some(RecordKey(row.key.as_slice().try_into().ok()?));
    Ok(Due {
        deleted: lines.iter().filter_map(carried::stored).collect(),
        empty: empty.iter().filter_map(key).collect(),
        alive: alive.iter().filter_map(key).map(|key| (key, false)).collect(),
        last,
    })
}

/// Lets the feeds forget those of these records of which still nothing is left, and gives how many that were. Who has not been told of that
/// takes the scope anew.
pub async fn forget(tx: &Write, keys: &[RecordKey]) -> Result<usize, DbErr> {
    let keys: Vec<Vec<u8>> = keys.iter().map(|key| key.0.to_vec()).collect();
    let scopes = rows::select_in::<record::Entity, _>(tx, record::Column::Key, keys.clone()).await?;
    let mut feeds = Feeds::lock(tx, scopes.iter().map(|row| row.scope.as_str()).collect()).await?;
    // Behind the lock: one of them may have come to life.
    let mut found = rows::select_in::<record::Entity, _>(tx, record::Column::Key, keys).await?;
    found.retain(|row| row.empty);
    found.iter().for_each(|row| feeds.forgot(&row.scope, row.pos));
    let gone: Vec<Vec<u8>> = found.into_iter().map(|row| row.key).collect();
    rows::delete_in::<record::Entity, _>(tx, record::Column::Key, gone.clone()).await?;
    rows::delete_in::<tombstone::Entity, _>(tx, tombstone::Column::Record, gone.clone()).await?;
    feeds.write(tx).await?;
    Ok(gone.len())
}
