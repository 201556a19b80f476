//! Taking a backup of a database that others write meanwhile.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use sea_orm::DbBackend;

use super::{
    folder::{self, Unfinished},
    manifest::{FORM, Manifest},
    photos,
    store::{look, tables},
};
use crate::{
    app::{App, make_private, now_ms, random_bytes},
    media::blobs::FolderStore,
    storage::Db,
};

/// Takes one into that folder; gives where it lies and what is in it.
pub async fn take(app: &App, into: &Path) -> anyhow::Result<(PathBuf, Manifest)> {
    make_private(into).with_context(|| format!("making {}", into.display()))?;
    let unfinished = Unfinished::begin(into, random_bytes())?;
    let taken_ms = now_ms();
    let file = unfinished.path().join(folder::DATABASE);
    copy(&app.db, unfinished.path(), &file).await.context("copying the database")?;
    // The rest is read from the copy: it cannot say anything else than what is in it.
    let copied = look::open_file(&file).await?;
    let summary = look::summary(&copied).await?;
    let hashes = look::photos(&copied).await?;
    copied.close().await?;
    let store = FolderStore::open(into.join(folder::PHOTOS))?;
    let brought = photos::bring(&hashes, &*app.blobs, &store, unfinished.path()).await?;
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

/// One state of the database, as one SQLite file.
async fn copy(db: &Db, aside: &Path, file: &Path) -> anyhow::Result<()> {
    if db.backend() == DbBackend::Sqlite {
        return Ok(look::write_file(db, file).await?);
    }
    let between = aside.join("copying.db");
    let to = Db::open(&format!("sqlite:{}", between.display()), 1).await?;
    let (from, writing) = (db.snapshot().await?, to.begin().await?);
    tables::copy(&from, &writing).await?;
    writing.commit().await?;
    from.rollback().await?;
    look::write_file(&to, file).await?;
    to.close().await?;
    for end in ["", "-wal", "-shm"] {
        let path = aside.join(format!("copying.db{end}"));
        if path.exists() {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}
