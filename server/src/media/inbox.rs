//! The files of uploads under way: `<folder>/<id>`. An upload is as far as its file is long. A lock on the file, which a dead process
//! gives up by itself, keeps two requests (or two server processes on one folder) from writing one upload.

use std::{
    fs::{self, File, Metadata, OpenOptions, TryLockError},
    io::{self, Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::UNIX_EPOCH,
};

use sha2::{Digest as _, Sha256};
use sync_protocol::Hash;

use super::{
    blobs::folder::{blocking, remove, sync_folder},
    sniff,
    tus::UploadId,
};
use crate::app::or_absent;

/// How many bytes may be written before they are made durable. After a power cut no more than these are sent again.
const SYNC_EVERY_BYTES: u64 = 8 << 20;

/// The folder.
#[derive(Debug, Clone)]
pub struct Inbox {
    dir: Arc<Path>,
}

/// Whether an upload's file could be taken.
#[derive(Debug)]
pub enum Taken {
    /// It is held: nobody else writes it.
    Held(Held),
    /// Someone else holds it.
    Busy,
    /// There is no such file.
    Absent,
}

/// A file held for writing. Dropping gives it up.
#[derive(Debug)]
pub struct Held {
    file: File,
    path: PathBuf,
    length: u64,
    synced: u64,
    touched_ms: i64,
    /// What passed through here, as long as that is all there is.
    seen: Option<Seen>,
}

/// What the bytes of a file come to.
#[derive(Debug, Clone, Default)]
struct Seen {
    hasher: Sha256,
    head: Vec<u8>,
}

impl Seen {
    fn add(&mut self, bytes: &[u8]) {
        let missing = sniff::LOOKS_AT.saturating_sub(self.head.len());
        self.head.extend_from_slice(&bytes[..missing.min(bytes.len())]);
        self.hasher.update(bytes);
    }

    fn end(self) -> (Hash, &'static str) {
        (self.hasher.finalize().into(), sniff::media_type(&self.head))
    }
}

/// A file that waits.
#[derive(Debug, Clone, Copy)]
pub struct Waiting {
    /// Of which upload.
    pub id: UploadId,
    /// When it last grew, ms.
    pub touched_ms: i64,
}

impl Inbox {
    /// In that folder, which is made when the first upload begins.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into().into() }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.dir
    }

    /// Where the file of that upload is.
    pub fn path(&self, id: UploadId) -> PathBuf {
        self.dir.join(id.to_string())
    }

    /// Begins an upload, durably.
    pub async fn create(&self, id: UploadId) -> io::Result<()> {
        let (path, dir) = (self.path(id), self.dir.clone());
        blocking(move || {
            fs::create_dir_all(&dir)?;
            OpenOptions::new().write(true).create_new(true).open(path)?;
            sync_folder(&dir)
        })
        .await
    }

    /// Takes the file for writing. What it holds is durable then.
    pub async fn take(&self, id: UploadId) -> io::Result<Taken> {
        let path = self.path(id);
        blocking(move || {
            let Some(file) = or_absent(OpenOptions::new().read(true).append(true).open(&path))? else {
                return Ok(Taken::Absent);
            };
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(Taken::Busy),
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // Whoever held it until now may have finished it. An id is never used again, so what has its name is this file.
            if !path.try_exists()? {
                return Ok(Taken::Absent);
            }
            // A process that died may have left bytes that were not durable yet; from here on, what is told as offset is.
            file.sync_data()?;
            Held::of(file, path).map(Taken::Held)
        })
        .await
    }

    /// Begins an upload with the bytes of these, in that order, durably; none if one of them is not there (any more). Where the file system can
    /// it shares their blocks, and else it copies them without bringing them into this process.
    pub async fn join(&self, id: UploadId, parts: &[UploadId]) -> io::Result<Option<Held>> {
        let (path, dir) = (self.path(id), self.dir.clone());
        let parts: Vec<PathBuf> = parts.iter().map(|part| self.path(*part)).collect();
        blocking(move || {
            // Not for appending, which the system does not share blocks into.
            let mut file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
            file.lock()?;
            let joined = (|| {
                for part in &parts {
                    let Some(mut part) = or_absent(File::open(part))? else { return Ok(false) };
                    io::copy(&mut part, &mut file)?;
                }
                file.sync_data()?;
                sync_folder(&dir).map(|()| true)
            })();
            if !matches!(joined, Ok(true)) {
                remove(&path)?;
            }
            Ok(if joined? { Some(Held::of(file, path)?) } else { None })
        })
        .await
    }

    /// Removes the file of an upload that is another's part now.
    pub async fn remove(&self, id: UploadId) -> io::Result<()> {
        let path = self.path(id);
        blocking(move || remove(&path).map(drop)).await
    }

    /// How long the file is now, whoever writes it.
    pub async fn length(&self, id: UploadId) -> io::Result<Option<u64>> {
        let path = self.path(id);
        blocking(move || Ok(or_absent(fs::metadata(path))?.map(|m| m.len()))).await
    }

    /// All files.
    pub async fn waiting(&self) -> io::Result<Vec<Waiting>> {
        let dir = self.dir.clone();
        blocking(move || {
            let mut found = Vec::new();
            for entry in or_absent(fs::read_dir(dir))?.into_iter().flatten() {
                let entry = entry?;
                let Some(id) = entry.file_name().to_str().and_then(UploadId::parse) else { continue };
                let Some(metadata) = or_absent(entry.metadata())? else { continue };
                found.push(Waiting { id, touched_ms: touched_ms(&metadata)? });
            }
            Ok(found)
        })
        .await
    }
}

fn touched_ms(metadata: &Metadata) -> io::Result<i64> {
    let age = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(age.as_millis().try_into().unwrap_or(i64::MAX))
}

impl Held {
    /// A file that is locked and durable.
    fn of(file: File, path: PathBuf) -> io::Result<Self> {
        let metadata = file.metadata()?;
        let (length, touched_ms) = (metadata.len(), touched_ms(&metadata)?);
        let seen = (length == 0).then(Seen::default);
        Ok(Self { file, path, length, synced: length, touched_ms, seen })
    }

    /// When it last grew, ms.
    pub fn touched_ms(&self) -> i64 {
        self.touched_ms
    }

    /// How many bytes there are.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends; gives itself and the emptied buffer back. What a failed write left is a beginning of what was to be written, and stays.
    pub async fn write(mut self, mut bytes: Vec<u8>) -> io::Result<(Self, Vec<u8>, io::Result<()>)> {
        blocking(move || {
            let written = self.file.write_all(&bytes);
            let metadata = self.file.metadata()?;
            (self.length, self.touched_ms) = (metadata.len(), touched_ms(&metadata)?);
            match (&mut self.seen, &written) {
                (Some(seen), Ok(())) => seen.add(&bytes),
                (seen, _) => *seen = None,
            }
            bytes.clear();
            let done = match written {
                Ok(()) if self.length - self.synced >= SYNC_EVERY_BYTES => self.sync_now(),
                other => other,
            };
            Ok((self, bytes, done))
        })
        .await
    }

    /// Makes durable what there is. Where that fails nobody knows what of the unsynced bytes is on the disk: they are dropped.
    pub async fn sync(mut self) -> io::Result<(Self, io::Result<()>)> {
        blocking(move || {
            let synced = self.sync_now();
            Ok((self, synced))
        })
        .await
    }

    /// Drops all behind that length, durably.
    pub async fn cut_back(mut self, length: u64) -> io::Result<Self> {
        blocking(move || {
            self.file.set_len(length)?;
            self.file.sync_data()?;
            (self.length, self.synced, self.seen) = (length, length, None);
            Ok(self)
        })
        .await
    }

    fn sync_now(&mut self) -> io::Result<()> {
        if let Err(error) = self.file.sync_data() {
            self.file.set_len(self.synced)?;
            (self.length, self.seen) = (self.synced, None);
            return Err(error);
        }
        self.synced = self.length;
        Ok(())
    }

    /// Its SHA-256, and what its beginning shows it to be. Read from the disk where not all of it just came by here: it may have been written
    /// in pieces, by several processes.
    pub async fn examine(mut self) -> io::Result<(Self, Hash, &'static str)> {
        if let Some(seen) = self.seen.take() {
            let (hash, media_type) = seen.end();
            return Ok((self, hash, media_type));
        }
        blocking(move || {
            self.file.rewind()?;
            let mut seen = Seen::default();
            let mut buffer = vec![0; 256 << 10];
            loop {
                match self.file.read(&mut buffer)? {
                    0 => break,
                    n => seen.add(&buffer[..n]),
                }
            }
            let (hash, media_type) = seen.end();
            Ok((self, hash, media_type))
        })
        .await
    }

    /// Removes the file.
    pub async fn remove(self) -> io::Result<()> {
        blocking(move || remove(&self.path).map(drop)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: UploadId = UploadId([5; 16]);

    async fn take(inbox: &Inbox) -> Held {
        let Taken::Held(held) = inbox.take(ID).await.unwrap() else { panic!("not held") };
        held
    }

    #[tokio::test]
    async fn one_writes_at_a_time_and_a_file_that_is_gone_is_absent() {
        let dir = tempfile::tempdir().unwrap();
        let inbox = Inbox::new(dir.path());
        assert!(matches!(inbox.take(ID).await.unwrap(), Taken::Absent));
        inbox.create(ID).await.unwrap();
        assert!(inbox.create(ID).await.is_err());
        let held = take(&inbox).await;
        assert!(matches!(inbox.take(ID).await.unwrap(), Taken::Busy));
        let (held, _, done) = held.write(b"abc".to_vec()).await.unwrap();
        done.unwrap();
        assert_eq!((held.length(), inbox.length(ID).await.unwrap()), (3, Some(3)));
        drop(held);
        let held = take(&inbox).await;
        let (held, hash, _) = held.write(b"def".to_vec()).await.unwrap().0.examine().await.unwrap();
        assert_eq!(hash, sync_protocol::ids::sha256(&[b"abcdef"]), "of what another wrote before as well");
        held.remove().await.unwrap();
        assert!(matches!(inbox.take(ID).await.unwrap(), Taken::Absent));
    }

    #[tokio::test]
    async fn what_is_remembered_of_bytes_is_what_the_disk_holds() {
        let dir = tempfile::tempdir().unwrap();
        let inbox = Inbox::new(dir.path());
        inbox.create(ID).await.unwrap();
        let bytes: Vec<u8> =
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".iter().copied().chain((0..100_000).map(|n| n as u8)).collect();
        let mut held = take(&inbox).await;
        for piece in [&bytes[..3], &bytes[3..70_000], &[], &bytes[70_000..]] {
            (held, ..) = held.write(piece.to_vec()).await.unwrap();
        }
        let (held, remembered, media_type) = held.examine().await.unwrap();
        drop(held);
        let (held, read, as_read) = take(&inbox).await.examine().await.unwrap();
        assert_eq!((remembered, media_type), (read, as_read));
        assert_eq!((read, as_read), (sync_protocol::ids::sha256(&[&bytes]), "image/png"));
        // What is cut back is forgotten.
        let held = held.cut_back(0).await.unwrap();
        let (held, ..) = held.write(bytes[..5].to_vec()).await.unwrap();
        let held = held.cut_back(3).await.unwrap();
        assert_eq!(held.examine().await.unwrap().1, sync_protocol::ids::sha256(&[&bytes[..3]]));
    }

    #[tokio::test]
    async fn a_full_disk_is_told() {
        if !Path::new("/dev/full").exists() {
            return;
        }
        let file = OpenOptions::new().append(true).read(true).open("/dev/full").unwrap();
        let held = Held { file, path: "/dev/full".into(), length: 0, synced: 0, touched_ms: 0, seen: None };
        let (_, _, done) = held.write(b"abc".to_vec()).await.unwrap();
        assert_eq!(done.unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
