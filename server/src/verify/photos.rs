//! The store of photos beside what the tables say of it.

use std::{collections::HashSet, path::Path};

use anyhow::Context as _;
use sea_orm::DatabaseConnection;
use serde_json::Value;
use sync_protocol::Hash;

use super::{
    finding::{Code, Finding, Report},
    store::look,
};
use crate::{
    backup::folder,
    media::blobs::{BlobStore as _, FolderStore},
};

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Depth {
    /// Nothing.
    None,
    /// That they are there, and how many bytes they have.
    Sizes,
    /// Every byte.
    All,
}

/// So often it is told how far it is, in bytes.
const TOLD_EVERY: u64 = 10 << 30;

/// Checks the photos. `stored` are those that lay in the store before the copy was made.
pub async fn check(
    db: &DatabaseConnection,
    store: &FolderStore,
    depth: Depth,
    stored: Vec<Hash>,
    report: &mut Report<'_>,
) -> anyhow::Result<()> {
    if depth == Depth::None {
        report.note("photos were not looked at (--photos)");
        return Ok(());
    }
    let rows = look::blobs(db).await?;
    let (mut bytes, mut known) = (0, HashSet::new());
    for row in &rows {
        let Ok(hash) = <Hash>::try_from(row.sha256.as_slice()) else { continue };
        known.insert(hash);
        let Some(path) = store.local(&hash) else {
            report.find(Finding::new(Code::BlobMissing, about(&hash), format!("{} bytes", row.size), "none"));
            continue;
        };
        let size = row.size.unsigned_abs();
        if depth == Depth::Sizes {
            let there = store.size(&hash).await?.unwrap_or(0);
            sized(&hash, size, there, report);
            continue;
        }
        let (found, there) = hashed(&path).await?;
        if found != hex::encode(hash) {
            let code = if there == size { Code::BlobAltered } else { Code::BlobCut };
            let expected = format!("{size} bytes with the hash {}", hex::encode(hash));
            report.find(Finding::new(code, about(&hash), expected, format!("{there} bytes with the hash {found}")));
        } else {
            sized(&hash, size, there, report);
        }
        if (bytes + there) / TOLD_EVERY > bytes / TOLD_EVERY {
            report.progress(format!("photos: {} GB", (bytes + there) >> 30));
        }
        bytes += there;
    }
    let under_way = look::under_way(db).await?;
    for stray in stored.iter().filter(|hash| !known.contains(*hash) && !under_way.contains(*hash)) {
        report.find(Finding::new(Code::BlobStray, about(stray), "a row that says it is complete", "none"));
    }
    report.count("photos", rows.len() as u64);
    Ok(())
}

fn sized(hash: &Hash, expected: u64, found: u64, report: &mut Report<'_>) {
    if expected != found {
        report.find(Finding::new(Code::BlobCut, about(hash), format!("{expected} bytes"), format!("{found} bytes")));
    }
}

fn about(hash: &Hash) -> (&'static str, Vec<(&'static str, Value)>) {
    ("stored_blob", vec![("sha256", hex::encode(hash).into())])
}

async fn hashed(path: &Path) -> anyhow::Result<(String, u64)> {
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || folder::hash(&path)).await.context("hashing")?
}
