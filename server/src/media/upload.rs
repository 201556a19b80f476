//! The life of an upload: created for a promised hash, grown from wherever it stands, and ended as complete bytes or as nothing.
//!
//! An upload is a row (what was promised, by whom) and a file (what came). Every step can be cut off anywhere; the next request, or the
//! sweep, finds out from the two how far it came:
//!
//! | row | file | blob | means |
//! |---|---|---|---|
//! | no | yes | | creation or removal was cut: the sweep removes the file |
//! | yes | no | no | gone |
//! | yes | no | yes | finishing was cut before the row was written: done |
//! | yes | whole | | finishing was cut before the hash was verified: finish |
//! | yes | part | | under way |

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use futures::{Stream, stream};
use sync_protocol::{Hash, InstallId};
use tokio::io::AsyncReadExt as _;
use tracing::Instrument as _;

use super::{
    Media,
    append::{self, End, Patience},
    faults,
    inbox::{Held, Taken},
    sniff,
    store::{self, Promiser},
    tus::{self, UploadId},
};
use crate::{
    error::{ErrorCode, Problem},
    storage::entities::{stored_blob, upload},
};

/// One person may have so many uploads of one hash under way; one more ends the oldest. Clients that forget their uploads and begin anew do
/// not fill the disk.
const MOST_OF_ONE_HASH: usize = 4;

/// Who uploads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploader {
    /// The person.
    pub person: String,
    /// Their phone.
    pub install: Option<InstallId>,
}

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Durable bytes.
    pub offset: u64,
    /// Announced bytes.
    pub length: u64,
}

impl Progress {
    fn whole(length: u64) -> Self {
        Self { offset: length, length }
    }
}

/// Begins an upload of promised bytes.
pub async fn create(media: &Media, by: Uploader, length: u64, sha256: Hash, now_ms: i64) -> Result<UploadId, Problem> {
    promised(media, Promiser::Person(&by.person), &sha256).await?;
    begin(media, by, length, sha256, now_ms).await
}

/// Takes a whole photo from a file that was carried here. Anybody's promise will do: whoever holds the file could push as well.
pub async fn take_carried(media: &Media, sha256: Hash, bytes: Vec<u8>, now_ms: i64) -> Result<(), Problem> {
    promised(media, Promiser::Anyone, &sha256).await?;
    let length = bytes.len() as u64;
    if length > media.max_bytes {
        return Err(ErrorCode::PhotoTooLarge.into());
    }
    let nobody = Uploader { person: String::new(), install: None };
    let id = begin(media, nobody, length, sha256, now_ms).await?;
    let whole = stream::iter([Ok::<_, Infallible>(Bytes::from(bytes))]);
    append(media, "", id, (0, Some(length)), whole, now_ms).await.map(drop)
}

async fn promised(media: &Media, by: Promiser<'_>, sha256: &Hash) -> Result<(), Problem> {
    if !store::promised(&media.db.read, by, &[*sha256]).await?.is_empty() {
        return Ok(());
    }
    let erased = !store::erased(&media.db.read, &[*sha256]).await?.is_empty();
    Err(if erased { ErrorCode::PhotoErased } else { ErrorCode::NotPromised }.into())
}

async fn begin(media: &Media, by: Uploader, length: u64, sha256: Hash, now_ms: i64) -> Result<UploadId, Problem> {
    let mine = store::under_way(&media.db, &[sha256], Some(&by.person)).await?;
    for old in mine.iter().rev().skip(MOST_OF_ONE_HASH - 1) {
        if let Taken::Held(held) = media.inbox.take(id_of(old)?).await.map_err(faults::problem)? {
            discard(media, old, held).await?;
        }
    }
    let id = UploadId(rand::random());
    media.inbox.create(id).await.map_err(faults::problem)?;
    let row = upload::Model {
        id: id.0.to_vec(),
        sha256: sha256.to_vec(),
        length: i64::try_from(length).map_err(Problem::internal)?,
        person: by.person,
        install: by.install.map(|install| install.0.to_vec()),
        created_ms: now_ms,
        done_ms: None,
    };
    store::begin(&media.db, row).await?;
    Ok(id)
}

/// How far that person's upload is. Ends what was left unended.
pub async fn progress(media: &Media, person: &str, id: UploadId, now_ms: i64) -> Result<Progress, Problem> {
    let row = find(media, person, id).await?;
    settle(media, &row, now_ms).await
}

/// Appends a body at `offset`; `brings` is how long it says it is. Gives the new offset. Goes on by itself though the caller goes away:
/// what came is written, and what is whole is finished.
pub async fn append<S, E>(
    media: &Media,
    person: &str,
    id: UploadId,
    (offset, brings): (u64, Option<u64>),
    body: S,
    now_ms: i64,
) -> Result<u64, Problem>
where
    S: Stream<Item = Result<Bytes, E>> + Send + 'static,
    E: Send + 'static,
{
    let row = find(media, person, id).await?;
    let length = length_of(&row);
    if row.done_ms.is_some() {
        return tus::check_place(length, length, offset, brings).map(|()| length);
    }
    let held = match take_soon(media, id).await? {
        Taken::Held(held) => held,
        Taken::Busy => return Err(locked()),
        Taken::Absent => {
            let at = settle(media, &row, now_ms).await?.offset;
            return tus::check_place(at, length, offset, brings).map(|()| at);
        }
    };
    tus::check_place(held.length(), length, offset, brings)?;
    let media = media.clone();
    let work =
        async move {
            let room = length - held.length();
            let (held, end) = append::append(held, room, body, Patience::USUAL).await.map_err(faults::problem)?;
            let at = held.length();
            match end {
                End::Whole if at == length => finish(&media, &row, held, now_ms).await.map(|done| done.offset),
                End::Whole => Ok(at),
                End::PastLength => Err(tus::past_length(length)),
                End::Cut => {
                    Err(Problem::new(ErrorCode::Timeout, "The connection broke; what came is kept.").with("offset", at))
                }
                End::Idle => Err(Problem::new(ErrorCode::Timeout, "Nothing came for too long; what came is kept.")
                    .with("offset", at)),
                End::Failed(error) => Err(faults::problem(error)),
            }
        };
    tokio::spawn(work.in_current_span()).await.map_err(Problem::internal)?
}

/// Ends that person's upload.
pub async fn remove(media: &Media, person: &str, id: UploadId) -> Result<(), Problem> {
    let row = find(media, person, id).await?;
    match media.inbox.take(id).await.map_err(faults::problem)? {
        Taken::Busy => Err(locked()),
        Taken::Held(held) => discard(media, &row, held).await,
        Taken::Absent => Ok(store::forget(&media.db, &row.id).await?),
    }
}

/// Finds out how far an upload is, and ends it if it can be.
pub(super) async fn settle(media: &Media, row: &upload::Model, now_ms: i64) -> Result<Progress, Problem> {
    let length = length_of(row);
    if row.done_ms.is_some() {
        return Ok(Progress::whole(length));
    }
    let (id, sha256) = (id_of(row)?, hash_of(row)?);
    match media.inbox.take(id).await.map_err(faults::problem)? {
        Taken::Busy => {
            let offset = media.inbox.length(id).await.map_err(faults::problem)?.unwrap_or(length);
            Ok(Progress { offset, length })
        }
        Taken::Held(held) if held.length() >= length => finish(media, row, held, now_ms).await,
        Taken::Held(held) => {
            // The same bytes may have come by another upload: the rest need not be sent. A store that cannot now stops no upload.
            let blob = match known(media, sha256, now_ms).await {
                Err(problem) if problem.retry_after_s.is_some() => None,
                known => known?,
            };
            let Some(blob) = blob else { return Ok(Progress { offset: held.length(), length }) };
            store::complete(&media.db, &row.id, blob, now_ms).await?;
            held.remove().await.map_err(faults::problem)?;
            Ok(Progress::whole(length))
        }
        Taken::Absent => {
            if let Some(blob) = known(media, sha256, now_ms).await? {
                store::complete(&media.db, &row.id, blob, now_ms).await?;
                return Ok(Progress::whole(length));
            }
            store::forget(&media.db, &row.id).await?;
            Err(ErrorCode::UploadGone.into())
        }
    }
}

/// Drops an upload, bytes first in name only: without its row the file is swept.
pub(super) async fn discard(media: &Media, row: &upload::Model, held: Held) -> Result<(), Problem> {
    store::forget(&media.db, &row.id).await?;
    held.remove().await.map_err(faults::problem)
}

async fn finish(media: &Media, row: &upload::Model, held: Held, now_ms: i64) -> Result<Progress, Problem> {
    let promised = hash_of(row)?;
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
        size: row.length,
        media_type: media_type.to_owned(),
        stored_ms: now_ms,
    };
    store::complete(&media.db, &row.id, blob, now_ms).await?;
    Ok(Progress::whole(length_of(row)))
}

/// Takes the file, or waits a moment for it: who only asks how far an upload is holds it too, but not for long.
async fn take_soon(media: &Media, id: UploadId) -> Result<Taken, Problem> {
    for _ in 0..5 {
        match media.inbox.take(id).await.map_err(faults::problem)? {
            Taken::Busy => tokio::time::sleep(Duration::from_millis(50)).await,
            other => return Ok(other),
        }
    }
    media.inbox.take(id).await.map_err(faults::problem)
}

/// What the blob store has of that hash, as a row.
async fn known(media: &Media, sha256: Hash, now_ms: i64) -> Result<Option<stored_blob::Model>, Problem> {
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

async fn find(media: &Media, person: &str, id: UploadId) -> Result<upload::Model, Problem> {
    let row = store::upload(&media.db, id).await?;
    row.filter(|row| row.person == person).ok_or_else(|| ErrorCode::UploadGone.into())
}

fn locked() -> Problem {
    Problem { retry_after_s: Some(2), ..ErrorCode::UploadLocked.into() }
}

pub(super) fn id_of(row: &upload::Model) -> Result<UploadId, Problem> {
    row.id
        .clone()
        .try_into()
        .map(UploadId)
        .map_err(|_| Problem::internal(anyhow::anyhow!("an upload's id has 16 bytes")))
}

pub(super) fn hash_of(row: &upload::Model) -> Result<Hash, Problem> {
    store::as_hash(&row.sha256).ok_or_else(|| Problem::internal(anyhow::anyhow!("a hash has 32 bytes")))
}

pub(super) fn length_of(row: &upload::Model) -> u64 {
    row.length.unsigned_abs()
}
