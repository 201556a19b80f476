//! What the media routes and sweeps work with.

use std::sync::Arc;

use super::{blobs::BlobStore, inbox::Inbox};
use crate::{app::App, keys::ServerKeys, storage::Db};

/// An upload that did not grow for so long has expired: a phone may be without a network for days, and a week covers a tour of duty.
pub const UPLOAD_TTL_MS: i64 = 7 * 24 * 3_600_000;

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
    /// Largest photo in bytes.
    pub max_bytes: u64,
    /// How long an upload may rest, ms.
    pub upload_ttl_ms: i64,
}

impl Media {
    /// Of the running server.
    pub fn of(app: &App) -> Self {
        Self {
            db: app.db.clone(),
            keys: app.keys.clone(),
            blobs: app.blobs.clone(),
            // Beside the blobs, on one file system, so that finishing an upload is a rename.
            inbox: Inbox::new(app.config.media.join("uploads")),
            max_bytes: app.config.max_photo_bytes,
            upload_ttl_ms: UPLOAD_TTL_MS,
        }
    }
}
