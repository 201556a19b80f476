//! Many photos as one ZIP that is written while it is read: nothing of it is kept, and no more than a piece is in memory. Photos are not packed
//! again. The first file, `manifest.json`, says what each is.

use std::{collections::BTreeSet, io, sync::Arc};

use async_zip::{Compression, ZipEntryBuilder, error::ZipError, tokio::write::ZipFileWriter};
use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use sync_protocol::{Hash, ids::lower_hex};
use tokio::io::DuplexStream;
use tokio_util::{compat::TokioAsyncReadCompatExt as _, io::ReaderStream};

use super::{
    browse::{self, PhotoView},
    store::one,
};
use crate::{
    app::{App, random_bytes},
    auth::Principal,
    error::{ErrorCode, Problem},
    media::{
        blobs::BlobStore,
        sniff,
        store::views,
        views::{Look, What},
    },
    storage::entities::stored_blob,
};

/// Most photos of one archive.
const MOST: usize = 500;
/// Most bytes of one: what a ZIP names in 32 bits.
const MOST_BYTES: i64 = 4_000_000_000;
/// What may be written ahead of who reads.
const AHEAD: usize = 256 << 10;

/// Which photos, and why.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
pub struct ArchiveRequest {
    /// Photos, 40 hex digits each; at most 500.
    pub photos: Vec<String>,
    /// Why, in at most 500 characters, for the list of who looked.
    pub why: Option<String>,
}

/// What the manifest says of a photo.
#[derive(Debug, Serialize)]
struct Listed {
    /// The file in the archive; none where its bytes are not complete here.
    file: Option<String>,
    #[serde(flatten)]
    photo: PhotoView,
}

/// A file to be put into the archive.
struct File {
    name: String,
    hash: Hash,
}

/// The archive, once all may be seen and each look is noted.
pub async fn of(
    app: &App,
    who: &Principal,
    asked: &ArchiveRequest,
    look: Look<'_>,
) -> Result<impl Stream<Item = io::Result<Bytes>> + use<>, Problem> {
    if asked.photos.is_empty() || asked.photos.len() > MOST {
        return Err(Problem::new(ErrorCode::BadRequest, format!("photos: 1 to {MOST}")));
    }
    let keys: Option<BTreeSet<Vec<u8>>> = asked.photos.iter().map(|text| Some(key(text)?.to_vec())).collect();
    let keys: Vec<Vec<u8>> = keys.ok_or(ErrorCode::NotFound)?.into_iter().collect();
    if one::readable(&app.db.read, &who.evidence_scopes(), keys.clone()).await? < keys.len() {
        return Err(ErrorCode::NotFound.into());
    }
    let mut shown = one::shown(&app.db.read, keys.clone()).await?;
    if shown.complete.values().map(|blob| blob.size).sum::<i64>() > MOST_BYTES {
        return Err(ErrorCode::ArchiveTooLarge.into());
    }
    let (mut listed, mut files, mut looks) = (Vec::new(), Vec::new(), Vec::new());
    for (nth, key) in keys.iter().enumerate() {
        let (promise, blob) = (shown.promises.get(key).cloned(), shown.original(key).cloned());
        let Some(photo) = browse::view(&mut shown, key) else { continue };
        let file = blob.zip(promise).and_then(|(blob, promise)| {
            let hash: Hash = blob.sha256.as_slice().try_into().ok()?;
            looks.push(look.at(&promise, &hash, What::Archived, random_bytes()));
            Some(File { name: name(nth, &photo, &blob), hash })
        });
        listed.push(Listed { file: file.as_ref().map(|file| file.name.clone()), photo });
        files.extend(file);
    }
    let manifest = serde_json::to_vec_pretty(&listed).map_err(Problem::internal)?;
    views::note(&app.db, looks).await?;
    Ok(written(app.blobs.clone(), manifest, files))
}

fn key(text: &str) -> Option<[u8; 20]> {
    lower_hex(text)
}

/// A name that says where and in which order, and is a name on every system.
fn name(nth: usize, photo: &PhotoView, blob: &stored_blob::Model) -> String {
    let (_, ending) = sniff::served_as(&blob.media_type);
    let place = photo.scope.split('/').next().unwrap_or_default();
    format!("{:03}-{place}-{}.{}", nth + 1, &hex::encode(&blob.sha256)[..12], ending.unwrap_or("bin"))
}

/// Writes it in a task of its own, as fast as it is read. A fault ends the stream with an error, so that nobody takes a part for the whole.
fn written(
    blobs: Arc<dyn BlobStore>,
    manifest: Vec<u8>,
    files: Vec<File>,
) -> impl Stream<Item = io::Result<Bytes>> + use<> {
    let (writer, reader) = tokio::io::duplex(AHEAD);
    let task = tokio::spawn(write(writer, blobs, manifest, files));
    let end = stream::once(async move {
        match task.await.map_err(io::Error::other).flatten() {
            Ok(()) => None,
            Err(error) => {
                tracing::warn!(%error, "an archive of photos broke off");
                Some(Err(error))
            }
        }
    });
    ReaderStream::new(reader).chain(end.filter_map(std::future::ready))
}

async fn write(to: DuplexStream, blobs: Arc<dyn BlobStore>, manifest: Vec<u8>, files: Vec<File>) -> io::Result<()> {
    let mut archive = ZipFileWriter::with_tokio(to);
    archive.write_entry_whole(entry("manifest.json"), &manifest).await.map_err(fault)?;
    for File { name, hash } in files {
        let bytes = blobs.open(&hash, 0..u64::MAX).await?;
        let bytes = bytes.ok_or_else(|| io::Error::other(format!("{} is not in the store", hex::encode(hash))))?;
        let mut file = archive.write_entry_stream(entry(&name)).await.map_err(fault)?;
        futures::io::copy(bytes.compat(), &mut file).await?;
        file.close().await.map_err(fault)?;
    }
    archive.close().await.map_err(fault)?;
    Ok(())
}

fn entry(name: &str) -> ZipEntryBuilder {
    ZipEntryBuilder::new(name.to_owned().into(), Compression::Stored)
}

fn fault(error: ZipError) -> io::Error {
    io::Error::other(error)
}
