//! Segments in a part of a bucket.

use std::io;

use async_trait::async_trait;

use super::Depot;
use crate::s3::Bucket;

/// A part of a bucket. Several processes may use it; where the store knows no conditions one at a time writes.
#[derive(Debug, Clone)]
pub struct S3Depot(Bucket);

impl S3Depot {
    /// In that one.
    pub fn new(bucket: Bucket) -> Self {
        Self(bucket)
    }
}

#[async_trait]
impl Depot for S3Depot {
    async fn put_new(&self, name: &str, file: Vec<u8>) -> io::Result<bool> {
        self.0.put_new(name, file).await
    }

    async fn get(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        self.0.read(name).await
    }

    async fn list(&self) -> io::Result<Vec<String>> {
        let mut names: Vec<String> = Vec::new();
        loop {
            let page = self.0.list(names.last().map_or("", String::as_str)).await?;
            if page.is_empty() {
                return Ok(names);
            }
            names.extend(page.into_iter().map(|(name, _)| name));
        }
    }
}
