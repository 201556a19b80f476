//! How an upload ends: as complete bytes, or as nothing.

use sync_protocol::Hash;
use tokio::io::AsyncReadExt as _;

use super::{
    Media, faults,
    inbox::{Held, Taken},
    sniff, store,
    upload::{self, Progress},
};
use crate::{
    error::{ErrorCode, Problem},
    storage::entities::{stored_blob, upload as row},
};

/// Finds out how far an upload is, and ends it if it can be.
pub(super) async fn settle(media: &Media, row: &row::Model, now_ms: i64) -> Result<Progress, Problem> {
    if upload::has_ended(row) {
        return Ok(Progress::whole(upload::length_of(row)));
    }
    let taken = media.inbox.take(upload::id_of(row)?).await.map_err(faults::problem)?;
    settle_as(media, row, taken, now_ms).await
}

/// The same, from how its file was found.
pub(super) async fn settle_as(media: &Media, row: &row::Model, taken: Taken, now_ms: i64) -> Result<Progress, Problem> {
    let length = upload::length_of(row);
    if upload::has_ended(row) {
        return Ok(Progress::whole(length));
    }
    let (id, promised) = (upload::id_of(row)?, upload::hash_of(row)?);
    match taken {
        Taken::Busy => {
            let here = media.inbox.length(id).await.map_err(faults::problem)?;
            Ok(Progress { offset: here.or(length).unwrap_or_default(), length, expires_ms: None })
        }
        Taken::Held(held) if length.is_some_and(|length| held.length() >= length) => {
            reached(media, row, held, now_ms).await
        }
        Taken::Held(held) => {
            // The same bytes may have come by another upload: the rest need not be sent. A store that cannot now stops no upload.
            let blob = match known(media, promised, now_ms).await {
                Err(problem) if problem.retry_after_s.is_some() => None,
                known => known?,
            };
            let Some(blob) = blob else { return Ok(Progress::of(&held, length, media)) };
            let size = blob.size.unsigned_abs();
            store::complete(&media.db, &row.id, blob, now_ms).await?;
            held.remove().await.map_err(faults::problem)?;
            Ok(Progress::whole(Some(size)))
        }
        Taken::Absent => {
            if let Some(blob) = known(media, promised, now_ms).await? {
                let size = blob.size.unsigned_abs();
                store::complete(&media.db, &row.id, blob, now_ms).await?;
                return Ok(Progress::whole(Some(size)));
            }
            // A part may have been joined since its row was read.
            match store::upload(&media.db, id).await? {
                Some(now) if upload::has_ended(&now) => Ok(Progress::whole(upload::length_of(&now))),
                _ => {
                    store::forget(&media.db, &row.id).await?;
                    Err(ErrorCode::UploadGone.into())
                }
            }
        }
    }
}

/// Drops an upload, bytes first in name only: without its row the file is swept.
pub(super) async fn discard(media: &Media, row: &row::Model, held: Held) -> Result<(), Problem> {
    store::forget(&media.db, &row.id).await?;
    held.remove().await.map_err(faults::problem)
}

async fn finish(media: &Media, row: &row::Model, promised: Hash, held: Held, now_ms: i64) -> Result<Progress, Problem> {
    let size = held.length();
    let (held, found, media_type) = held.examine().await.map_err(faults::problem)?;
    if found != promised {
        discard(media, row, held).await?;
        let detail = "The bytes have another SHA-256 than was promised; they were dropped. Upload the file anew.";
        return Err(Problem::new(ErrorCode::WrongHash, detail).with("sha256", hex::encode(found)));
    }
    if let Err(error) = media.blobs.put(&promised, held.path()).await {
        media.put_off.notify_one();
        return Err(faults::problem(error));
    }
    let blob = stored_blob::Model {
        sha256: promised.to_vec(),
        size: upload::as_column(size)?,
        media_type: media_type.to_owned(),
        stored_ms: now_ms,
    };
    store::complete(&media.db, &row.id, blob, now_ms).await?;
    Ok(Progress::whole(Some(size)))
}

/// What becomes of an upload that has come as far as its file.
pub(super) async fn reached(media: &Media, row: &row::Model, held: Held, now_ms: i64) -> Result<Progress, Problem> {
    let length = upload::length_of(row);
    match upload::hash_of(row)? {
        Some(promised) if length.is_some_and(|length| held.length() >= length) => {
            finish(media, row, promised, held, now_ms).await
        }
        _ => Ok(Progress::of(&held, length, media)),
    }
}

/// What the blob store has of that hash, as a row.
async fn known(media: &Media, sha256: Option<Hash>, now_ms: i64) -> Result<Option<stored_blob::Model>, Problem> {
    let Some(sha256) = sha256 else { return Ok(None) };
    let Some(size) = media.blobs.size(&sha256).await.map_err(faults::problem)? else { return Ok(None) };
    let mut head = Vec::new();
    if let Some(reader) = media.blobs.open(&sha256, 0..sniff::LOOKS_AT as u64).await.map_err(faults::problem)? {
        reader.take(sniff::LOOKS_AT as u64).read_to_end(&mut head).await.map_err(faults::problem)?;
    }
    Ok(Some(stored_blob::Model {
        sha256: sha256.to_vec(),
        size: i64::try_from(size).map_err(Problem::internal)?,
        media_type: sniff::media_type(&head).to_owned(),
        stored_ms: now_ms,
    }))
}
