//! The running server: its parts, and what they share.

use std::{ops::Deref, sync::Arc};

use crate::{
    auth::people::Gate,
    config::Config,
    keys::ServerKeys,
    media::blobs::BlobStore,
    storage::{Db, jobs::JobHandler, projection::Projection},
    sync::committer::Committer,
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

/// The server's clock: milliseconds since 1970, UTC. The one place that asks it.
pub fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// Random bytes. The one place that asks for them.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    rand::random()
}

/// What the features make of records, each in its own tables.
pub fn projections() -> Vec<Box<dyn Projection>> {
    let mut all = Vec::new();
    all.extend(crate::registry::projections());
    all.extend(crate::media::projections());
    all.extend(crate::attendance::projections());
    all
}

/// The work done after a commit.
pub fn job_handlers(config: &Config) -> Vec<Arc<dyn JobHandler>> {
    crate::attendance::job_handlers(config)
}
