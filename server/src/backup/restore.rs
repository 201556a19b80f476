//! Coming back: an empty database is filled from a backup, a new epoch begins, and the shipped log is worked in.
//!
//! Until it has ended the database says so and no server starts on it; begun again with the same backup it goes on where it was.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use serde::{Deserialize, Serialize};

use super::{
    folder,
    manifest::Manifest,
    photos::{self, Brought},
    replay::{Replay, Replayed},
    store::{look, marks, tables},
};
use crate::{
    app::{self, App, make_private, now_ms, random_bytes},
    config::{Config, Place, load::mask},
    jobs,
    media::blobs::FolderStore,
    ship::depot::{self, Depot},
    storage::{Db, entities::restore},
};

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// When the backup was taken, ms.
    pub taken_ms: i64,
    /// Pushes that were in it.
    pub pushes: u64,
    /// What the log brought; none where there was no log.
    pub log: Option<Replayed>,
    /// Photos that are here, and that are not.
    pub photos: (u64, u64),
    /// When the newest push that is here had been received, ms.
    pub newest_ms: Option<i64>,
}

/// Restores that backup into the database of the settings, and its photos to where they say photos are.
pub async fn restore(config: Config, backup: &Path, log: Option<&Place>) -> anyhow::Result<Account> {
    let manifest = folder::read(backup)?;
    // Whether it can be read is asked before anything is written.
    let log = match log {
        Some(log) => Some(depot::existing(log, &config).await?),
        None => None,
    };
    fill(&config, backup, &manifest).await?;
    let running = app::start(config).await?;
    let done = bring_back(&running.app, backup, &manifest, log.as_deref()).await;
    running.stop().await;
    done
}

async fn bring_back(app: &App, backup: &Path, manifest: &Manifest, log: Option<&dyn Depot>) -> anyhow::Result<Account> {
    let brought = bring_photos(app, backup).await.context("photos")?;
    let log = match log {
        Some(log) => Some(replay(app, manifest, log).await.context("the log")?),
        None => None,
    };
    let handlers = app::job_handlers(app);
    while jobs::once(&app.db, &handlers).await? > 0 {}
    let newest_ms = look::summary(&app.db.read).await?.newest_ms.max(log.as_ref().and_then(|log| log.newest_ms));
    let account = Account {
        taken_ms: manifest.taken_ms,
        pushes: manifest.summary.pushes,
        log,
        photos: (brought.there, brought.missing),
        newest_ms,
    };
    marks::end(&app.db, &serde_json::to_string(&account)?, newest_ms).await?;
    Ok(account)
}

/// Works the log in behind what the backup has.
pub async fn replay(app: &App, manifest: &Manifest, log: &dyn Depot) -> anyhow::Result<Replayed> {
    let mut replay = Replay::new(app, log, manifest);
    replay.run().await?;
    replay.end().await
}

async fn bring_photos(app: &App, backup: &Path) -> anyhow::Result<Brought> {
    let complete = look::photos(&app.db.read).await?;
    let from = backup.parent().unwrap_or(backup).join(folder::PHOTOS);
    let from = FolderStore::open(from)?;
    let aside = app.config.media.join("restoring");
    make_private(&aside)?;
    let brought = photos::bring(&complete, &from, &*app.blobs, &aside).await?;
    std::fs::remove_dir(&aside)?;
    Ok(brought)
}

/// Fills the database from the backup, if it is empty, in one step: all or nothing.
pub async fn fill(config: &Config, backup: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    make_private(&config.data)?;
    match sqlite_file(config) {
        Some(file) if !file.exists() => fill_sqlite(&file, backup, manifest).await,
        file => {
            let db = app::open(config).await?;
            let begun = is_begun(&db, &mask(&config.database_url), manifest).await;
            let done = match (begun, &file) {
                (Ok(false), None) => fill_postgres(&db, &config.data, backup, manifest).await,
                (Ok(_), _) => Ok(()),
                (Err(error), _) => Err(error),
            };
            let empty = file.is_some() && marks::under_way(&db.read).await?.is_none();
            db.close().await?;
            match (done, file) {
                (Ok(()), Some(file)) if empty => fill_sqlite(&file, backup, manifest).await,
                (done, _) => done,
            }
        }
    }
}

fn sqlite_file(config: &Config) -> Option<PathBuf> {
    config.database_url.strip_prefix("sqlite:").map(|f| PathBuf::from(f.split('?').next().unwrap_or(f)))
}

/// Whether a restore of that backup has begun in it; otherwise it must be empty.
async fn is_begun(db: &Db, name: &str, manifest: &Manifest) -> anyhow::Result<bool> {
    match marks::under_way(&db.read).await? {
        Some(sha256) if sha256 == manifest.sha256 => return Ok(true),
        Some(_) => bail!("the restore of another backup has not ended in {name}"),
        None => {}
    }
    ensure!(tables::is_empty(db).await?, "the database {name} is not empty: nothing was changed");
    Ok(false)
}

/// The backup's file, brought up to date and marked, takes the place of an empty one.
async fn fill_sqlite(file: &Path, backup: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    let folder = file.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make_private(folder)?;
    let between = folder.join(".restoring.db");
    prepare(&between, backup, manifest).await?;
    for end in ["", "-wal", "-shm"] {
        remove(&with_end(file, end))?;
    }
    std::fs::rename(&between, file)?;
    std::fs::File::open(folder)?.sync_all()?;
    Ok(())
}

/// All tables of the backup, brought up to date, in one transaction.
async fn fill_postgres(db: &Db, data: &Path, backup: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    let between = data.join(".restoring.db");
    prepare(&between, backup, manifest).await?;
    let from = Db::open(&format!("sqlite:{}", between.display()), 1).await?;
    let (reading, writing) = (from.snapshot().await?, db.begin().await?);
    tables::clear(&writing).await?;
    tables::copy(&reading, &writing).await?;
    reading.rollback().await?;
    writing.commit().await?;
    from.close().await?;
    for end in ["", "-wal", "-shm"] {
        remove(&with_end(&between, end))?;
    }
    Ok(())
}

/// A copy of the backup's file with the tables of this build, a new epoch, and the mark of a restore that has begun.
async fn prepare(between: &Path, backup: &Path, manifest: &Manifest) -> anyhow::Result<()> {
    for end in ["", "-wal", "-shm"] {
        remove(&with_end(between, end))?;
    }
    std::fs::copy(backup.join(folder::DATABASE), between).context("copying the backup's file")?;
    let db = Db::open(&format!("sqlite:{}", between.display()), 1).await?;
    let tx = db.begin().await?;
    let restored = restore::Model {
        epoch: hex::encode(random_bytes::<8>()),
        before: manifest.summary.epoch.clone(),
        proof_epoch: None,
        how: "backup".to_owned(),
        noticed_ms: now_ms(),
        newest_ms: manifest.summary.newest_ms,
        lost_until_ms: None,
        install: None,
        account: None,
    };
    marks::begin(&tx, &manifest.sha256, restored).await?;
    tx.commit().await?;
    db.close().await?;
    std::fs::File::open(between)?.sync_all()?;
    Ok(())
}

fn with_end(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
