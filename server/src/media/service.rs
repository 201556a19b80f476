//! What the media routes and sweeps work with.

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;

use super::{blobs::BlobStore, inbox::Inbox};
use crate::{app::App, keys::ServerKeys, storage::Db};

/// The parts of [`App`] that photos need.
#[derive(Clone)]
pub struct Media {
    /// The database.
    pub db: Db,
    /// Signs receipts.
    pub keys: ServerKeys,
    /// Complete bytes.
    pub blobs: Arc<dyn BlobStore>,
    /// Uploads under way.
    pub inbox: Inbox,
    /// Renditions on their way into the store.
    pub renditions: Inbox,
    /// Largest photo in bytes.
    pub max_bytes: u64,
    /// How long an upload may rest, ms.
    pub upload_ttl_ms: i64,
    /// How long a signed address of a photo holds; none where none is given out.
    pub signed_url_ttl: Option<Duration>,
    /// Told that the store did not take a photo: it is to be tried again.
    pub put_off: Arc<Notify>,
}

impl Media {
    /// Of the running server.
    pub fn of(app: &App) -> Self {
        Self {
            db: app.db.clone(),
            keys: app.keys.clone(),
            blobs: app.blobs.clone(),
            // Beside the blobs of a folder, on one file system, so that finishing an upload is a rename.
            inbox: Inbox::new(app.config.media.join("uploads")),
            renditions: Inbox::new(app.config.media.join("renditions")),
            max_bytes: app.config.max_photo_bytes,
            upload_ttl_ms: i64::try_from(app.config.upload_expiry_s).unwrap_or(i64::MAX / 1_000).saturating_mul(1_000),
            signed_url_ttl: Some(Duration::from_secs(app.config.signed_url_ttl_s)).filter(|ttl| !ttl.is_zero()),
            put_off: app.put_off.clone(),
        }
    }
}
