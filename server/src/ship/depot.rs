//! Where segments lie: a folder, or a part of a store that speaks S3.

mod folder;
mod s3;

use std::io;

use anyhow::Context as _;
use async_trait::async_trait;

pub use folder::Folder;
pub use s3::S3Depot;

use crate::{
    config::{Config, Place},
    s3::{Access, Bucket},
};

/// A place for segments.
#[async_trait]
pub trait Depot: Send + Sync {
    /// Keeps the file under that name, whole and durably, unless there is one of that name; gives whether there was none.
    async fn put_new(&self, name: &str, file: Vec<u8>) -> io::Result<bool>;

    /// The file of that name, if there is one.
    async fn get(&self, name: &str) -> io::Result<Option<Vec<u8>>>;

    /// The names there are, sorted.
    async fn list(&self) -> io::Result<Vec<String>>;
}

/// One to write to; a folder is made where it is not there.
pub async fn open(place: &Place, config: &Config) -> io::Result<Box<dyn Depot>> {
    Ok(match place {
        Place::Folder(path) => Box::new(Folder::open(path)?),
        Place::S3(at) => Box::new(S3Depot::new(Bucket::open(at.clone(), Access::of(config)).await)),
    })
}

/// One that is there, and can be read.
pub async fn existing(place: &Place, config: &Config) -> anyhow::Result<Box<dyn Depot>> {
    let opened = async {
        anyhow::Ok(match place {
            Place::Folder(path) => Box::new(Folder::existing(path)?) as Box<dyn Depot>,
            Place::S3(at) => {
                let bucket = Bucket::open(at.clone(), Access::of(config)).await;
                bucket.check().await?;
                Box::new(S3Depot::new(bucket))
            }
        })
    };
    opened.await.with_context(|| format!("the log {place}"))
}
