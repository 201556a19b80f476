//! The folder of backups: which are there, how they are named, and that one is taken at a time.

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use sha2::{Digest as _, Sha256};

use super::manifest::{FORM, Manifest};

/// The database's file in a backup.
pub const DATABASE: &str = "zhucun.db";
/// What a backup says of itself.
pub const MANIFEST: &str = "manifest.json";
/// Photos, beside the backups.
pub const PHOTOS: &str = "media";
/// Backups begin so; after it comes the UTC time, so that names sort by age.
const PREFIX: &str = "backup-";
/// What is not whole yet begins so.
const UNFINISHED: &str = ".taking-";

/// The name of a backup taken then.
pub fn name(taken_ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(taken_ms).unwrap_or_default();
    format!("{PREFIX}{}", at.strftime("%Y%m%dT%H%M%S.%3fZ"))
}

/// The backups in that folder, the oldest first. Those that are not whole have no such name.
pub fn backups(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if !folder.exists() {
        return Ok(found);
    }
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        if path.file_name().is_some_and(|n| n.to_string_lossy().starts_with(PREFIX)) && path.join(MANIFEST).is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Reads a backup's manifest, and checks that its file is the one that was written.
pub fn read(backup: &Path) -> anyhow::Result<Manifest> {
    let path = backup.join(MANIFEST);
    let text = fs::read_to_string(&path).with_context(|| format!("{} is no backup", backup.display()))?;
    let manifest: Manifest =
        serde_json::from_str(&text).with_context(|| format!("{} cannot be read", path.display()))?;
    ensure!(manifest.backup == FORM, "{} has form {}; this build reads form {FORM}", backup.display(), manifest.backup);
    let file = backup.join(DATABASE);
    ensure!(hash(&file)?.0 == manifest.sha256, "{} is not the file that was backed up", file.display());
    Ok(manifest)
}

/// SHA-256 of a file, hex, and its size.
pub fn hash(file: &Path) -> anyhow::Result<(String, u64)> {
    let mut open = File::open(file).with_context(|| format!("reading {}", file.display()))?;
    let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 20]);
    loop {
        match open.read(&mut buffer)? {
            0 => return Ok((hex::encode(hash.finalize()), bytes)),
            n => {
                hash.update(&buffer[..n]);
                bytes += n as u64;
            }
        }
    }
}

/// A backup being taken: a folder that becomes one whole, or goes.
pub struct Unfinished {
    folder: PathBuf,
    path: PathBuf,
    /// Held while it is taken. The system lets go of it however the process ends.
    _lock: File,
}

impl Unfinished {
    /// Begins one in that folder of backups; what a crash left of an earlier one goes.
    pub fn begin(folder: &Path, random: [u8; 8]) -> anyhow::Result<Self> {
        let lock = File::create(folder.join(".lock"))?;
        ensure!(lock.try_lock().is_ok(), "another backup is being taken into {}", folder.display());
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.file_name().is_some_and(|n| n.to_string_lossy().starts_with(UNFINISHED)) {
                fs::remove_dir_all(path)?;
            }
        }
        let path = folder.join(format!("{UNFINISHED}{}", hex::encode(random)));
        fs::create_dir(&path)?;
        Ok(Self { folder: folder.to_owned(), path, _lock: lock })
    }

    /// Where its files go.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// It is whole: it gets its manifest and its name, durably.
    pub fn finish(self, manifest: &Manifest) -> anyhow::Result<PathBuf> {
        let mut file = File::create(self.path.join(MANIFEST))?;
        file.write_all(&serde_json::to_vec_pretty(manifest)?)?;
        file.sync_all()?;
        File::open(self.path.join(DATABASE))?.sync_all()?;
        File::open(&self.path)?.sync_all()?;
        let named = self.folder.join(name(manifest.taken_ms));
        fs::rename(&self.path, &named)?;
        File::open(&self.folder)?.sync_all()?;
        Ok(named)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After a good end it is not there any more; after a bad one the next backup tries again to remove it.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes all but the newest; gives those removed.
pub fn keep(folder: &Path, newest: usize) -> anyhow::Result<Vec<PathBuf>> {
    let mut all = backups(folder)?;
    all.truncate(all.len().saturating_sub(newest.max(1)));
    for old in &all {
        fs::remove_dir_all(old).with_context(|| format!("removing {}", old.display()))?;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(taken_ms: i64, sha256: String) -> Manifest {
        let summary = crate::backup::manifest::Summary::default();
        let version = "0".to_owned();
        Manifest { backup: FORM, version, taken_ms, sha256, bytes: 2, summary, photos: 0, photos_missing: 0 }
    }

    fn take(folder: &Path, taken_ms: i64) -> PathBuf {
        let unfinished = Unfinished::begin(folder, [1; 8]).unwrap();
        fs::write(unfinished.path().join(DATABASE), b"db").unwrap();
        let (sha256, _) = hash(&unfinished.path().join(DATABASE)).unwrap();
        unfinished.finish(&manifest(taken_ms, sha256)).unwrap()
    }

    #[test]
    fn a_backup_is_there_whole_or_not_at_all_and_the_newest_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let cut = Unfinished::begin(dir.path(), [1; 8]).unwrap();
        assert!(Unfinished::begin(dir.path(), [2; 8]).is_err(), "one at a time");
        drop(cut);
        fs::create_dir(dir.path().join(".taking-crashed")).unwrap();
        let (old, new) = (take(dir.path(), 1_780_000_000_000), take(dir.path(), 1_780_000_001_000));
        assert_eq!(backups(dir.path()).unwrap(), [old.clone(), new.clone()]);
        assert!(!dir.path().join(".taking-crashed").exists());
        assert_eq!(read(&old).unwrap().taken_ms, 1_780_000_000_000);
        assert_eq!(keep(dir.path(), 1).unwrap(), [old]);
        fs::write(new.join(DATABASE), b"dB").unwrap();
        assert!(read(&new).unwrap_err().to_string().contains("not the file that was backed up"));
    }
}
