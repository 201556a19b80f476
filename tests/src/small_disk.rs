//! A real disk that is soon full: a tmpfs of its own, gone when the test process is, however it ends.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, ErrorKind, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

/// Says `mounted`, and waits for the end of its standard input, which comes when the test process ends.
const HOLD: &str = r#"
mount -t tmpfs -o "size=$2,mode=777" small-disk "$1" && echo mounted
trap '' INT TERM
cat >/dev/null
umount -l "$1"
"#;

/// The disk.
pub struct SmallDisk {
    path: PathBuf,
    // In this order: what holds it lets go before the folder goes.
    holder: Child,
    _folder: TempDir,
}

/// What takes up the room that is left on a disk.
pub struct Ballast(PathBuf);

impl SmallDisk {
    /// A disk of so many bytes. Who may not mount one gets it in a namespace of its own, and reaches it through the process that holds it.
    pub fn new(bytes: u64) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("zhucun-disk-").tempdir()?;
        let is_root = Command::new("id").arg("-u").output()?.stdout.starts_with(b"0\n");
        let mut command = Command::new(if is_root { "sh" } else { "unshare" });
        if !is_root {
            command.args(["-rm", "sh"]);
        }
        command.args(["-c", HOLD, "small-disk"]).arg(folder.path()).arg(bytes.to_string());
        let mut holder = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut said = String::new();
        BufReader::new(holder.stdout.take().context("its output")?).read_line(&mut said)?;
        ensure!(said == "mounted\n", "no disk can be mounted here, neither as root nor by unshare -rm: {said}");
        let path = match is_root {
            true => folder.path().to_owned(),
            false => {
                Path::new("/proc").join(holder.id().to_string()).join("root").join(folder.path().strip_prefix("/")?)
            }
        };
        Ok(Self { path, holder, _folder: folder })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes up all the room that is left.
    pub fn fill(&self) -> Result<Ballast> {
        let path = self.path.join("ballast");
        let mut file = File::create(&path)?;
        let mut piece = vec![0; 1 << 20];
        while !piece.is_empty() {
            match file.write_all(&piece) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => piece.truncate(piece.len() / 2),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Ballast(path))
    }
}

impl Ballast {
    /// Makes room again.
    pub fn remove(self) -> Result<()> {
        Ok(fs::remove_file(&self.0)?)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // The end of its input is what it waits for.
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}
