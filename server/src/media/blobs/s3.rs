//! Blobs in a store that speaks S3: `<prefix>/<64 hex digits>`.

use std::{io, ops::Range, path::Path, time::Duration};

use async_trait::async_trait;
use sync_protocol::{Hash, ids::lower_hex};

use super::{BlobStore, Reader, folder};
use crate::s3::{Bucket, bucket::Shown};

/// An upload in parts that is older than this was cut off.
const STALE_MS: i64 = 24 * 3_600_000;

/// A [`BlobStore`] in a part of a bucket. Several processes may share one.
#[derive(Debug, Clone)]
pub struct S3Store(Bucket);

impl S3Store {
    /// In that one.
    pub fn new(bucket: Bucket) -> Self {
        Self(bucket)
    }
}

#[async_trait]
impl BlobStore for S3Store {
    async fn put(&self, key: &Hash, file: &Path) -> io::Result<()> {
        self.0.put_file(&hex::encode(key), file, key).await?;
        let file = file.to_owned();
        folder::blocking(move || folder::remove(&file).map(drop)).await
    }

    async fn size(&self, key: &Hash) -> io::Result<Option<u64>> {
        self.0.size(&hex::encode(key)).await
    }

    async fn open(&self, key: &Hash, range: Range<u64>) -> io::Result<Option<Reader>> {
        self.0.open_range(&hex::encode(key), range).await
    }

    async fn delete(&self, key: &Hash) -> io::Result<bool> {
        self.0.delete(&hex::encode(key)).await
    }

    async fn list(&self, after: Option<&Hash>) -> io::Result<Vec<(Hash, u64)>> {
        let mut after = after.map(hex::encode).unwrap_or_default();
        loop {
            let page = self.0.list(&after).await?;
            let Some((last, _)) = page.last() else { return Ok(Vec::new()) };
            after.clone_from(last);
            // Others may keep something under the same prefix.
            let keys: Vec<(Hash, u64)> =
                page.iter().filter_map(|(name, size)| Some((lower_hex(name)?, *size))).collect();
            if !keys.is_empty() {
                return Ok(keys);
            }
        }
    }

    async fn sweep(&self, now_ms: i64) -> io::Result<usize> {
        self.0.abort_stale(now_ms - STALE_MS).await
    }

    async fn signed_url(&self, key: &Hash, holds: Duration, shown: Shown<'_>) -> io::Result<Option<String>> {
        self.0.sign(&hex::encode(key), holds, shown).await.map(Some)
    }
}
