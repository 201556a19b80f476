//! Looking into a database: what it holds, in figures; its bare file; its photos.

use std::path::Path;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, EntityTrait, PaginatorTrait, QueryOrder,
    QuerySelect,
};
use sync_protocol::{Hash, record::Digest};

use crate::{
    backup::manifest::{LogMark, Summary},
    storage::{
        Db,
        entities::{line, push, scope, shipping, stored_blob},
        server_keys,
    },
};

/// What it holds, on one state of it.
pub async fn summary(db: &impl ConnectionTrait) -> Result<Summary, DbErr> {
    let newest = push::Entity::find().order_by_desc(push::Column::Id).limit(1).one(db).await?;
    let rows = scope::Entity::find().all(db).await?;
    let digest = |row: &scope::Model| Digest(row.digest.as_slice().try_into().unwrap_or_default()).hex();
    Ok(Summary {
        epoch: server_keys::epoch(db).await?,
        pushes: push::Entity::find().count(db).await?,
        lines: line::Entity::find().count(db).await?,
        newest_push: newest.as_ref().map_or(0, |row| row.id),
        newest_ms: newest.map(|row| row.received_ms),
        log: log_mark(shipping::Entity::find().one(db).await?),
        digests: rows.iter().map(|row| (row.scope.clone(), digest(row))).collect(),
    })
}

/// How far the log is, by its row.
pub fn log_mark(row: Option<shipping::Model>) -> Option<LogMark> {
    row.map(|row| LogMark { strand: row.strand, segment: row.segment, sha256: row.sha256, mark: row.mark })
}

/// Opens a backup's file, which nobody writes, without leaving anything beside it.
pub async fn open_file(file: &Path) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(format!("sqlite:{}?mode=ro&immutable=true", file.display()));
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await
}

/// Writes all that a SQLite database holds now into a new, compact file.
pub async fn write_file(db: &Db, file: &Path) -> Result<(), DbErr> {
    let name = file.display().to_string().replace('\'', "''");
    db.read.execute_unprepared(&format!("VACUUM INTO '{name}'")).await.map(drop)
}

/// The photos that are complete, with their sizes in bytes.
pub async fn photos(db: &impl ConnectionTrait) -> Result<Vec<(Hash, u64)>, DbErr> {
    let columns = [stored_blob::Column::Sha256, stored_blob::Column::Size];
    let rows: Vec<(Vec<u8>, i64)> =
        stored_blob::Entity::find().select_only().columns(columns).into_tuple().all(db).await?;
    Ok(rows.iter().filter_map(|(hash, size)| Some((hash.as_slice().try_into().ok()?, size.unsigned_abs()))).collect())
}
