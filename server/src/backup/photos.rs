//! Photos on their way into a backup and back: by content, so that none is copied twice.

use std::{fs, io::ErrorKind, path::Path};

use anyhow::Context as _;
use sync_protocol::Hash;
use tokio::io::AsyncWriteExt as _;

use crate::media::blobs::BlobStore;

/// What bringing photos along came to.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Brought {
    /// Photos that were there already, or are there now.
    pub there: u64,
    /// Of these, the ones brought now.
    pub new: u64,
    /// Photos that neither has.
    pub missing: u64,
}

/// Brings these photos, of these sizes, from one store into another; what is there already costs no question to where it comes from.
/// `aside` is a folder for files in between, best on the disk of the one that takes them.
pub async fn bring(
    photos: &[(Hash, u64)],
    from: &dyn BlobStore,
    to: &dyn BlobStore,
    aside: &Path,
) -> anyhow::Result<Brought> {
    let mut brought = Brought::default();
    for (hash, size) in photos {
        if to.size(hash).await? == Some(*size) {
            brought.there += 1;
            continue;
        }
        if one(hash, from, to, aside).await.with_context(|| format!("photo {}", hex::encode(hash)))? {
            brought.there += 1;
            brought.new += 1;
        } else {
            brought.missing += 1;
        }
    }
    Ok(brought)
}

/// Gives whether the source has it.
async fn one(hash: &Hash, from: &dyn BlobStore, to: &dyn BlobStore, aside: &Path) -> anyhow::Result<bool> {
    let part = aside.join(format!("{}.part", hex::encode(hash)));
    remove(&part)?;
    // On one disk a second name costs nothing, and the bytes under a hash never change.
    let linked = from.local(hash).is_some_and(|path| fs::hard_link(path, &part).is_ok());
    if !linked {
        let Some(mut bytes) = from.open(hash, 0..u64::MAX).await? else { return Ok(false) };
        let mut file = tokio::fs::File::create(&part).await?;
        tokio::io::copy(&mut bytes, &mut file).await?;
        file.flush().await?;
        file.sync_all().await?;
    }
    to.put(hash, &part).await?;
    Ok(true)
}

fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
