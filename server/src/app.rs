//! The running server: its parts, and what they share.

use std::{ops::Deref, path::Path, sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio::{sync::Notify, task::JoinHandle};

use crate::{
    auth::people::Gate,
    config::Config,
    keys::ServerKeys,
    media::{
        Media,
        blobs::{self, BlobStore},
        processing, sweep as media_sweep,
    },
    retention,
    ship::shipper,
    storage::{Db, jobs::JobHandler, projection::Projection},
    sync::{
        committer::Committer,
        events::{self, listeners::Listeners},
        own_chain::OwnChain,
        purge,
        store::Context,
        sweep,
    },
};

/// A handle to the running server. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What all handlers share.
pub struct Parts {
    /// Settings.
    pub config: Config,
    /// The database.
    pub db: Db,
    /// Keys and epoch.
    pub keys: ServerKeys,
    /// Where everything that writes lines goes through.
    pub committer: Committer,
    /// What stands before sign-in by password.
    pub gate: Gate,
    /// Photo bytes.
    pub blobs: Arc<dyn BlobStore>,
    /// Told that the store did not take a photo.
    pub put_off: Arc<Notify>,
    /// Who listens for events.
    pub listeners: Listeners,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Of these parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

/// A server that was started, and its tasks.
pub struct Running {
    /// What handlers take.
    pub app: App,
    committing: JoinHandle<()>,
    background: Vec<JoinHandle<()>>,
    serves: bool,
}

/// Most listeners of one process, until `serve` knows how many files it may have open.
const MOST_LISTENERS: usize = 500;

/// Opens what is kept and starts what commits. Nothing else runs yet: that is enough for a command that writes and ends.
pub async fn start(config: Config) -> anyhow::Result<Running> {
    let db = open(&config).await?;
    let keys = ServerKeys::load_or_create(&db, now_ms(), random_bytes).await.context("the server's keys")?;
    let (committer, committing) = committing(&db, &keys);
    let photos = config.photos();
    let blobs = blobs::open(&photos, &config).await.with_context(|| format!("the place of photos {photos}"))?;
    let listeners = Listeners::new(MOST_LISTENERS);
    let app = App::new(Parts {
        config,
        db,
        keys,
        committer,
        gate: Gate::default(),
        blobs,
        put_off: Arc::default(),
        listeners,
    });
    Ok(Running { app, committing, background: Vec::new(), serves: false })
}

impl Running {
    /// Starts what a server does besides answering.
    pub fn work(&mut self) {
        self.serves = true;
        self.background.extend(background(&self.app));
    }

    /// Ends: what was ordered is committed, what runs in the background is given up (it is all in the outbox).
    pub async fn stop(self) {
        for task in &self.background {
            task.abort();
        }
        for task in self.background {
            // It was told to end; that it did is all there is to learn.
            let _ = task.await;
        }
        if self.serves {
            shipper::finish(&self.app).await;
        }
        drop(self.app);
        // The committer ends when its last handle is gone. A connection that would not end may still hold one.
        if tokio::time::timeout(Duration::from_secs(10), self.committing).await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
    }
}

/// Makes the folders and opens the database.
pub async fn open(config: &Config) -> anyhow::Result<Db> {
    let mut folders = vec![config.data.as_path(), config.media.as_path()];
    let file = config.database_url.strip_prefix("sqlite:").map(|f| Path::new(f.split('?').next().unwrap_or(f)));
    folders.extend(file.and_then(Path::parent).filter(|f| !f.as_os_str().is_empty()));
    for folder in folders {
        make_private(folder).with_context(|| format!("making the folder {}", folder.display()))?;
    }
    let url = crate::config::load::mask(&config.database_url);
    Db::open(&config.database_url, config.database_connections).await.with_context(|| format!("opening {url}"))
}

/// Makes a folder, where there is none, that other users of the machine cannot look into: keys and personal data will lie in it.
pub fn make_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// The task through which all lines go.
fn committing(db: &Db, keys: &ServerKeys) -> (Committer, JoinHandle<()>) {
    let context = Context::new(keys.public.clone(), projections());
    Committer::start(db.clone(), context, || OwnChain::new(keys.signing.clone(), random_bytes(), now_ms()))
}

/// What runs beside the requests.
fn background(app: &App) -> Vec<JoinHandle<()>> {
    let handlers = job_handlers(app);
    vec![
        tokio::spawn(crate::jobs::run(app.db.clone(), handlers)),
        tokio::spawn(crate::storage::checkpoint::run(app.db.clone())),
        tokio::spawn(sweep::run(app.clone())),
        tokio::spawn(purge::run(app.clone())),
        tokio::spawn(retention::worker::run(app.clone())),
        tokio::spawn(shipper::run(app.clone())),
        tokio::spawn(follow_epoch(app.clone())),
        tokio::spawn(media_sweep::tend(Media::of(app))),
        tokio::spawn(processing::run(Media::of(app), app.config.picture_workers)),
        tokio::spawn(crate::signals::store::matching::run(app.db.clone())),
        tokio::spawn(events::watch::run(app.clone())),
        tokio::spawn(events::rights::tend(app.clone())),
    ]
}

/// Every second: whether another server on this database learnt of a restore and began a new epoch.
async fn follow_epoch(app: App) {
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = app.keys.refresh_epoch(&app.db).await {
            tracing::warn!(error = format!("{error:#}"), "the epoch could not be looked up; it will be tried again");
        }
    }
}

/// What was found. Absence is no fault.
pub fn or_absent<T>(found: std::io::Result<T>) -> std::io::Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The server's clock: milliseconds since 1970, UTC. The one place that asks it.
#[allow(clippy::disallowed_methods)]
pub fn now_ms() -> i64 {
    #[cfg(feature = "testing")]
    if let Some(now_ms) = crate::testing::now_ms() {
        return now_ms;
    }
    jiff::Timestamp::now().as_millisecond()
}

/// Random bytes. The one place that asks for them.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    #[cfg(feature = "testing")]
    if let Some(bytes) = crate::testing::random_bytes() {
        return bytes;
    }
    rand::random()
}

/// What the features make of records, each in its own tables.
pub fn projections() -> Vec<Box<dyn Projection>> {
    let mut all = Vec::new();
    all.extend(crate::registry::projections());
    all.extend(crate::media::projections());
    all.extend(crate::gallery::projections());
    all.extend(crate::attendance::projections());
    all.extend(crate::signals::projections());
    all.extend(crate::retention::projections());
    all
}

/// The work done after a commit.
pub fn job_handlers(app: &App) -> Vec<Arc<dyn JobHandler>> {
    let mut all = deriving_handlers(&app.config);
    all.push(Arc::new(crate::media::store::erase::EraseBytes(Media::of(app))));
    all
}

/// Those that write to the database alone, so that they may run on a copy of it.
pub fn deriving_handlers(config: &Config) -> Vec<Arc<dyn JobHandler>> {
    let mut all = crate::attendance::job_handlers(config);
    all.extend(crate::gallery::job_handlers());
    all.extend(crate::signals::job_handlers(config));
    all
}
