//! The media queue: photos by the hash of their bytes.

use std::{
    fs::File,
    io::{ErrorKind, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};
use sync_protocol::ids::sha256;

use super::Engine;
use crate::{
    error::Error,
    store::{
        Result, chain, identity,
        photos::{self, Photo},
    },
    wire::PhotoReceipt,
};

/// The largest photo the schema takes (`photo.size`).
const MAX_BYTES: u64 = 200_000_000;

/// Where a photo's bytes are.
#[derive(Debug, Clone)]
pub enum PhotoSource {
    /// Here: they are kept in the store.
    Bytes(Vec<u8>),
    /// In a file of the app, which keeps it until [`Engine::prune`] says that it may go.
    Path(PathBuf),
}

/// What to write into the `photo` record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// SHA-256 of the original, hex.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
    /// The same of the preview.
    pub preview: Option<(String, u64)>,
}

/// What [`Engine::prune`] forgot.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Lines whose bytes went.
    pub lines: usize,
    /// Photos that went.
    pub photos: usize,
    /// Files that the app may delete now.
    pub files: Vec<String>,
}

impl Engine {
    /// Queues a photo, and the small picture that goes before it. The server takes the bytes only once a record that names their hash
    /// has been pushed: write one with what this gives.
    pub fn attach_photo(&self, original: PhotoSource, preview: Option<PhotoSource>) -> Result<Attached> {
        let original = measured(original, false)?;
        let preview = preview.map(|p| measured(p, true)).transpose()?;
        self.store.write(|tx| {
            for (photo, bytes) in preview.iter().chain([&original]) {
                photos::add(tx, photo, bytes.as_deref())?;
            }
            Ok(())
        })?;
        let name = |(photo, _): (Photo, _)| (photo.sha256, photo.size);
        let (sha256, size) = name(original);
        Ok(Attached { sha256, size, preview: preview.map(name) })
    }

    /// Forgets the bytes of lines and photos that the server has had for this long, by its own clock: keep them at least for the
    /// interval of its backups, so that what a restored server forgot can be sent again. What is queued always stays.
    pub fn prune(&self, older_than_ms: u64) -> Result<Pruned> {
        self.store.write(|tx| {
            let Some(newest) = identity::newest_server_ms(tx)? else { return Ok(Pruned::default()) };
            let before_ms = newest.saturating_sub_unsigned(older_than_ms);
            let lines = chain::prune(tx, chain::marks(tx)?.acked, before_ms)?;
            let (photos, files) = photos::prune(tx, before_ms)?;
            Ok(Pruned { lines, photos, files })
        })
    }

    /// Marks a photo as complete once the receipt has been proved: over these bytes, by a key of the server.
    pub(crate) fn take_photo_receipt(&self, sha256: &str, receipt: &PhotoReceipt) -> Result<()> {
        self.store.write(|tx| {
            let size = photos::get(tx, sha256)?.map(|p| p.size);
            if receipt.sha256 != sha256 || size != Some(receipt.size) {
                return Err(Error::BadReceipt("it is of another photo"));
            }
            if !receipt.is_valid(&identity::server_keys(tx)?) {
                return Err(Error::BadReceipt("no key of the server signed it"));
            }
            photos::complete(tx, sha256, receipt.at, &serde_json::json!(receipt).to_string())
        })
    }

    /// At most `most` bytes of a photo from there on; none if its bytes are gone.
    pub(crate) fn photo_part(&self, photo: &Photo, offset: u64, most: usize) -> Result<Option<Vec<u8>>> {
        let part = match &photo.path {
            Some(path) => match file_part(Path::new(path), offset, most) {
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                part => Some(part?),
            },
            None => self.store.read(|tx| photos::bytes(tx, &photo.sha256, offset, most))?,
        };
        // A file that shrank is no longer that photo.
        Ok(part.filter(|part| !part.is_empty()))
    }

    /// Whether the bytes are still those of that hash.
    pub(crate) fn photo_is_whole(&self, photo: &Photo) -> Result<bool> {
        let hash = match &photo.path {
            Some(path) => match hash_file(Path::new(path)) {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
                hash => hash?.0,
            },
            None => match self.store.read(|tx| photos::bytes(tx, &photo.sha256, 0, MAX_BYTES as usize))? {
                Some(bytes) => hex::encode(sha256(&[&bytes])),
                None => return Ok(false),
            },
        };
        Ok(hash == photo.sha256)
    }
}

fn measured(source: PhotoSource, preview: bool) -> Result<(Photo, Option<Vec<u8>>)> {
    let (sha256, size, path, bytes) = match source {
        PhotoSource::Bytes(bytes) => (hex::encode(sha256(&[&bytes])), bytes.len() as u64, None, Some(bytes)),
        PhotoSource::Path(path) => {
            let (hash, size) = hash_file(&path)?;
            let name =
                path.to_str().ok_or_else(|| std::io::Error::new(ErrorKind::InvalidInput, "its name is not UTF-8"))?;
            (hash, size, Some(name.to_owned()), None)
        }
    };
    if !(1..=MAX_BYTES).contains(&size) {
        return Err(Error::PhotoSize(size));
    }
    Ok((Photo { path, ..Photo::new(sha256, preview, size) }, bytes))
}

fn hash_file(path: &Path) -> std::io::Result<(String, u64)> {
    let mut file = File::open(path)?;
    let (mut hash, mut size, mut buffer) = (Sha256::new(), 0, vec![0; 64 * 1024]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok((hex::encode(hash.finalize()), size)),
            n => {
                hash.update(&buffer[..n]);
                size += n as u64;
            }
        }
    }
}

fn file_part(path: &Path, offset: u64, most: usize) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut part = Vec::new();
    file.take(most as u64).read_to_end(&mut part)?;
    Ok(part)
}
