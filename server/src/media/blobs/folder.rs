//! Blobs in a folder: `<root>/abc/<64 hex digits>`, `abc` being the first three of them.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, ErrorKind, Seek as _, SeekFrom},
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use sync_protocol::{Hash, ids::lower_hex};
use tokio::io::AsyncReadExt as _;

use super::{BlobStore, Reader};
use crate::app::or_absent;

/// Copies from other file systems, until they are whole.
const TEMP: &str = "tmp";
/// 4,096 folders: ten million photos are some 2,400 a folder, and the first ten thousand make no more folders than that.
const FAN_OUT_DIGITS: usize = 3;
/// A list of keys ends with the folder in which it has come to so many.
const PAGE: usize = 1_000;

/// A [`BlobStore`] in a folder. Several processes may share one.
#[derive(Debug, Clone)]
pub struct FolderStore {
    root: Arc<Path>,
}

impl FolderStore {
    /// The store in that folder, which is made if it is not there. Sweeps what a crash left half copied.
    pub fn open(root: impl Into<PathBuf>) -> io::Result<Self> {
        let root: PathBuf = root.into();
        fs::create_dir_all(root.join(TEMP))?;
        sync_folder(&root)?;
        let store = Self { root: root.into() };
        store.sweep_now()?;
        Ok(store)
    }

    fn sweep_now(&self) -> io::Result<usize> {
        let mut swept = 0;
        for entry in fs::read_dir(self.root.join(TEMP))? {
            let path = entry?.path();
            // Whoever copies holds the lock: a file without one is a dead process's.
            if File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) && remove(&path)? {
                swept += 1;
            }
        }
        Ok(swept)
    }

    fn list_now(&self, after: Option<Hash>) -> io::Result<Vec<(Hash, u64)>> {
        let last = after.map(hex::encode).unwrap_or_default();
        let mut folders = names(&self.root)?;
        folders.retain(|name| is_fan(name) && name.as_str() >= last.get(..FAN_OUT_DIGITS).unwrap_or_default());
        let mut found = Vec::new();
        for folder in folders {
            let folder = self.root.join(folder);
            for key in names(&folder)?.iter().filter_map(|name| lower_hex(name)).filter(|key| Some(*key) > after) {
                // Deleted meanwhile, it is none.
                found.extend(or_absent(fs::metadata(folder.join(hex::encode(key))))?.map(|m| (key, m.len())));
            }
            if found.len() >= PAGE {
                break;
            }
        }
        Ok(found)
    }

    fn path(&self, key: &Hash) -> PathBuf {
        let name = hex::encode(key);
        self.root.join(&name[..FAN_OUT_DIGITS]).join(name)
    }

    fn put_now(&self, key: &Hash, file: &Path) -> io::Result<()> {
        let path = self.path(key);
        let folder = path.parent().expect("a blob lies in a folder");
        let size = fs::metadata(file)?.len();
        if fs::metadata(&path).is_ok_and(|there| there.len() == size) {
            // Whoever put it may not have come as far as this yet.
            sync_folder(folder)?;
            return remove(file).map(drop);
        }
        match fs::create_dir(folder) {
            Ok(()) => sync_folder(&self.root)?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        match fs::rename(file, &path) {
            // That it is gone where it was need not be durable: found there again, it is put again.
            Ok(()) => sync_folder(folder),
            Err(error) if error.kind() == ErrorKind::CrossesDevices => {
                self.copy(file, &path)?;
                sync_folder(folder)?;
                remove(file).map(drop)
            }
            Err(error) => Err(error),
        }
    }

    fn copy(&self, from: &Path, to: &Path) -> io::Result<()> {
        let temp = self.root.join(TEMP).join(hex::encode(rand::random::<[u8; 16]>()));
        let copied = (|| {
            let mut file = OpenOptions::new().write(true).create_new(true).open(&temp)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) => return Err(ErrorKind::ResourceBusy.into()),
            }
            io::copy(&mut File::open(from)?, &mut file)?;
            file.sync_all()?;
            fs::rename(&temp, to)
        })();
        if copied.is_err() {
            remove(&temp)?;
        }
        copied
    }
}

#[async_trait]
impl BlobStore for FolderStore {
    async fn put(&self, key: &Hash, file: &Path) -> io::Result<()> {
        let (store, key, file) = (self.clone(), *key, file.to_owned());
        blocking(move || store.put_now(&key, &file)).await
    }

    async fn size(&self, key: &Hash) -> io::Result<Option<u64>> {
        let path = self.path(key);
        blocking(move || Ok(or_absent(fs::metadata(path))?.map(|m| m.len()))).await
    }

    async fn open(&self, key: &Hash, range: Range<u64>) -> io::Result<Option<Reader>> {
        let path = self.path(key);
        let opened = blocking(move || {
            let Some(mut file) = or_absent(File::open(path))? else { return Ok(None) };
            file.seek(SeekFrom::Start(range.start))?;
            Ok(Some((file, range.end.saturating_sub(range.start))))
        });
        let Some((file, length)) = opened.await? else { return Ok(None) };
        Ok(Some(Box::pin(tokio::fs::File::from_std(file).take(length))))
    }

    fn local(&self, key: &Hash) -> Option<PathBuf> {
        Some(self.path(key)).filter(|path| path.is_file())
    }

    async fn delete(&self, key: &Hash) -> io::Result<bool> {
        let path = self.path(key);
        blocking(move || {
            let was = remove(&path)?;
            if was {
                path.parent().map_or(Ok(()), sync_folder)?;
            }
            Ok(was)
        })
        .await
    }

    async fn list(&self, after: Option<&Hash>) -> io::Result<Vec<(Hash, u64)>> {
        let (store, after) = (self.clone(), after.copied());
        blocking(move || store.list_now(after)).await
    }

    async fn sweep(&self, _now_ms: i64) -> io::Result<usize> {
        let store = self.clone();
        blocking(move || store.sweep_now()).await
    }
}

/// The names in a folder, sorted.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in or_absent(fs::read_dir(folder))?.into_iter().flatten() {
        names.extend(entry?.file_name().into_string().ok());
    }
    names.sort_unstable();
    Ok(names)
}

/// Whether blobs lie in folders of that name.
fn is_fan(name: &str) -> bool {
    name.len() == FAN_OUT_DIGITS && name.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Runs disk work where it may block.
pub(in crate::media) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

/// Makes the names in a folder durable.
pub(in crate::media) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Removes a file; gives whether it was there.
pub(in crate::media) fn remove(path: &Path) -> io::Result<bool> {
    Ok(or_absent(fs::remove_file(path))?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_a_crash_left_half_copied_is_swept_at_start_and_what_is_being_copied_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let temp = dir.path().join(TEMP);
        fs::create_dir_all(&temp).unwrap();
        fs::write(temp.join("dead"), b"half").unwrap();
        let live = File::create(temp.join("live")).unwrap();
        live.try_lock().unwrap();
        FolderStore::open(dir.path()).unwrap();
        assert!(!temp.join("dead").exists());
        assert!(temp.join("live").exists());
    }

    #[tokio::test]
    async fn a_copy_from_another_file_system_is_whole_or_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let store = FolderStore::open(dir.path()).unwrap();
        let from = dir.path().join("from");
        fs::write(&from, b"bytes").unwrap();
        let to = dir.path().join("to");
        store.copy(&from, &to).unwrap();
        assert_eq!(fs::read(&to).unwrap(), b"bytes");
        assert!(store.copy(&dir.path().join("absent"), &to).is_err());
        assert_eq!(fs::read_dir(dir.path().join(TEMP)).unwrap().count(), 0, "a failed copy leaves nothing");
        assert_eq!(fs::read(&to).unwrap(), b"bytes");
    }

    #[tokio::test]
    async fn a_damaged_blob_is_replaced_by_a_whole_one() {
        let dir = tempfile::tempdir().unwrap();
        let store = FolderStore::open(dir.path()).unwrap();
        let key = sync_protocol::ids::sha256(&[b"bytes"]);
        fs::create_dir_all(store.path(&key).parent().unwrap()).unwrap();
        fs::write(store.path(&key), b"byt").unwrap();
        let file = dir.path().join("file");
        fs::write(&file, b"bytes").unwrap();
        store.put(&key, &file).await.unwrap();
        assert_eq!(store.size(&key).await.unwrap(), Some(5));
    }
}
