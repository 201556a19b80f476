//! Notes of who looked at photos. Nothing here changes or removes one.

use sea_orm::DbErr;

use crate::storage::{Db, entities::photo_view, rows};

/// Notes these looks, durably.
pub async fn note(db: &Db, looks: Vec<photo_view::Model>) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    rows::insert::<photo_view::Entity>(&tx, looks).await?;
    tx.commit().await
}
