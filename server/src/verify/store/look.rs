//! What the copy says of photos.

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use std::collections::HashSet;
use sync_protocol::Hash;

use crate::{
    media::store::erase::ERASE_BYTES,
    storage::entities::{job, picture, stored_blob, upload},
};

/// Photos that are complete, in the order of their hashes.
pub async fn blobs(db: &impl ConnectionTrait) -> Result<Vec<stored_blob::Model>, DbErr> {
    stored_blob::Entity::find().order_by_asc(stored_blob::Column::Sha256).all(db).await
}

/// Photos that are just being put into the store, or were and whose row is still to come.
pub async fn under_way(db: &impl ConnectionTrait) -> Result<HashSet<Hash>, DbErr> {
    let rows = upload::Entity::find().filter(upload::Column::DoneMs.is_null()).all(db).await?;
    Ok(rows.iter().filter_map(|row| row.sha256.as_deref()?.try_into().ok()).collect())
}

/// What was made of photos and lies beside them. It can be made again, so nobody is told where it is missing.
pub async fn renditions(db: &impl ConnectionTrait) -> Result<HashSet<Hash>, DbErr> {
    let rows = picture::Entity::find().all(db).await?;
    let made = rows.iter().flat_map(|row| [&row.large, &row.small]).flatten();
    Ok(made.filter_map(|hash| hash.as_slice().try_into().ok()).collect())
}

/// Whether a photo of the copy is no longer to be there by now: it was erased meanwhile, or its erasure takes away the bytes before it is committed.
pub async fn is_going(live: &impl ConnectionTrait, hash: &Hash) -> Result<bool, DbErr> {
    let erasure = (ERASE_BYTES.to_owned(), hex::encode(hash));
    Ok(job::Entity::find_by_id(erasure).one(live).await?.is_some()
        || stored_blob::Entity::find_by_id(hash.to_vec()).one(live).await?.is_none())
}
