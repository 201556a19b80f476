//! SQLite's log is copied into the database beside the commits, not by the commit that happens to fill it: there it is a tenth of all time
//! under load, and the pushes of that commit wait for it.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend};

use super::Db;

const EVERY: Duration = Duration::from_secs(2);

/// Copies what the log holds, now and then, until dropped. On PostgreSQL there is nothing to do.
pub async fn run(db: Db) {
    if db.backend() != DbBackend::Sqlite {
        return;
    }
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        // Passive: it waits for nobody, and nobody for it. What it leaves behind the next one takes.
        if let Err(error) = db.read.execute_unprepared("PRAGMA wal_checkpoint(PASSIVE)").await {
            tracing::warn!(%error, "SQLite's log could not be copied; it will be tried again");
        }
    }
}
