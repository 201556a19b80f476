//! Which bytes show a photo at a size that was asked for.

use sync_protocol::Hash;
use zhucun_pictures::{RENDITIONS, Reason};

use crate::{
    error::{ErrorCode, Problem},
    media::{
        Media,
        access::Viewer,
        faults, lookup,
        store::{self, pictures},
    },
    storage::entities::{picture, stored_blob},
};

/// How long who is too early waits.
const RETRY_S: u64 = 2;

/// The rendition of a photo, if the viewer may see that: as if it were a complete photo of its own. HEIC is shown by the preview that its phone
/// made of it.
pub async fn rendition(
    media: &Media,
    viewer: Viewer<'_>,
    sha256: &Hash,
    longest: u32,
    now_ms: i64,
) -> Result<stored_blob::Model, Problem> {
    let at = RENDITIONS.iter().position(|side| *side == longest);
    let at =
        at.ok_or_else(|| Problem::new(ErrorCode::BadRequest, format!("Renditions have {RENDITIONS:?} pixels.")))?;
    lookup::visible(media, viewer, sha256).await?;
    let mut seen = pictures::of(&media.db, sha256).await?;
    if seen.as_ref().is_some_and(is_heic) {
        seen = preview(media, viewer, sha256).await?;
    }
    let seen = seen.ok_or_else(not_yet)?;
    if let Some(reason) = &seen.reason {
        return Err(Problem::from(ErrorCode::NoRendition).with("reason", reason));
    }
    let made = pictures::renditions(&seen);
    let (key, size) = made.get(at).ok_or_else(|| Problem::internal(anyhow::anyhow!("a picture has renditions")))?;
    if !media.blobs.exists(key).await.map_err(faults::problem)? {
        // They are in no backup: after a restore they are made when they are asked for.
        let of = store::as_hash(&seen.sha256).unwrap_or(*sha256);
        pictures::again(&media.db, &of, now_ms).await?;
        return Err(not_yet());
    }
    Ok(stored_blob::Model {
        sha256: key.to_vec(),
        size: *size,
        media_type: "image/jpeg".to_owned(),
        stored_ms: seen.processed_ms,
    })
}

fn is_heic(seen: &picture::Model) -> bool {
    seen.reason.as_deref() == Some(Reason::HeicByPreview.code())
}

/// What was seen in a preview that a record gives of this original, one that the viewer may see. Before it has come, what is known of the original.
async fn preview(media: &Media, viewer: Viewer<'_>, original: &Hash) -> Result<Option<picture::Model>, Problem> {
    for record in store::naming(&media.db.read, &[*original]).await? {
        let preview = record.preview_sha256.as_deref().and_then(store::as_hash).filter(|hash| hash != original);
        let Some(preview) = preview.filter(|_| viewer.may_see([record.scope.as_str()])) else { continue };
        if let Some(seen) = pictures::of(&media.db, &preview).await? {
            return Ok(Some(seen));
        }
    }
    Ok(pictures::of(&media.db, original).await?)
}

fn not_yet() -> Problem {
    Problem { retry_after_s: Some(RETRY_S), ..ErrorCode::NotProcessedYet.into() }
}
