//! Taking a backup of a database that others write meanwhile.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::{
    folder::{self, Unfinished},
    manifest::{FORM, Manifest},
    photos,
    store::{copy, look},
};
use crate::{
    app::{App, make_private, now_ms, random_bytes},
    media::blobs::FolderStore,
};

/// Takes one into that folder; gives where it lies and what is in it.
pub async fn take(app: &App, into: &Path) -> anyhow::Result<(PathBuf, Manifest)> {
    make_private(into).with_context(|| format!("making {}", into.display()))?;
    let unfinished = Unfinished::begin(into, random_bytes())?;
    let taken_ms = now_ms();
    let file = unfinished.path().join(folder::DATABASE);
    copy::to_file(&app.db, unfinished.path(), &file).await.context("copying the database")?;
    // The rest is read from the copy: it cannot say anything else than what is in it.
    let copied = look::open_file(&file).await?;
    let summary = look::summary(&copied).await?;
    let complete = look::photos(&copied).await?;
    copied.close().await?;
    let store = FolderStore::open(into.join(folder::PHOTOS))?;
    let brought = photos::bring(&complete, &*app.blobs, &store, unfinished.path()).await?;
    let (sha256, bytes) = folder::hash(&file)?;
    let manifest = Manifest {
        backup: FORM,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        taken_ms,
        sha256,
        bytes,
        summary,
        photos: brought.there,
        photos_missing: brought.missing,
    };
    let path = unfinished.finish(&manifest)?;
    Ok((path, manifest))
}
