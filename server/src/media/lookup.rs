//! What is here and what is not: for phones, which send it, and for the office, which waits for it.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use sync_protocol::{
    Hash,
    sign::{PublicKey, Purpose},
};
use utoipa::ToSchema;

use super::{
    Media,
    access::Viewer,
    faults,
    state::{self, Here, PhotoState},
    store::{self, Promiser},
    upload,
};
use crate::{
    error::{ErrorCode, Problem},
    keys::ServerKeys,
    storage::entities::{photo, stored_blob},
};

/// So many questions go to the blob store at once.
const AT_ONCE: usize = 16;

/// What of the asked hashes is here. Hashes that nobody promised, nor erased, are in none of the members.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Missing {
    /// Promised and not complete, in the order asked.
    pub missing: Vec<String>,
    /// Of these, the caller's own uploads under way, to be resumed, by hash.
    pub uploads: BTreeMap<String, UnderWay>,
    /// Complete: a receipt can be had.
    pub complete: Vec<String>,
    /// Erased, and promised by nothing any more: they will not be taken.
    pub erased: Vec<String>,
}

/// An upload to be resumed.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnderWay {
    /// Its address, relative to the server.
    pub url: String,
    /// How many bytes are here.
    pub offset: u64,
}

/// Answers which of the hashes are missing.
pub async fn missing(media: &Media, person: &str, hashes: &[Hash]) -> Result<Missing, Problem> {
    let promised = store::promised(&media.db.read, Promiser::Person(person), hashes).await?;
    let unpromised: Vec<Hash> = hashes.iter().copied().filter(|hash| !promised.contains(hash)).collect();
    let erased = store::erased(&media.db.read, &unpromised).await?;
    let mut seen = HashSet::new();
    let asked: Vec<Hash> = hashes.iter().copied().filter(|h| promised.contains(h) && seen.insert(*h)).collect();
    let complete = present(media, &asked).await?;
    let (complete, missing): (Vec<Hash>, Vec<Hash>) = asked.into_iter().partition(|hash| complete.contains(hash));
    let mut uploads: BTreeMap<String, UnderWay> = BTreeMap::new();
    for row in store::under_way(&media.db, &missing, Some(person)).await? {
        let (id, Some(hash)) = (upload::id_of(&row)?, upload::hash_of(&row)?) else { continue };
        let Some(offset) = media.inbox.length(id).await.map_err(faults::problem)? else { continue };
        let best = uploads.entry(hex::encode(hash)).or_insert_with(|| UnderWay { url: id.url(), offset });
        if offset > best.offset {
            *best = UnderWay { url: id.url(), offset };
        }
    }
    let text = |hashes: Vec<Hash>| hashes.iter().map(hex::encode).collect();
    let erased = unpromised.into_iter().filter(|hash| erased.contains(hash)).collect();
    Ok(Missing { missing: text(missing), uploads, complete: text(complete), erased: text(erased) })
}

/// Which of these are complete: the row says so, and the store has them. After a restore from a backup the two may differ, and then the bytes
/// are asked for again (P8).
async fn present(media: &Media, hashes: &[Hash]) -> Result<HashSet<Hash>, Problem> {
    let rows = store::stored(&media.db, hashes).await?;
    let asked = rows.into_keys().map(|hash| async move { Ok((hash, media.blobs.exists(&hash).await?)) });
    let found: Vec<(Hash, bool)> =
        stream::iter(asked).buffer_unordered(AT_ONCE).try_collect().await.map_err(faults::problem)?;
    Ok(found.into_iter().filter(|(_, is_there)| *is_there).map(|(hash, _)| hash).collect())
}

/// Complete bytes, and the record by which somebody may see them.
pub struct Visible {
    /// What is there of the bytes.
    pub blob: stored_blob::Model,
    /// The record.
    pub record: photo::Model,
    /// Whether they may have them as they came.
    pub may_open: bool,
}

/// The complete bytes of that hash, if the viewer may see a record that names them. To who may not, they do not exist.
pub async fn visible(media: &Media, viewer: Viewer<'_>, sha256: &Hash) -> Result<Visible, Problem> {
    let mut records = store::naming(&media.db.read, &[*sha256]).await?;
    let may_open = viewer.may_open(records.iter().map(|record| (record.person.as_str(), record.scope.as_str())));
    records.retain(|record| viewer.may_see([record.scope.as_str()]));
    let record = records.into_iter().next().ok_or(ErrorCode::NotFound)?;
    let blob = store::stored(&media.db, &[*sha256]).await?.remove(sha256).ok_or_else(not_here)?;
    Ok(Visible { blob, record, may_open })
}

fn not_here() -> Problem {
    Problem::new(ErrorCode::NotFound, "The photo is promised; its bytes are not complete here yet.")
}

/// The server's word that it has a photo (PROTOCOL.md, section 5).
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PhotoReceipt {
    /// SHA-256 of the photo.
    pub sha256: String,
    /// Its size in bytes.
    pub size: i64,
    /// When it was complete, by the server's clock, ms.
    pub at: i64,
    /// Which life of the server.
    pub epoch: String,
    /// Which server key signed.
    pub kid: String,
    /// The signature.
    pub sig: String,
}

/// The receipt of complete bytes. For whoever knows a promised hash: their own phone, or one that carries.
pub async fn receipt(media: &Media, person: &str, sha256: &Hash) -> Result<PhotoReceipt, Problem> {
    if store::promised(&media.db.read, Promiser::Person(person), &[*sha256]).await?.is_empty() {
        return Err(ErrorCode::NotFound.into());
    }
    issue(media, sha256).await
}

/// The receipt of complete bytes, for whoever brings it home.
pub async fn issue(media: &Media, sha256: &Hash) -> Result<PhotoReceipt, Problem> {
    let blob = store::stored(&media.db, &[*sha256]).await?.remove(sha256).ok_or_else(not_here)?;
    // A receipt lets a phone forget: it is signed over what is there, not over what a row remembers.
    if media.blobs.size(sha256).await.map_err(faults::problem)? != Some(blob.size.unsigned_abs()) {
        tracing::error!(sha256 = hex::encode(sha256), "a complete photo is not in the blob store");
        return Err(not_here());
    }
    Ok(PhotoReceipt::issue(&media.keys, &blob))
}

impl PhotoReceipt {
    /// Of complete bytes, signed.
    pub fn issue(keys: &ServerKeys, blob: &stored_blob::Model) -> Self {
        let (hash, epoch) = (hex::encode(&blob.sha256), keys.epoch());
        let (size, at) = (blob.size.to_string(), blob.stored_ms.to_string());
        let sig = keys.signing.sign(Purpose::Photo, &[&hash, &size, &at, &epoch]);
        Self { sha256: hash, size: blob.size, at: blob.stored_ms, epoch, kid: keys.signing.public().kid(), sig }
    }

    /// Whether one of these keys signed it.
    pub fn is_valid(&self, servers: &[PublicKey]) -> bool {
        let (size, at) = (self.size.to_string(), self.at.to_string());
        let parts = [self.sha256.as_str(), &size, &at, &self.epoch];
        servers.iter().any(|key| key.kid() == self.kid && key.verifies(Purpose::Photo, &parts, &self.sig))
    }
}

/// A photo record and where its bytes stand.
#[derive(Debug, Serialize, ToSchema)]
pub struct Photo {
    /// Id of the record.
    pub id: String,
    /// Scope of the record.
    pub scope: String,
    /// Who took it.
    pub person: String,
    /// Hash of the original.
    pub sha256: Option<String>,
    /// Claimed size of the original in bytes.
    pub size: Option<i64>,
    /// Hash of the preview.
    pub preview_sha256: Option<String>,
    /// Kind of the record it belongs to.
    pub subject_kind: Option<String>,
    /// Id of the record it belongs to.
    pub subject_id: Option<String>,
    /// The checklist item it answers.
    pub item: Option<String>,
    /// When taken, corrected, ms; none where not known.
    pub at_ms: Option<i64>,
    /// Where its bytes stand.
    pub state: PhotoState,
    /// Whether the preview is here.
    pub has_preview: bool,
    /// Why the bytes will never come.
    pub given_up: Option<String>,
}

/// A page of photo records.
#[derive(Debug, Serialize, ToSchema)]
pub struct Photos {
    /// In the order of their ids.
    pub photos: Vec<Photo>,
    /// The `after` of the next page, if there may be one.
    pub next: Option<String>,
}

/// Photo records of a scope that the viewer may read, from behind the id `after`.
pub async fn list(media: &Media, viewer: Viewer<'_>, scope: &str, after: &str, limit: u64) -> Result<Photos, Problem> {
    if !viewer.may_see([scope]) {
        return Err(ErrorCode::Forbidden.into());
    }
    let rows = store::of_scope(&media.db, scope, after, limit).await?;
    let next = rows.last().filter(|_| rows.len() as u64 == limit).map(|row| row.id.clone());
    let named = rows.iter().flat_map(|row| [&row.sha256, &row.preview_sha256]).flatten();
    let hashes: Vec<Hash> = named.filter_map(|hash| store::as_hash(hash)).collect();
    let here = here(media, &hashes).await?;
    Ok(Photos { photos: rows.into_iter().map(|row| shown(row, &here)).collect(), next })
}

async fn here(media: &Media, hashes: &[Hash]) -> Result<HashMap<Hash, Here>, Problem> {
    let mut here: HashMap<Hash, Here> = HashMap::new();
    for row in store::under_way(&media.db, hashes, None).await? {
        let (Some(hash), Some(length)) = (upload::hash_of(&row)?, upload::length_of(&row)) else { continue };
        if media.inbox.length(upload::id_of(&row)?).await.map_err(faults::problem)? == Some(length) {
            here.insert(hash, Here::Received);
        }
    }
    here.extend(store::stored(&media.db, hashes).await?.into_keys().map(|hash| (hash, Here::Complete)));
    Ok(here)
}

fn shown(row: photo::Model, here: &HashMap<Hash, Here>) -> Photo {
    let is_here = |hash: &Option<Vec<u8>>| {
        hash.as_deref().and_then(store::as_hash).and_then(|h| here.get(&h).copied()).unwrap_or_default()
    };
    let (original, preview) = (is_here(&row.sha256), is_here(&row.preview_sha256));
    Photo {
        state: state::of(original, preview, row.given_up.is_some()),
        has_preview: preview == Here::Complete,
        id: row.id,
        scope: row.scope,
        person: row.person,
        sha256: row.sha256.map(hex::encode),
        size: row.size,
        preview_sha256: row.preview_sha256.map(hex::encode),
        subject_kind: row.subject_kind,
        subject_id: row.subject_id,
        item: row.item,
        at_ms: row.at_ms,
        given_up: row.given_up,
    }
}

/// What the office still waits for.
#[derive(Debug, Serialize, ToSchema)]
pub struct PendingPhotos {
    /// By person; who has waited longest first, unknown times last.
    pub people: Vec<PendingOf>,
    /// The server's clock, ms.
    pub now: i64,
}

/// Photos of one person whose originals are neither complete nor given up.
#[derive(Debug, Serialize, ToSchema)]
pub struct PendingOf {
    /// The person.
    pub person: String,
    /// How many.
    pub photos: i64,
    /// Of these, how many have their preview here.
    pub previews: i64,
    /// Claimed bytes to come.
    pub bytes: i64,
    /// When the oldest of them was taken, corrected, ms; none where no time is known.
    pub oldest_ms: Option<i64>,
}

/// What is promised and not complete in the scopes that the viewer may read.
pub async fn pending(media: &Media, viewer: Viewer<'_>, now_ms: i64) -> Result<PendingPhotos, Problem> {
    let mut people: BTreeMap<String, PendingOf> = BTreeMap::new();
    for group in store::pending(&media.db).await? {
        if !viewer.may_see([group.scope.as_str()]) {
            continue;
        }
        let of = people.entry(group.person.clone()).or_insert_with(|| PendingOf {
            person: group.person,
            photos: 0,
            previews: 0,
            bytes: 0,
            oldest_ms: None,
        });
        of.photos += group.photos;
        of.bytes += group.bytes.unwrap_or_default();
        of.oldest_ms = [of.oldest_ms, group.oldest_ms].into_iter().flatten().min();
    }
    for (scope, person, previews) in store::previewed(&media.db).await? {
        if let Some(of) = people.get_mut(&person).filter(|_| viewer.may_see([scope.as_str()])) {
            of.previews += previews;
        }
    }
    let mut people: Vec<PendingOf> = people.into_values().collect();
    people.sort_by_key(|of| of.oldest_ms.unwrap_or(i64::MAX));
    Ok(PendingPhotos { people, now: now_ms })
}
