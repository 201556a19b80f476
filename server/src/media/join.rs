//! Uploads of which the parts came each by itself (concatenation, in tus).
//!
//! The parts become one file, which is from then on an upload like others, with a promise to keep; they are it: their rows stay as long as its
//! own does, so that a client that lost the answer finds them whole, asks again, and is told the same.

use sync_protocol::upload::Promise;
use tracing::Instrument as _;

use super::{
    Media, faults, finish,
    store::{self, Promiser},
    tus::{self, PARTIAL, UploadId},
    upload::{self, Progress, Uploader},
};
use crate::{
    error::{ErrorCode, Problem},
    storage::entities::upload as row,
};

/// Makes one upload of these parts of the person's own, in that order, and finishes it. `concat` is what they asked, as they wrote it.
pub async fn join(
    media: &Media,
    by: Uploader,
    promise: Promise,
    parts: Vec<UploadId>,
    concat: String,
    now_ms: i64,
) -> Result<(UploadId, Progress), Problem> {
    upload::promised(media, Promiser::Person(&by.person), &promise).await?;
    let mut rows = Vec::new();
    for part in &parts {
        rows.push(upload::find(media, &by.person, *part).await.map_err(|problem| problem.with("part", part.url()))?);
    }
    if let Some(before) = joined_before(&rows)
        && let Some(before) = store::upload(&media.db, before).await?
        && upload::hash_of(&before)? == Some(promise.sha256)
    {
        return Ok((upload::id_of(&before)?, finish::settle(media, &before, now_ms).await?));
    }
    let length = total(media, &parts, &rows).await?;
    let id = UploadId(rand::random());
    let row = row::Model {
        id: id.0.to_vec(),
        sha256: Some(promise.sha256.to_vec()),
        length: Some(upload::as_column(length)?),
        concat: Some(concat),
        joined: None,
        person: by.person,
        install: by.install.map(|install| install.0.to_vec()),
        created_ms: now_ms,
        done_ms: None,
    };
    let media = media.clone();
    let work = async move {
        let joined = media.inbox.join(id, &parts).await.map_err(faults::problem)?;
        // Somebody else joined them just now, or ended one: who asks again learns which.
        let held = joined.ok_or_else(upload::locked)?;
        store::join(&media.db, row.clone(), &rows.into_iter().map(|row| row.id).collect::<Vec<_>>()).await?;
        for part in parts {
            media.inbox.remove(part).await.map_err(faults::problem)?;
        }
        Ok((id, finish::reached(&media, &row, held, now_ms).await?))
    };
    tokio::spawn(work.in_current_span()).await.map_err(Problem::internal)?
}

/// The upload that has joined all of them.
fn joined_before(parts: &[row::Model]) -> Option<UploadId> {
    let first = parts.first()?.joined.as_ref()?;
    let same = parts.iter().all(|part| part.joined.as_ref() == Some(first));
    same.then(|| first.as_slice().try_into().ok().map(UploadId)).flatten()
}

/// How long they are together: all of them parts, whole, and not joined to anything yet.
async fn total(media: &Media, parts: &[UploadId], rows: &[row::Model]) -> Result<u64, Problem> {
    let mut total: u64 = 0;
    for (part, row) in parts.iter().zip(rows) {
        let refused = |problem: Problem| Err(problem.with("part", part.url()));
        if row.concat.as_deref() != Some(PARTIAL) {
            let detail = "Only uploads that were begun with Upload-Concat: partial can be joined.";
            return refused(Problem::new(ErrorCode::BadRequest, detail));
        }
        if row.joined.is_some() {
            return refused(Problem::new(ErrorCode::UploadGone, "This part was joined to another upload."));
        }
        let here = media.inbox.length(*part).await.map_err(faults::problem)?;
        match upload::length_of(row) {
            Some(length) if here == Some(length) => total = total.saturating_add(length),
            _ => return refused(ErrorCode::PartUnfinished.into()),
        }
    }
    tus::check_length(total, media.max_bytes)
}
