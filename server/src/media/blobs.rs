//! Where complete photo bytes are kept.

pub mod folder;
pub mod s3;

use std::{
    io,
    ops::Range,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use sync_protocol::Hash;
use tokio::io::AsyncRead;

pub use folder::FolderStore;
pub use s3::S3Store;

use crate::{
    config::{Config, Place},
    s3::{Access, Bucket, bucket::Shown},
};

/// Bytes on their way out.
pub type Reader = Pin<Box<dyn AsyncRead + Send>>;

/// The store in that place; a folder is made where it is not there.
pub async fn open(place: &Place, config: &Config) -> io::Result<Arc<dyn BlobStore>> {
    Ok(match place {
        Place::Folder(path) => Arc::new(FolderStore::open(path)?),
        Place::S3(at) => Arc::new(S3Store::new(Bucket::open(at.clone(), Access::of(config)).await)),
    })
}

/// A store of bytes named by their SHA-256. `tests/tests/stores` is the test suite that every store passes.
///
/// What a store promises:
///
/// - **Names are contents.** Under a key are the bytes with that SHA-256, whole, or nothing. The caller has verified the hash before
///   [`put`](Self::put); a store never shows a part of a blob, whatever crashes and whenever.
/// - **Durable.** When `put` returns, the blob survives a power cut.
/// - **Idempotent.** A `put` of a key that is there succeeds and changes nothing, also when two run at once, also from two processes. A
///   store may send the bytes again but must not depend on conditional writes: keys are content hashes, so any of the writes will do.
/// - **Nothing named otherwise.** Keys are all that is ever asked for; no name from a client reaches a store.
/// - **Faults** are [`io::Error`]s. No room (now) is [`io::ErrorKind::StorageFull`], a store that cannot now is
///   [`io::ErrorKind::ResourceBusy`]: the caller keeps its file and tries again later. Absence is no fault: it is `None` or `false`.
#[async_trait]
pub trait BlobStore: Send + Sync {
    /// Keeps the bytes of a finished, fsynced local file under the key. Takes the file: after success it is gone from where it was, after
    /// a fault it is still there.
    async fn put(&self, key: &Hash, file: &Path) -> io::Result<()>;

    /// How many bytes are under the key; none if nothing is.
    async fn size(&self, key: &Hash) -> io::Result<Option<u64>>;

    /// Whether there is something under the key.
    async fn exists(&self, key: &Hash) -> io::Result<bool> {
        Ok(self.size(key).await?.is_some())
    }

    /// Reads these bytes; none if nothing is under the key. A range beyond the end is cut to what there is. What is being read stays
    /// readable to its end though it is deleted meanwhile.
    async fn open(&self, key: &Hash, range: Range<u64>) -> io::Result<Option<Reader>>;

    /// The file under the key, where the store is of files on this machine and has it. For whoever gives it a second name.
    fn local(&self, key: &Hash) -> Option<PathBuf> {
        let _ = key;
        None
    }

    /// Deletes; gives whether there was something.
    async fn delete(&self, key: &Hash) -> io::Result<bool>;

    /// The next keys behind that one, in order, with the sizes of what is under them: some, and none only at the end. What is put meanwhile
    /// may be among them or not.
    async fn list(&self, after: Option<&Hash>) -> io::Result<Vec<(Hash, u64)>>;

    /// Removes what puts left that were cut off long before this time, and gives how much that was. What is being put stays.
    async fn sweep(&self, now_ms: i64) -> io::Result<usize>;

    /// An address under which anyone can read it for that long, where the store itself gives bytes out.
    async fn signed_url(&self, key: &Hash, holds: Duration, shown: Shown<'_>) -> io::Result<Option<String>> {
        let _ = (key, holds, shown);
        Ok(None)
    }
}
