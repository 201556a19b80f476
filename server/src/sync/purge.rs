//! What was deleted long ago goes for good: its values are erased, by operations like those of the office; and when phones have been told
//! for as long again that nothing of the record is left, the feeds forget it.

use std::time::Duration;

use super::{committer::Committer, store::tombstones};
use crate::{
    app::{App, now_ms},
    retention::erase,
    storage::{
        Db,
        turns::{self, Turn},
    },
};

/// How often what is due is looked for, at most.
const EVERY_S: u64 = 3_600;
/// Records looked at together.
const SOME: u64 = 200;
/// Why, for people to read: an erasure carries its reason.
const REASON: &str = "删除已久，依保存期限清除 (deleted long ago)";

/// What a purge did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Purged {
    /// Operations whose values were erased.
    pub erased: usize,
    /// Operations that a legal hold keeps.
    pub held: usize,
    /// Records that feeds forgot.
    pub forgotten: usize,
}

/// Purges until the server stops.
pub async fn run(app: App) {
    let after_s = app.config.purge_after_s;
    if after_s == 0 {
        return;
    }
    let mut tick = tokio::time::interval(Duration::from_secs(after_s.min(EVERY_S)));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let since_ms = now_ms().saturating_sub(i64::try_from(after_s).unwrap_or(i64::MAX).saturating_mul(1_000));
        match purge(&app.db, &app.committer, since_ms).await {
            Ok(Purged { erased: 0, forgotten: 0, .. }) => {}
            Ok(purged) => tracing::info!(?purged, "deleted records were purged"),
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "the purge failed; it will be tried again");
            }
        }
    }
}

/// Purges what has shown nothing since that time. Where another server is at it, nothing.
pub async fn purge(db: &Db, committer: &Committer, since_ms: i64) -> anyhow::Result<Purged> {
    let turn = db.snapshot().await?;
    if !turns::try_take(&turn, Turn::Purge).await? {
        return Ok(Purged::default());
    }
    let (mut purged, mut behind) = (Purged::default(), None);
    loop {
        let due = tombstones::due(&db.read, since_ms, behind, SOME).await?;
        let done = erase::erase(db, committer, &due.deleted, REASON).await?;
        let tx = db.begin().await?;
        let forgotten = tombstones::forget(&tx, &due.empty).await?;
        tombstones::note(&tx, &due.alive, now_ms()).await?;
        tx.commit().await?;
        purged.erased += done.erased;
        purged.held += done.held;
        purged.forgotten += forgotten;
        behind = due.last;
        if behind.is_none() {
            break;
        }
    }
    turn.commit().await?;
    Ok(purged)
}
