//! The marks that a restore leaves in the database: that it is under way, and that it was.

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use crate::storage::{
    Db, Write,
    entities::{restore, setting},
    rows, server_keys,
};

/// The setting that names the backup (by the hash of its file) that is being restored.
const UNDER_WAY: &str = "restoring";

/// Which backup is being restored into this database, by the hash of its file; none where nothing is under way.
pub async fn under_way(db: &impl ConnectionTrait) -> Result<Option<String>, DbErr> {
    Ok(setting::Entity::find_by_id(UNDER_WAY).one(db).await?.map(|row| row.value))
}

/// A restore begins: a new epoch, and a mark that it has not ended.
pub async fn begin(tx: &Write, sha256: &str, restored: restore::Model) -> Result<(), DbErr> {
    let mark = setting::Model { name: UNDER_WAY.to_owned(), value: sha256.to_owned() };
    rows::upsert::<setting::Entity>(tx, vec![mark]).await?;
    server_keys::begin_epoch(tx, &restored.epoch).await?;
    rows::insert::<restore::Entity>(tx, vec![restored]).await
}

/// It ended; `account` says how, `newest_ms` when the newest push had been received that is here now.
pub async fn end(db: &Db, account: &str, newest_ms: Option<i64>) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    let epoch = server_keys::lock_epoch(&tx).await?;
    if let Some(row) = restore::Entity::find_by_id(epoch).one(&tx).await? {
        let row = restore::Model { account: Some(account.to_owned()), newest_ms, ..row };
        rows::upsert::<restore::Entity>(&tx, vec![row]).await?;
    }
    setting::Entity::delete_many().filter(setting::Column::Name.eq(UNDER_WAY)).exec(&tx).await?;
    tx.commit().await
}
