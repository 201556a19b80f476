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
//!
//! A part (see [`join`](super::join)) promises nothing: whole, it waits to be joined; joined, its row says to what, and its file goes.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use futures::{Stream, stream};
use sync_protocol::{Hash, InstallId, upload::Promise};
use tracing::Instrument as _;

use super::{
    Media,
    append::{self, End, Patience},
    faults, finish,
    inbox::{Held, Taken},
    store::{self, Promiser},
    tus::{self, PARTIAL, Piece, UploadId},
};
use crate::{
    error::{ErrorCode, Problem},
    storage::entities::upload,
};

/// One person may have so many uploads of one hash under way; one more ends the oldest. Clients that forget their uploads and begin anew do
/// not fill the disk.
const MOST_OF_ONE_HASH: usize = 4;
/// And so many parts that nothing has joined.
const MOST_LOOSE_PARTS: usize = 256;

/// Who uploads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploader {
    /// The person.
    pub person: String,
    /// Their phone.
    pub install: Option<InstallId>,
}

/// What an upload is to become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aim {
    /// These bytes.
    Photo(Promise),
    /// A part of others, to be joined.
    Part,
}

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Durable bytes.
    pub offset: u64,
    /// Announced bytes; none while they are still to be told.
    pub length: Option<u64>,
    /// When it is given up if nothing more comes, ms; none once it is complete.
    pub expires_ms: Option<i64>,
}

impl Progress {
    pub(super) fn whole(length: Option<u64>) -> Self {
        Self { offset: length.unwrap_or_default(), length, expires_ms: None }
    }

    pub(super) fn of(held: &Held, length: Option<u64>, media: &Media) -> Self {
        Self { offset: held.length(), length, expires_ms: Some(held.touched_ms() + media.upload_ttl_ms) }
    }

    /// Whether all its bytes are here.
    pub fn is_whole(&self) -> bool {
        self.length == Some(self.offset)
    }
}

/// Begins an upload. Its length may be told later.
pub async fn create(
    media: &Media,
    by: Uploader,
    length: Option<u64>,
    aim: Aim,
    now_ms: i64,
) -> Result<(UploadId, Progress), Problem> {
    let sha256 = match aim {
        Aim::Photo(promise) => {
            promised(media, Promiser::Person(&by.person), &promise).await?;
            Some(promise.sha256)
        }
        Aim::Part => None,
    };
    let id = begin(media, by, length, sha256, now_ms).await?;
    Ok((id, Progress { offset: 0, length, expires_ms: Some(now_ms + media.upload_ttl_ms) }))
}

/// Takes a whole photo from a file that was carried here. Anybody's promise will do: whoever holds the file could push as well.
pub async fn take_carried(media: &Media, sha256: Hash, bytes: Vec<u8>, now_ms: i64) -> Result<(), Problem> {
    promised(media, Promiser::Anyone, &sha256.into()).await?;
    let length = bytes.len() as u64;
    if length > media.max_bytes {
        return Err(ErrorCode::PhotoTooLarge.into());
    }
    let nobody = Uploader { person: String::new(), install: None };
    let id = begin(media, nobody, Some(length), Some(sha256), now_ms).await?;
    let whole = stream::iter([Ok::<_, Infallible>(Bytes::from(bytes))]);
    append(media, "", id, Piece { brings: Some(length), ..Piece::default() }, whole, now_ms).await.map(drop)
}

/// Whether somebody promised that; the problem says why it is not taken.
pub(super) async fn promised(media: &Media, by: Promiser<'_>, promise: &Promise) -> Result<(), Problem> {
    if store::is_promised(&media.db.read, by, promise).await? {
        return Ok(());
    }
    let hashes = [promise.sha256];
    let gone = store::promised(&media.db.read, by, &hashes).await?.is_empty()
        && !store::erased(&media.db.read, &hashes).await?.is_empty();
    Err(if gone { ErrorCode::PhotoErased } else { ErrorCode::NotPromised }.into())
}

async fn begin(
    media: &Media,
    by: Uploader,
    length: Option<u64>,
    sha256: Option<Hash>,
    now_ms: i64,
) -> Result<UploadId, Problem> {
    let (mine, most) = match sha256 {
        Some(hash) => (store::under_way(&media.db, &[hash], Some(&by.person)).await?, MOST_OF_ONE_HASH),
        None => (store::loose_parts(&media.db, &by.person).await?, MOST_LOOSE_PARTS),
    };
    for old in mine.iter().rev().skip(most - 1) {
        if let Taken::Held(held) = media.inbox.take(id_of(old)?).await.map_err(faults::problem)? {
            finish::discard(media, old, held).await?;
        }
    }
    let id = UploadId(rand::random());
    media.inbox.create(id).await.map_err(faults::problem)?;
    let row = upload::Model {
        id: id.0.to_vec(),
        sha256: sha256.map(|hash| hash.to_vec()),
        length: length.map(as_column).transpose()?,
        concat: sha256.is_none().then(|| PARTIAL.to_owned()),
        joined: None,
        person: by.person,
        install: by.install.map(|install| install.0.to_vec()),
        created_ms: now_ms,
        done_ms: None,
    };
    store::begin(&media.db, row).await?;
    Ok(id)
}

/// How far that person's upload is, and what it has to do with others (`Upload-Concat`). Ends what was left unended.
pub async fn progress(
    media: &Media,
    person: &str,
    id: UploadId,
    now_ms: i64,
) -> Result<(Progress, Option<String>), Problem> {
    let row = find(media, person, id).await?;
    // A connection that broke gives its upload up once what came by it is written: who asks too soon would send that again.
    let taken = take_soon(media, &row).await?;
    Ok((finish::settle_as(media, &row, taken, now_ms).await?, row.concat))
}

/// Appends a body. Goes on by itself though the caller goes away: what came is written, and what is whole is finished.
pub async fn append<S, E>(
    media: &Media,
    person: &str,
    id: UploadId,
    piece: Piece,
    body: S,
    now_ms: i64,
) -> Result<Progress, Problem>
where
    S: Stream<Item = Result<Bytes, E>> + Send + 'static,
    E: Send + 'static,
{
    let mut row = find(media, person, id).await?;
    if row.concat.as_deref().is_some_and(|concat| concat != PARTIAL) {
        return Err(Problem::new(ErrorCode::Forbidden, "An upload that joins others takes no bytes."));
    }
    let known = length_of(&row);
    let check = |at, length| tus::check_piece(at, length, media.max_bytes, &piece);
    let held = match take_soon(media, &row).await? {
        Taken::Held(held) => held,
        Taken::Busy => return Err(locked()),
        Taken::Absent => {
            let progress = finish::settle_as(media, &row, Taken::Absent, now_ms).await?;
            return check(progress.offset, progress.length).map(|_| progress);
        }
    };
    let length = check(held.length(), known)?;
    if length != known {
        set_length(media, &mut row, length).await?;
    }
    let media = media.clone();
    let work = async move {
        let room = length.unwrap_or(media.max_bytes).saturating_sub(held.length());
        let appended = append::append(held, room, body, piece.checksum, Patience::USUAL).await;
        let (held, end) = appended.map_err(faults::problem)?;
        let at = held.length();
        let broke = |why| Err(Problem::new(ErrorCode::Timeout, why).with("offset", at));
        match end {
            End::Whole => {
                if piece.last && length.is_none() {
                    set_length(&media, &mut row, Some(tus::check_length(at, media.max_bytes)?)).await?;
                }
                finish::reached(&media, &row, held, now_ms).await
            }
            End::PastLength => Err(tus::past_end(length, media.max_bytes)),
            End::Damaged => Err(Problem::from(ErrorCode::WrongChecksum).with("offset", at)),
            End::Cut => broke("The connection broke; what came is kept."),
            End::Idle => broke("Nothing came for too long; what came is kept."),
            End::Failed(error) => Err(faults::problem(error)),
        }
    };
    tokio::spawn(work.in_current_span()).await.map_err(Problem::internal)?
}

async fn set_length(media: &Media, row: &mut upload::Model, length: Option<u64>) -> Result<(), Problem> {
    row.length = length.map(as_column).transpose()?;
    if let Some(length) = row.length {
        store::set_length(&media.db, &row.id, length).await?;
    }
    Ok(())
}

/// Ends that person's upload.
pub async fn remove(media: &Media, person: &str, id: UploadId) -> Result<(), Problem> {
    let row = find(media, person, id).await?;
    match media.inbox.take(id).await.map_err(faults::problem)? {
        Taken::Busy => Err(locked()),
        Taken::Held(held) => finish::discard(media, &row, held).await,
        Taken::Absent => Ok(store::forget(&media.db, &row.id).await?),
    }
}

/// Takes the file, or waits a moment for it: a request that broke is still writing what it brought, and who only asks how far an upload is
/// holds it too, but not for long.
async fn take_soon(media: &Media, row: &upload::Model) -> Result<Taken, Problem> {
    if has_ended(row) {
        return Ok(Taken::Absent);
    }
    let id = id_of(row)?;
    for pause_ms in [5, 10, 20, 40, 80, 160] {
        match media.inbox.take(id).await.map_err(faults::problem)? {
            Taken::Busy => tokio::time::sleep(Duration::from_millis(pause_ms)).await,
            other => return Ok(other),
        }
    }
    media.inbox.take(id).await.map_err(faults::problem)
}

pub(super) async fn find(media: &Media, person: &str, id: UploadId) -> Result<upload::Model, Problem> {
    let row = store::upload(&media.db, id).await?;
    row.filter(|row| row.person == person).ok_or_else(|| ErrorCode::UploadGone.into())
}

pub(super) fn locked() -> Problem {
    Problem { retry_after_s: Some(2), ..ErrorCode::UploadLocked.into() }
}

pub(super) fn id_of(row: &upload::Model) -> Result<UploadId, Problem> {
    row.id
        .clone()
        .try_into()
        .map(UploadId)
        .map_err(|_| Problem::internal(anyhow::anyhow!("an upload's id has 16 bytes")))
}

/// What it promised; none of a part.
pub(super) fn hash_of(row: &upload::Model) -> Result<Option<Hash>, Problem> {
    let Some(bytes) = &row.sha256 else { return Ok(None) };
    store::as_hash(bytes).map(Some).ok_or_else(|| Problem::internal(anyhow::anyhow!("a hash has 32 bytes")))
}

pub(super) fn length_of(row: &upload::Model) -> Option<u64> {
    row.length.map(i64::unsigned_abs)
}

/// Whether its bytes are elsewhere: in the store, or in the upload that joined it.
pub(super) fn has_ended(row: &upload::Model) -> bool {
    row.done_ms.is_some() || row.joined.is_some()
}

pub(super) fn as_column(bytes: u64) -> Result<i64, Problem> {
    i64::try_from(bytes).map_err(Problem::internal)
}
