//! The drill: the newest backup restored aside, the log worked in, and the outcome compared with the server. Whoever does it each night
//! knows that a restore would work.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, ensure};

use super::{
    folder,
    manifest::{Manifest, Summary},
    replay::{Replay, Replayed},
    restore,
    store::look,
};
use crate::{
    app::{self, App, make_private, now_ms, random_bytes},
    config::{Config, Place},
    media::blobs::{BlobStore as _, FolderStore},
    ship::depot::{self, Depot},
    storage::Db,
    sync::store::rebuild,
};

/// How long the log may take to come as far as the server.
const PATIENCE_MS: i64 = 30_000;
/// A server that is at work moves on between two looks; so often it is looked at again.
const LOOKS: usize = 10;

/// What a drill came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What does not hold, a sentence each. Empty: all is well.
    pub faults: Vec<String>,
    /// What was done, in one line.
    pub told: String,
}

/// A folder that goes when it is done with.
struct Aside(PathBuf);

impl Drop for Aside {
    fn drop(&mut self) {
        // Should it stay, the next drill makes another; its name says what it is.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Does it with the newest backup of that folder, and that log. `alone`: not compared with the server's database.
pub async fn drill(config: &Config, backups: &Path, log: Option<&Place>, alone: bool) -> anyhow::Result<Verdict> {
    let begun = now_ms();
    let backup = folder::backups(backups)?.pop().with_context(|| format!("no backup in {}", backups.display()))?;
    let manifest = folder::read(&backup)?;
    let log = match log {
        Some(log) => Some(depot::existing(log, config).await?),
        None => None,
    };
    let aside = Aside(backups.join(format!(".drill-{}", hex::encode(random_bytes::<8>()))));
    make_private(&aside.0)?;
    let there = Config {
        data: aside.0.clone(),
        database_url: format!("sqlite:{}", aside.0.join(folder::DATABASE).display()),
        media: aside.0.join(folder::PHOTOS),
        media_store: None,
        ship: None,
        ..config.clone()
    };
    restore::fill(&there, &backup, &manifest).await?;
    let live = if alone { None } else { open_live(config).await? };
    let running = app::start(there).await?;
    let compared = compare(&running.app, &manifest, &backup, log.as_deref(), live.as_ref()).await;
    running.stop().await;
    if let Some(live) = live {
        live.close().await?;
    }
    let (faults, told) = compared?;
    let name = backup.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Verdict { faults, told: format!("{name}: {told}, {} ms", now_ms() - begun) })
}

/// The server's own database; none where there is no file of it.
async fn open_live(config: &Config) -> anyhow::Result<Option<Db>> {
    let file = config.database_url.strip_prefix("sqlite:").map(|f| f.split('?').next().unwrap_or(f));
    if file.is_some_and(|file| !Path::new(file).exists()) {
        return Ok(None);
    }
    app::open(config).await.context("the server's database (--alone does without)").map(Some)
}

async fn compare(
    app: &App,
    manifest: &Manifest,
    backup: &Path,
    log: Option<&dyn Depot>,
    live: Option<&Db>,
) -> anyhow::Result<(Vec<String>, String)> {
    let restored = look::summary(&app.db.read).await?;
    let mut faults = told_differing("the backup does not hold what it says", &restored.differing(&manifest.summary));
    let photos = missing_photos(app, backup).await?;
    if photos.1 > manifest.photos_missing {
        faults.push(format!("{} photos are not with the backups", photos.1 - manifest.photos_missing));
    }
    let replayed = match (log, live) {
        (Some(log), Some(live)) => with_live(app, Replay::new(app, log, manifest), live).await?,
        (Some(log), None) => restore::replay(app, manifest, log).await?,
        (None, _) => Replayed::default(),
    };
    faults.extend(replayed.faults.iter().cloned());
    if live.is_none() || log.is_none() {
        rebuilt(app, &mut faults).await?;
    }
    let now = look::summary(&app.db.read).await?;
    let against = if live.is_some() && log.is_some() { "as on the server" } else { "made again the same" };
    let told = format!(
        "{} pushes of {} segments worked in, {} lines, {} scopes {against}, {} photos",
        replayed.pushes,
        replayed.segments,
        now.lines,
        now.digests.len(),
        photos.0
    );
    Ok((faults, told))
}

fn told_differing(what: &str, scopes: &[String]) -> Vec<String> {
    let first = scopes.first().map(|scope| format!("{what}: {scope} differs ({} scopes)", scopes.len()));
    first.into_iter().collect()
}

/// Works the log in until both hold the same. The server may be at work meanwhile.
async fn with_live(app: &App, mut replay: Replay<'_>, live: &Db) -> anyhow::Result<Replayed> {
    let mut before: Option<Summary> = None;
    let mut looks = 0;
    loop {
        looks += 1;
        let server = shipped(live).await?;
        replay.run().await?;
        let here = look::summary(&app.db.read).await?;
        let differing = here.differing(&server);
        let short = server.log.as_ref().and_then(|mark| replay.reaches(mark).err());
        let moved = before.as_ref().is_none_or(|before| before.newest_push != server.newest_push);
        if differing.is_empty() || !moved || looks == LOOKS {
            let mut replayed = replay.end().await?;
            // What is wrong with the log first: it is why the rest differs.
            replayed.faults.extend(short);
            replayed.faults.extend(told_differing("what comes back is not what the server holds", &differing));
            return Ok(replayed);
        }
        before = Some(server);
    }
}

/// What the server holds, once all of it is in the log.
async fn shipped(live: &Db) -> anyhow::Result<Summary> {
    let deadline = now_ms() + PATIENCE_MS;
    let tx = live.snapshot().await?;
    let mut server = look::summary(&tx).await?;
    tx.rollback().await?;
    loop {
        let mark = crate::ship::store::mark(&live.read).await?;
        if mark.as_ref().map_or(0, |row| row.mark) >= server.newest_push {
            server.log = look::log_mark(mark);
            return Ok(server);
        }
        ensure!(now_ms() < deadline, "the log is not shipped up to now: does the server run, with \"ship\" set?");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// How many photos lie with the backups, and how many do not.
async fn missing_photos(app: &App, backup: &Path) -> anyhow::Result<(u64, u64)> {
    let store = FolderStore::open(backup.parent().unwrap_or(backup).join(folder::PHOTOS))?;
    let mut counted = (0, 0);
    for (hash, _) in look::photos(&app.db.read).await? {
        if store.exists(&hash).await? {
            counted.0 += 1;
        } else {
            counted.1 += 1;
        }
    }
    Ok(counted)
}

async fn rebuilt(app: &App, faults: &mut Vec<String>) -> anyhow::Result<()> {
    let tx = app.db.begin().await?;
    let rebuilt = rebuild::rebuild(&tx, &app.committer.context(), now_ms()).await?;
    tx.rollback().await?;
    if rebuilt.moved > 0 {
        faults.push(format!("{} records come out otherwise when they are made again from the lines", rebuilt.moved));
    }
    Ok(())
}
