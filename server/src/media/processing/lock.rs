//! Of all servers one worker at a time is at a photo. It holds a lock on a file, which the system takes back however the worker ends: a lease
//! alone would be another's while a slow one is still at work.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::MetadataExt as _,
    path::PathBuf,
};

use sync_protocol::Hash;

use crate::{
    app::or_absent,
    media::{blobs::folder::blocking, inbox::Inbox},
};

/// Held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    /// Closing it gives the lock up, after its name is gone.
    _file: File,
    path: PathBuf,
}

/// Takes the lock of that photo; none where somebody holds it.
pub async fn take(beside: &Inbox, photo: &Hash) -> io::Result<Option<Lock>> {
    let path = beside.folder().join(format!("{}.lock", hex::encode(photo)));
    blocking(move || {
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        loop {
            let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // Whoever held it until now removed the file, and somebody may have made another of that name.
            let named = or_absent(fs::metadata(&path))?;
            if named.is_some_and(|named| file.metadata().is_ok_and(|this| this.ino() == named.ino())) {
                return Ok(Some(Lock { _file: file, path }));
            }
        }
    })
    .await
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A file that stays is taken by whoever comes next.
        let _ = fs::remove_file(&self.path);
    }
}
