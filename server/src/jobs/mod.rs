//! Work done after a commit: one worker that runs what the outbox holds, kind by kind, many at a time.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    app::now_ms,
    storage::{
        Db,
        jobs::{self, Batch, Done, JobHandler},
    },
};

/// How long the worker waits between looks. Jobs are written by other servers too, so it looks; and while evidence streams in, what hangs on
/// a member's day is derived once for all that came meanwhile, not once for each piece.
const PAUSE: Duration = Duration::from_millis(150);
/// Most jobs taken at once.
const BATCH: u64 = 500;
/// Fewest.
const LEAST: u64 = 8;
/// How long jobs that are done together may take while others write too. They hold what pushes wait for: SQLite's one writer, locks on scopes.
const TOGETHER: Duration = Duration::from_millis(25);
/// And while nobody does.
const ALONE: Duration = Duration::from_millis(250);

/// Runs jobs until the server stops.
pub async fn run(db: Db, handlers: Vec<Arc<dyn JobHandler>>) {
    let mut batches = HashMap::new();
    loop {
        let pause = match paced(&db, &handlers, &mut batches).await {
            Ok(pause) => pause,
            Err(error) => {
                tracing::error!(%error, "jobs cannot be read; trying again");
                PAUSE
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// Runs some of what is due of each kind, as many together as lately took not too long; gives how long to wait then. Where more is waiting, that
/// is not at all, or, while others write, so long that half of the time is theirs.
async fn paced(
    db: &Db,
    handlers: &[Arc<dyn JobHandler>],
    batches: &mut HashMap<&'static str, Batch>,
) -> Result<Duration, sea_orm::DbErr> {
    let (mut left, mut pause) = (HashSet::new(), Duration::ZERO);
    for handler in due(db, handlers).await? {
        if handler.comes_after().is_some_and(|before| left.contains(before)) {
            continue;
        }
        let batch = batches.entry(handler.kind()).or_insert(Batch { limit: 4 * LEAST, behind: String::new() });
        let (begun, before) = (Instant::now(), db.begun());
        let Done { jobs, last } = jobs::run_due(db, &**handler, batch, now_ms()).await?;
        let took = begun.elapsed();
        // One of them is this.
        let others_write = db.begun() > before + 1;
        // Also where none is behind it: the first may wait.
        if !last.is_empty() || jobs > 0 && !batch.behind.is_empty() {
            left.insert(handler.kind());
        }
        if others_write {
            pause += took;
        }
        let within = if others_write { TOGETHER } else { ALONE };
        *batch = Batch { limit: next_limit(batch.limit, jobs as u64, took, within), behind: last };
    }
    Ok(if left.is_empty() { PAUSE } else { pause.min(PAUSE) })
}

/// How many jobs to take next, after so many took so long, where they may take as long as that.
fn next_limit(limit: u64, done: u64, took: Duration, within: Duration) -> u64 {
    let next = match () {
        () if took > within => done / 2,
        () if done >= limit && took < within / 2 => limit * 2,
        () => limit,
    };
    next.clamp(LEAST, BATCH)
}

async fn due<'h>(
    db: &Db,
    handlers: &'h [Arc<dyn JobHandler>],
) -> Result<impl Iterator<Item = &'h Arc<dyn JobHandler>> + use<'h>, sea_orm::DbErr> {
    let kinds: Vec<&str> = handlers.iter().map(|handler| handler.kind()).collect();
    let due = jobs::due_kinds(db, &kinds, now_ms()).await?;
    Ok(handlers.iter().filter(move |handler| due.iter().any(|kind| kind == handler.kind())))
}

/// Runs what is due of each kind once; gives how many jobs there were.
pub async fn once(db: &Db, handlers: &[Arc<dyn JobHandler>]) -> Result<usize, sea_orm::DbErr> {
    let (mut done, mut left) = (0, HashSet::new());
    let batch = Batch { limit: BATCH, behind: String::new() };
    for handler in due(db, handlers).await? {
        if handler.comes_after().is_some_and(|before| left.contains(before)) {
            continue;
        }
        let Done { jobs, last } = jobs::run_due(db, &**handler, &batch, now_ms()).await?;
        done += jobs;
        if !last.is_empty() {
            left.insert(handler.kind());
        }
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_taken_so_that_together_they_take_not_too_long() {
        // Each job takes 2 ms, and 1 ms comes with each transaction.
        let took = |jobs: u64| Duration::from_millis(1 + 2 * jobs);
        let next = |limit: &u64| Some(next_limit(*limit, *limit, took(*limit), TOGETHER));
        let limits: Vec<u64> = std::iter::successors(Some(BATCH), next).take(20).collect();
        assert!(limits[10..].iter().all(|limit| took(*limit) <= TOGETHER && *limit >= LEAST), "{limits:?}");
        assert_eq!(next_limit(64, 64, Duration::from_millis(3), TOGETHER), 128, "what is quick goes in larger steps");
        assert_eq!(next_limit(64, 3, Duration::from_millis(3), TOGETHER), 64, "of few jobs nothing is learnt");
        assert_eq!(next_limit(500, 20, Duration::from_millis(60), TOGETHER), 10, "fewer than those that took too long");
        assert_eq!(next_limit(LEAST, LEAST, Duration::from_secs(9), ALONE), LEAST);
        assert_eq!(next_limit(BATCH, BATCH, Duration::ZERO, TOGETHER), BATCH);
    }
}
