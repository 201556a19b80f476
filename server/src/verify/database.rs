//! A server's database, while it serves: one state of it is copied aside, and the copy is checked. So nobody waits for a check, however
//! long it takes, and what is being written meanwhile is no finding.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};

use super::{
    finding::Report,
    log::{self, Shipped},
    photos::{self, Depth},
    store::{chains, made_again, tables},
};
use crate::{
    app::{self, make_private, now_ms, random_bytes},
    backup::store::{copy, look},
    config::{Config, Place},
    keys::ServerKeys,
    media::blobs,
    sync::store::Context,
};

/// How much is checked.
#[derive(Debug, Clone)]
pub struct Options {
    /// The photos.
    pub photos: Depth,
    /// Whether everything is made again from the lines and compared.
    pub rows: bool,
    /// The shipped log that the database must not be behind.
    pub against: Option<Place>,
    /// The folder for the copies; by default that of the data.
    pub aside: Option<PathBuf>,
}

/// Copies that go when they are done with.
struct Aside {
    path: PathBuf,
    _lock: File,
}

impl Aside {
    /// In that folder; what a check left there that was cut off goes.
    fn begin(folder: &Path) -> anyhow::Result<Self> {
        make_private(folder).with_context(|| format!("making {}", folder.display()))?;
        let lock = File::create(folder.join(".verify.lock"))?;
        ensure!(lock.try_lock().is_ok(), "another check is under way in {}", folder.display());
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() && path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".verify-")) {
                fs::remove_dir_all(path)?;
            }
        }
        let path = folder.join(format!(".verify-{}", hex::encode(random_bytes::<8>())));
        make_private(&path)?;
        Ok(Self { path, _lock: lock })
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // Should it stay, the next check removes it.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Checks the database that the settings name.
pub async fn check(config: &Config, options: &Options, report: &mut Report<'_>) -> anyhow::Result<()> {
    let aside = Aside::begin(options.aside.as_deref().unwrap_or(&config.data))?;
    let handlers = app::deriving_handlers(config);
    let store = blobs::open(&config.photos(), config).await?;
    // What lies elsewhere is listed before the copy is made: whatever comes later is in neither.
    let shipped = match &options.against {
        Some(place) => Some(Shipped::list(place, config).await?),
        None => None,
    };
    let stored = if options.photos == Depth::None { Vec::new() } else { photos::stored(&*store).await? };
    let kept = aside.path.join("kept.db");
    report.progress("copying the database");
    let live = app::open(config).await?;
    copy::to_file(&live, &aside.path, &kept).await.context("copying the database")?;
    made_again::finish_jobs(&kept, &handlers).await?;

    let db = look::open_file(&kept).await?;
    report.progress("chains, signatures, lines");
    chains::check(&db, report).await?;
    let lines_hold = report.findings == 0;
    if let Some(shipped) = shipped {
        report.progress("the shipped log");
        log::compare(&db, shipped, report).await?;
    }
    report.progress("photos");
    photos::check(&db, &live.read, &*store, options.photos, stored, report).await?;
    if !options.rows {
        report.note("records and other tables were not compared with the lines (--no-rows)");
    } else if !lines_hold {
        report.note(
            "records and other tables were not compared with the lines, because these do not hold: what was made of them before they were \
             changed cannot be told from what was changed",
        );
    } else {
        report.progress("making everything again from the lines");
        let again = aside.path.join("again.db");
        fs::copy(&kept, &again)?;
        let servers = signing(&again).await?.public;
        made_again::make(&again, &Context::new(servers, app::projections()), &handlers, now_ms()).await?;
        report.progress("comparing");
        let made = look::open_file(&again).await?;
        tables::compare(&db, &made, report).await?;
        made_again::told(&db, &made, report).await?;
        made.close().await?;
    }
    db.close().await?;
    live.close().await?;
    Ok(())
}

/// The keys, of a copy in which they were found to hold.
async fn signing(file: &Path) -> anyhow::Result<ServerKeys> {
    let db = crate::storage::Db::open(&format!("sqlite:{}", file.display()), 1).await?;
    let keys = ServerKeys::load_or_create(&db, now_ms(), random_bytes).await?;
    db.close().await?;
    Ok(keys)
}
