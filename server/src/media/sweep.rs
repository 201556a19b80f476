//! Ends what was left behind: at start what a crash cut off, later what nobody continues; and, soon, what the store would not take.

use std::{collections::HashSet, time::Duration};

use super::{Media, faults, finish, inbox::Taken, store, upload};
use crate::{
    app::now_ms,
    error::{ErrorCode, Problem},
};

/// Between two sweeps.
const EVERY: Duration = Duration::from_secs(3_600);
/// The next comes so soon where something is to be tried again.
const AGAIN: Duration = Duration::from_secs(5);

/// A file whose row is being written has none for a moment.
const ORPHAN_AFTER_MS: i64 = 3_600_000;

/// What a sweep did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// Uploads that were whole or complete already, and are done now.
    pub finished: usize,
    /// Uploads that rested too long, and rows of uploads done long ago.
    pub expired: usize,
    /// Uploads that were not what they had promised, or whose file is gone.
    pub dropped: usize,
    /// Files that belong to no upload.
    pub orphans: usize,
    /// What puts into the store left that were cut off.
    pub remains: usize,
}

/// Sweeps until the server stops: at start, every hour, and soon after the store could not take a photo.
pub async fn tend(media: Media) {
    loop {
        let pause = match run(&media, now_ms()).await {
            Ok(swept) => {
                tracing::debug!(?swept, "uploads swept");
                EVERY
            }
            // What will pass was logged where it was met.
            Err(problem) if problem.retry_after_s.is_some() => AGAIN,
            Err(problem) => {
                tracing::error!(%problem, cause = ?problem.cause, "uploads could not be swept; it will be tried again");
                EVERY
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = media.put_off.notified() => tokio::time::sleep(AGAIN).await,
        }
    }
}

/// Goes through all uploads. Run at start and every hour; safe beside requests and other processes.
pub async fn run(media: &Media, now_ms: i64) -> Result<Swept, Problem> {
    let mut swept = Swept::default();
    let files = media.inbox.waiting().await.map_err(faults::problem)?;
    let too_old = now_ms - media.upload_ttl_ms;
    let resting: HashSet<Vec<u8>> = files.iter().filter(|f| f.touched_ms < too_old).map(|f| f.id.0.to_vec()).collect();
    let rows = store::uploads(&media.db).await?;
    for row in &rows {
        if row.done_ms.is_some_and(|done| done < too_old) {
            store::forget(&media.db, &row.id).await?;
            swept.expired += 1;
        }
        if row.done_ms.is_some() {
            continue;
        }
        match finish::settle(media, row, now_ms).await {
            // A part that is whole has still to be joined.
            Ok(progress) if progress.is_whole() && row.sha256.is_some() => swept.finished += 1,
            Ok(_) if resting.contains(&row.id) => {
                if let Taken::Held(held) = media.inbox.take(upload::id_of(row)?).await.map_err(faults::problem)? {
                    finish::discard(media, row, held).await?;
                    swept.expired += 1;
                }
            }
            Ok(_) => {}
            Err(problem) if matches!(problem.code, ErrorCode::WrongHash | ErrorCode::UploadGone) => swept.dropped += 1,
            Err(problem) => return Err(problem),
        }
    }
    let known: HashSet<Vec<u8>> = rows.into_iter().filter(|row| row.done_ms.is_none()).map(|row| row.id).collect();
    for file in files.iter().filter(|f| f.touched_ms < now_ms - ORPHAN_AFTER_MS && !known.contains(f.id.0.as_slice())) {
        if let Taken::Held(held) = media.inbox.take(file.id).await.map_err(faults::problem)? {
            held.remove().await.map_err(faults::problem)?;
            swept.orphans += 1;
        }
    }
    swept.remains = match media.blobs.sweep(now_ms).await {
        // A store that cannot list what was cut off removes it by a rule of its own, or not at all.
        Err(error) if error.kind() == std::io::ErrorKind::Unsupported => 0,
        other => other.map_err(faults::problem)?,
    };
    Ok(swept)
}
