//! Work done after a commit: one worker that runs what the outbox holds, kind by kind, many at a time.

use std::{sync::Arc, time::Duration};

use crate::{
    app::now_ms,
    storage::{
        Db,
        jobs::{self, JobHandler},
    },
};

/// How long the worker waits between looks. Jobs are written by other servers too, so it looks; and while evidence streams in, what hangs on
/// a member's day is derived once for all that came meanwhile, not once for each piece.
const PAUSE: Duration = Duration::from_millis(150);
/// Jobs taken at once.
const BATCH: u64 = 500;

/// Runs jobs until the server stops.
pub async fn run(db: Db, handlers: Vec<Arc<dyn JobHandler>>) {
    loop {
        match once(&db, &handlers).await {
            // A full batch: more is waiting than came meanwhile.
            Ok(done) if done as u64 >= BATCH => continue,
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "jobs cannot be read; trying again"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Runs what is due of each kind once; gives how many jobs there were.
pub async fn once(db: &Db, handlers: &[Arc<dyn JobHandler>]) -> Result<usize, sea_orm::DbErr> {
    let mut done = 0;
    let kinds = jobs::due_kinds(db, now_ms()).await?;
    for handler in handlers.iter().filter(|handler| kinds.iter().any(|kind| kind == handler.kind())) {
        done += jobs::run_due(db, &**handler, BATCH, now_ms()).await?;
    }
    Ok(done)
}
