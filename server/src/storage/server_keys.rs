//! The tables of the server's keys and of its epoch.

use sea_orm::{ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait, QueryOrder, QuerySelect, sea_query::OnConflict};

use super::{
    Db, Write,
    entities::{server_key, setting},
    rows,
};

/// The setting that holds the epoch.
const EPOCH: &str = "epoch";

/// What is kept, the newest key first.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Keys of every purpose.
    pub keys: Vec<server_key::Model>,
    /// Which life of the server.
    pub epoch: String,
}

/// Reads the keys and the epoch; where there are none yet, keeps these. Several servers may start at once on one database: all end up
/// with the same.
pub async fn load_or_keep(db: &Db, fresh: Kept) -> Result<Kept, DbErr> {
    let tx = db.begin().await?;
    let begun = setting::ActiveModel { name: Set(EPOCH.to_owned()), value: Set(fresh.epoch) };
    let first = OnConflict::column(setting::Column::Name).do_nothing().to_owned();
    // Whoever inserts the epoch first keeps keys; another server waits here for that commit, and then finds them.
    setting::Entity::insert(begun).on_conflict(first).exec_without_returning(&tx).await?;
    let mut keys = newest_first(&tx).await?;
    if keys.is_empty() {
        rows::insert::<server_key::Entity>(&tx, fresh.keys).await?;
        keys = newest_first(&tx).await?;
    }
    let epoch = epoch(&tx).await?;
    tx.commit().await?;
    Ok(Kept { keys, epoch })
}

/// The epoch.
pub async fn epoch(db: &impl ConnectionTrait) -> Result<String, DbErr> {
    let row = setting::Entity::find_by_id(EPOCH).one(db).await?;
    row.map(|row| row.value).ok_or_else(|| DbErr::RecordNotFound(EPOCH.to_owned()))
}

/// The epoch, which nobody else changes until the end of the transaction.
pub async fn lock_epoch(tx: &Write) -> Result<String, DbErr> {
    let row = setting::Entity::find_by_id(EPOCH).lock_exclusive().one(tx).await?;
    row.map(|row| row.value).ok_or_else(|| DbErr::RecordNotFound(EPOCH.to_owned()))
}

/// Begins an epoch.
pub async fn begin_epoch(tx: &Write, epoch: &str) -> Result<(), DbErr> {
    let row = setting::Model { name: EPOCH.to_owned(), value: epoch.to_owned() };
    rows::upsert::<setting::Entity>(tx, vec![row]).await
}

async fn newest_first(db: &impl ConnectionTrait) -> Result<Vec<server_key::Model>, DbErr> {
    server_key::Entity::find()
        .order_by_desc(server_key::Column::CreatedMs)
        .order_by_asc(server_key::Column::Kid)
        .all(db)
        .await
}
