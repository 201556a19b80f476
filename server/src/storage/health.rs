//! Whether the database can be worked with.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr};

use super::Db;

/// Why the database is not ready.
#[derive(Debug, thiserror::Error)]
pub enum NotReady {
    /// It does not answer.
    #[error("the database does not answer")]
    Read(#[source] DbErr),
    /// It cannot be written.
    #[error("the database cannot be written")]
    Write(#[source] DbErr),
    /// It answered in no time that a client would wait.
    #[error("the database did not answer in time")]
    Slow,
}

/// Reads, and waits for its turn to write (writers queue, so that a stuck one shows), both within `patience`.
pub async fn ready(db: &Db, patience: Duration) -> Result<(), NotReady> {
    let both = async {
        db.read.execute_unprepared("SELECT 1").await.map_err(NotReady::Read)?;
        let tx = db.begin().await.map_err(NotReady::Write)?;
        tx.rollback().await.map_err(NotReady::Write)
    };
    tokio::time::timeout(patience, both).await.unwrap_or(Err(NotReady::Slow))
}
