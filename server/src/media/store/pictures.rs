//! What was seen in photos, and the jobs to look.

use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
use sync_protocol::Hash;

use super::as_hash;
use crate::{
    app::now_ms,
    signals::subject,
    storage::{
        Db, Write,
        entities::{picture, stored_blob},
        jobs::{self, Claim, JobKey},
        rows,
    },
};

/// The kind of job that opens a complete photo, or takes away what was made of one that is gone; its subject is its SHA-256.
pub const OPEN_PICTURE: &str = "open_picture";

/// The job for the bytes of that hash.
pub fn job(sha256: &[u8]) -> JobKey {
    JobKey { kind: OPEN_PICTURE, subject: hex::encode(sha256) }
}

/// Asks for it to be opened again.
pub async fn again(db: &Db, sha256: &Hash, now_ms: i64) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    jobs::enqueue(&tx, [job(sha256)], now_ms).await?;
    tx.commit().await
}

/// What was seen in it.
pub async fn of(db: &Db, sha256: &Hash) -> Result<Option<picture::Model>, DbErr> {
    picture::Entity::find_by_id(sha256.to_vec()).one(&db.read).await
}

/// The hashes and sizes in bytes of its renditions, the larger one first.
pub fn renditions(picture: &picture::Model) -> Vec<(Hash, i64)> {
    let both = [(&picture.large, picture.large_size), (&picture.small, picture.small_size)];
    both.into_iter().filter_map(|(hash, size)| Some((as_hash(hash.as_deref()?)?, size?))).collect()
}

/// Writes what was seen; gives whether the photo is still there. Whoever erases it waits until this is committed.
pub async fn write(db: &Db, row: picture::Model) -> Result<bool, DbErr> {
    let tx = db.begin().await?;
    let stored = is_stored(&tx, &row.sha256).await?;
    if stored {
        jobs::enqueue(&tx, [subject::picture(&row.sha256)], now_ms()).await?;
        rows::upsert::<picture::Entity>(&tx, vec![row]).await?;
    }
    tx.commit().await?;
    Ok(stored)
}

/// The job is done.
pub async fn done(db: &Db, claim: &Claim) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    jobs::end(&tx, claim).await?;
    tx.commit().await?;
    db.stir();
    Ok(())
}

/// Forgets what was seen in a photo that is gone; the job is done.
pub async fn forget(db: &Db, claim: &Claim, sha256: &Hash) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    picture::Entity::delete_by_id(sha256.to_vec()).exec(&tx).await?;
    jobs::enqueue(&tx, [subject::picture(sha256)], now_ms()).await?;
    jobs::end(&tx, claim).await?;
    tx.commit().await?;
    db.stir();
    Ok(())
}

/// Whether bytes are kept for another reason than being a rendition of that photo: as one of another, or because somebody sent them.
pub async fn is_kept(db: &Db, rendition: &Hash, besides: &Hash) -> Result<bool, DbErr> {
    let hash = rendition.to_vec();
    let named = [picture::Column::Large, picture::Column::Small].map(|rendition| rendition.eq(hash.clone()));
    let named = named.into_iter().fold(Condition::any(), Condition::add);
    let others = picture::Entity::find().filter(named).filter(picture::Column::Sha256.ne(besides.to_vec()));
    Ok(others.count(&db.read).await? > 0 || stored_blob::Entity::find_by_id(hash).one(&db.read).await?.is_some())
}

/// Whether it is complete; on PostgreSQL it stays so until the transaction ends.
async fn is_stored(tx: &Write, sha256: &[u8]) -> Result<bool, DbErr> {
    let row = stored_blob::Entity::find_by_id(sha256.to_vec()).lock_shared().one(tx).await?;
    Ok(row.is_some())
}
