//! Bringing all photos from one store into another, with the renditions that lie among them: while a server works on either, and again after
//! it was cut short.
//!
//! A photo is named by its bytes and never changes, so what is there of the right size is done with. What is not is read and hashed on its way
//! out, put, and read and hashed once more where it arrived.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use futures::{StreamExt as _, stream};
use sha2::{Digest as _, Sha256};
use sync_protocol::Hash;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::blobs::{BlobStore, Reader};

/// So many are under way at once: a store far away answers slowly.
const AT_ONCE: usize = 4;
/// What is read at a time.
const BUFFER_BYTES: usize = 64 << 10;

/// How far it is.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Photos and renditions brought now.
    pub copied: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Those that were there already.
    pub there: u64,
    /// What is wrong, a sentence each. Such files are not copied.
    pub faults: Vec<String>,
}

/// Files in between. One copy at a time uses the folder.
pub struct Aside {
    folder: PathBuf,
    /// The system lets go of it however the process ends.
    _lock: File,
}

impl Aside {
    /// In that folder, which is made. What an earlier copy left there goes.
    pub fn open(folder: PathBuf) -> anyhow::Result<Self> {
        crate::app::make_private(&folder)?;
        let lock = File::create(folder.join(".lock"))?;
        ensure!(lock.try_lock().is_ok(), "another copy is under way in {}", folder.display());
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e == "part") {
                fs::remove_file(path)?;
            }
        }
        Ok(Self { folder, _lock: lock })
    }
}

/// Brings them, in the order of their hashes. `check`: those that are there already are read and hashed too. `progress` is told after each
/// list of some thousand.
pub async fn copy(
    from: &dyn BlobStore,
    to: &dyn BlobStore,
    aside: &Aside,
    check: bool,
    mut progress: impl FnMut(&Copied),
) -> anyhow::Result<Copied> {
    let mut done = Copied::default();
    let mut after: Option<Hash> = None;
    loop {
        let page = from.list(after.as_ref()).await.context("listing what is to be copied")?;
        let Some((last, _)) = page.last() else { return Ok(done) };
        after = Some(*last);
        let work = page.into_iter().map(|(key, size)| async move {
            let fate = one(from, to, (&key, size), &aside.folder, check).await;
            fate.with_context(|| format!("photo {}", hex::encode(key))).map(|fate| (key, size, fate))
        });
        let mut fates = stream::iter(work).buffer_unordered(AT_ONCE);
        while let Some(fate) = fates.next().await {
            let (key, size, fate) = fate?;
            match fate {
                Fate::Copied => (done.copied, done.bytes) = (done.copied + 1, done.bytes + size),
                Fate::There => done.there += 1,
                Fate::Gone => {}
                Fate::Wrong(what) => done.faults.push(format!("photo {} {what}", hex::encode(key))),
            }
        }
        progress(&done);
    }
}

enum Fate {
    Copied,
    There,
    /// Deleted since it was listed.
    Gone,
    Wrong(&'static str),
}

async fn one(
    from: &dyn BlobStore,
    to: &dyn BlobStore,
    (key, size): (&Hash, u64),
    aside: &Path,
    check: bool,
) -> io::Result<Fate> {
    if to.size(key).await? == Some(size) {
        let whole = !check || arrived(to, key).await?;
        return Ok(if whole { Fate::There } else { Fate::Wrong("is damaged where it is to go") });
    }
    let part = aside.join(format!("{}.part", hex::encode(key)));
    let Some(found) = fetch(from, key, &part).await? else { return Ok(Fate::Gone) };
    if found != *key {
        tokio::fs::remove_file(&part).await?;
        return Ok(Fate::Wrong("is damaged where it comes from, and was not copied"));
    }
    to.put(key, &part).await?;
    Ok(if arrived(to, key).await? { Fate::Copied } else { Fate::Wrong("arrived damaged") })
}

/// Lays a photo's bytes, durably, into that file; gives their hash, none where there are none.
async fn fetch(from: &dyn BlobStore, key: &Hash, part: &Path) -> io::Result<Option<Hash>> {
    // On one disk a second name costs nothing.
    if from.local(key).is_some_and(|path| fs::hard_link(path, part).is_ok()) {
        return read(Box::pin(tokio::fs::File::open(part).await?), None).await.map(Some);
    }
    let Some(bytes) = from.open(key, 0..u64::MAX).await? else { return Ok(None) };
    let mut file = tokio::fs::File::create(part).await?;
    let hash = read(bytes, Some(&mut file)).await?;
    file.sync_all().await?;
    Ok(Some(hash))
}

async fn arrived(to: &dyn BlobStore, key: &Hash) -> io::Result<bool> {
    let Some(bytes) = to.open(key, 0..u64::MAX).await? else { return Ok(false) };
    Ok(read(bytes, None).await? == *key)
}

/// The hash of all the bytes, which are written on their way.
async fn read(mut bytes: Reader, mut to: Option<&mut tokio::fs::File>) -> io::Result<Hash> {
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; BUFFER_BYTES]);
    loop {
        let n = bytes.read(&mut buffer).await?;
        if n == 0 {
            break;
        }
        hasher.update(&buffer[..n]);
        if let Some(file) = &mut to {
            file.write_all(&buffer[..n]).await?;
        }
    }
    if let Some(file) = to {
        file.flush().await?;
    }
    Ok(hasher.finalize().into())
}
