//! The tables of the server's keys and of its epoch.

use sea_orm::{ActiveValue::Set, DbErr, EntityTrait, QueryOrder, sea_query::OnConflict};

use super::{
    Db,
    entities::{server_key, setting},
    rows,
};

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
    let epoch = setting::ActiveModel { name: Set("epoch".to_owned()), value: Set(fresh.epoch) };
    let first = OnConflict::column(setting::Column::Name).do_nothing().to_owned();
    // Whoever inserts the epoch first keeps keys; another server waits here for that commit, and then finds them.
    setting::Entity::insert(epoch).on_conflict(first).exec_without_returning(&tx).await?;
    let mut keys = newest_first(&tx).await?;
    if keys.is_empty() {
        rows::insert::<server_key::Entity>(&tx, fresh.keys).await?;
        keys = newest_first(&tx).await?;
    }
    let epoch = setting::Entity::find_by_id("epoch").one(&tx).await?;
    let epoch = epoch.ok_or_else(|| DbErr::RecordNotFound("epoch".to_owned()))?.value;
    tx.commit().await?;
    Ok(Kept { keys, epoch })
}

async fn newest_first(db: &impl sea_orm::ConnectionTrait) -> Result<Vec<server_key::Model>, DbErr> {
    server_key::Entity::find()
        .order_by_desc(server_key::Column::CreatedMs)
        .order_by_asc(server_key::Column::Kid)
        .all(db)
        .await
}
