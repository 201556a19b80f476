//! What a process takes of the machine, as Linux tells.

use std::path::Path;

use anyhow::{Context as _, Result};
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use zhucun::storage::Db;

use crate::server::Server;

/// Resident memory of a process, bytes.
pub fn memory(process: u32) -> Result<u64> {
    kib_of(process, "VmRSS:")
}

/// The most memory that was resident at any time, bytes.
pub fn most_memory(process: u32) -> Result<u64> {
    kib_of(process, "VmHWM:")
}

fn kib_of(process: u32, name: &str) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("no {name}"))?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}

/// What a server's database takes of the disk.
#[derive(Debug, Clone, Copy)]
pub struct Disk {
    /// Its files now, bytes.
    pub files: u64,
    /// All that was written to it since it began: by the server on SQLite, of PostgreSQL its log alone. Bytes.
    pub written: u64,
}

impl Disk {
    /// As it is now.
    pub async fn of(server: &Server, db: &Db) -> Result<Self> {
        if db.backend() == DbBackend::Postgres {
            let sql = "SELECT pg_database_size(current_database()) AS files, \
                       pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint AS written";
            let row =
                db.read.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?.context("a row")?;
            let bytes = |name: &str| anyhow::Ok(u64::try_from(row.try_get::<i64>("", name)?)?);
            return Ok(Self { files: bytes("files")?, written: bytes("written")? });
        }
        let size = |name: &str| std::fs::metadata(server.data().join(name)).map_or(0, |file| file.len());
        let process = server.process().context("the server runs")?;
        let io = std::fs::read_to_string(Path::new("/proc").join(process.to_string()).join("io"))?;
        let written = io.lines().find_map(|line| line.strip_prefix("write_bytes: ")).context("no write_bytes")?;
        Ok(Self { files: size("zhucun.db") + size("zhucun.db-wal"), written: written.parse()? })
    }
}
