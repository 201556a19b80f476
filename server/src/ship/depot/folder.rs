//! Segments in a folder.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;

use super::Depot;
use crate::app::or_absent;

/// What is not whole yet begins so.
const PART: &str = ".part-";

/// A folder. Several processes may use it.
#[derive(Debug, Clone)]
pub struct Folder(Arc<Path>);

impl Folder {
    /// The folder, made where it is not there, for its owner alone. Sweeps what a crash left half written.
    pub fn open(path: &Path) -> io::Result<Self> {
        crate::app::make_private(path)?;
        for entry in fs::read_dir(path)? {
            let path = entry?.path();
            let half = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PART));
            // Whoever writes it holds its lock: a file without one is a dead process's.
            if half && File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
                or_absent(fs::remove_file(&path))?;
            }
        }
        Ok(Self(path.into()))
    }

    /// One that is there: to read from.
    pub fn existing(path: &Path) -> io::Result<Self> {
        if path.is_dir() { Ok(Self(path.into())) } else { Err(ErrorKind::NotFound.into()) }
    }

    fn put_now(&self, name: &str, file: &[u8]) -> io::Result<bool> {
        let (path, part) = (self.0.join(name), self.part(name));
        let mut open = File::create(&part)?;
        // Only a sweep may hold it, for a moment; then this fails, and is tried again.
        open.try_lock().map_err(|_| io::Error::from(ErrorKind::ResourceBusy))?;
        open.write_all(file)?;
        open.sync_all()?;
        // A second name, unlike a new name, is never given over one that is there.
        let new = match fs::hard_link(&part, &path) {
            Ok(()) => true,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
            Err(_) if path.exists() => false,
            // A file system that knows no second names.
            Err(_) => fs::rename(&part, &path).map(|()| true)?,
        };
        or_absent(fs::remove_file(&part))?;
        File::open(&self.0)?.sync_all()?;
        Ok(new)
    }

    /// One of each process, so that two do not write into one file.
    fn part(&self, name: &str) -> PathBuf {
        self.0.join(format!("{PART}{}-{name}", std::process::id()))
    }
}

#[async_trait]
impl Depot for Folder {
    async fn put_new(&self, name: &str, file: Vec<u8>) -> io::Result<bool> {
        let (folder, name) = (self.clone(), name.to_owned());
        tokio::task::spawn_blocking(move || folder.put_now(&name, &file)).await.map_err(io::Error::other)?
    }

    async fn get(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match tokio::fs::read(self.0.join(name)).await {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        let mut entries = tokio::fs::read_dir(&self.0).await?;
        while let Some(entry) = entries.next_entry().await? {
            names.extend(entry.file_name().into_string().ok());
        }
        names.sort_unstable();
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_there_is_never_written_over_and_nothing_half_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let depot = Folder::open(&dir.path().join("log")).unwrap();
        assert!(depot.put_new("b", b"one".to_vec()).await.unwrap());
        assert!(!depot.put_new("b", b"two".to_vec()).await.unwrap());
        assert!(depot.put_new("a", b"three".to_vec()).await.unwrap());
        assert_eq!(depot.get("b").await.unwrap().as_deref(), Some(&b"one"[..]));
        assert_eq!(depot.get("c").await.unwrap(), None);
        assert_eq!(depot.list().await.unwrap(), ["a", "b"]);
        assert!(Folder::existing(&dir.path().join("none")).is_err());

        let (dead, live) = (depot.0.join(".part-1-c"), depot.0.join(".part-2-c"));
        fs::write(&dead, b"half").unwrap();
        let writing = File::create(&live).unwrap();
        writing.try_lock().unwrap();
        Folder::open(&depot.0).unwrap();
        assert!(!dead.exists() && live.exists(), "what is being written stays");
    }
}
