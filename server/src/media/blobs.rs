//! Where complete photo bytes are kept.

#[cfg(test)]
pub(super) mod contract;
pub mod folder;

use std::{
    io,
    ops::Range,
    path::{Path, PathBuf},
    pin::Pin,
};

use async_trait::async_trait;
use sync_protocol::Hash;
use tokio::io::AsyncRead;

pub use folder::FolderStore;

/// Bytes on their way out.
pub type Reader = Pin<Box<dyn AsyncRead + Send>>;

/// A store of bytes named by their SHA-256. `contract` is the test suite that every store passes.
///
/// What a store promises:
///
/// - **Names are contents.** Under a key are the bytes with that SHA-256, whole, or nothing. The caller has verified the hash before
///   [`put`](Self::put); a store never shows a part of a blob, whatever crashes and whenever.
/// - **Durable.** When `put` returns, the blob survives a power cut.
/// - **Idempotent.** A `put` of a key that is there succeeds and changes nothing, also when two run at once, also from two processes. A
///   store may send the bytes again but must not depend on conditional writes: keys are content hashes, so any of the writes will do.
/// - **Nothing listed, nothing named otherwise.** Keys are all that is ever asked for; no name from a client reaches a store.
/// - **Faults** are [`io::Error`]s. No room (now) is [`io::ErrorKind::StorageFull`]: the caller keeps its file and tries again later.
///   Absence is no fault: it is `None` or `false`.
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
}
