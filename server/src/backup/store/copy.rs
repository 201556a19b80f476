//! A database as one file.

use std::path::Path;

use sea_orm::DbBackend;

use super::{look, tables};
use crate::storage::Db;

/// Writes one state of the database, whatever kind it is, as one SQLite file. `aside` is a folder for what lies between.
pub async fn to_file(db: &Db, aside: &Path, file: &Path) -> anyhow::Result<()> {
    if db.backend() == DbBackend::Sqlite {
        return Ok(look::write_file(db, file).await?);
    }
    let between = aside.join("copying.db");
    let to = Db::open(&format!("sqlite:{}", between.display()), 1).await?;
    let (from, writing) = (db.snapshot().await?, to.begin().await?);
    tables::copy(&from, &writing).await?;
    writing.commit().await?;
    from.rollback().await?;
    look::write_file(&to, file).await?;
    to.close().await?;
    for end in ["", "-wal", "-shm"] {
        let path = aside.join(format!("copying.db{end}"));
        if path.exists() {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}
