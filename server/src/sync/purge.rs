//! What was deleted long ago goes for good: its values are erased, by operations like those of the office; and when phones have been told
//! for as long again that nothing of the record is left, the feeds forget it.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use anyhow::Context as _;
use sync_protocol::{InstallId, Op, RecordKey, erase, merge::DELETED};

use super::{
    committer::Committer,
    drafts::{Acting, Basis, Draft},
    store::{standings, tombstones},
};
use crate::{
    app::{App, now_ms},
    storage::{
        Db,
        entities::install,
        rows,
        turns::{self, Turn},
    },
};

/// How often what is due is looked for, at most.
const EVERY_S: u64 = 3_600;
/// Records looked at together, and erasures of one commit.
const SOME: u64 = 200;
const MOST_DRAFTS: usize = 1_000;
/// Why, for people to read: an erasure carries its reason.
const REASON: &str = "删除已久，依保存期限清除 (deleted long ago)";

/// What a purge did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Purged {
    /// Operations whose values were erased.
    pub erased: usize,
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
            Ok(purged) if purged == Purged::default() => {}
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
    let mut purged = Purged::default();
    loop {
        let due = tombstones::due(&db.read, since_ms, SOME).await?;
        let drafts = drafts(db, &due.deleted).await?;
        for some in drafts.chunks(MOST_DRAFTS) {
            let written = committer.write(&Acting::server(), some.to_vec()).await;
            written.map_err(|problem| anyhow::anyhow!("{problem}")).context("erasing")?;
        }
        let tx = db.begin().await?;
        let forgotten = tombstones::forget(&tx, &due.empty).await?;
        tombstones::note(&tx, &due.alive, now_ms()).await?;
        tx.commit().await?;
        purged.erased += drafts.len();
        purged.forgotten += forgotten;
        if drafts.is_empty() && forgotten == 0 && due.alive.is_empty() {
            break;
        }
    }
    turn.commit().await?;
    Ok(purged)
}

/// The erasures of all that was written to these records.
async fn drafts(db: &Db, deleted: &[Vec<Op>]) -> anyhow::Result<Vec<Draft>> {
    let mut ops: Vec<&Op> = deleted.iter().flatten().filter(|op| !op.erased && erase::is_erasable(&op.kind)).collect();
    // Deletions last: until all the rest is erased the record is to be found as a deleted one.
    ops.sort_by_key(|op| (op.field(DELETED).is_some(), op.dot));
    let keys: BTreeSet<RecordKey> = ops.iter().map(|op| RecordKey::of(&op.scope, &op.kind, &op.id)).collect();
    let stand = standings::of_records(&db.read, &keys.into_iter().collect::<Vec<_>>()).await?;
    let ids: BTreeSet<Vec<u8>> = ops.iter().map(|op| op.dot.install.0.to_vec()).collect();
    let installs = rows::select_in::<install::Entity, _>(&db.read, install::Column::Id, ids.into_iter().collect());
    let owners: HashMap<Vec<u8>, install::Model> =
        installs.await?.into_iter().map(|row| (row.id.clone(), row)).collect();
    let draft = |op: &Op| {
        let scope = told(op, &owners);
        Draft::erasure(op, stand.get(&op.dot), &scope, Basis::RetentionExpired, REASON)
    };
    Ok(ops.into_iter().map(draft).collect())
}

/// The author's own scope: a purge is of no interest to whoever else reads the record's. Of an author who is not known the latter.
fn told(op: &Op, owners: &HashMap<Vec<u8>, install::Model>) -> String {
    let InstallId(id) = op.dot.install;
    let author = owners.get(id.as_slice()).map(|row| match &op.acting {
        Some((person, _)) if row.server => person.as_str(),
        _ => row.person.as_str(),
    });
    author.filter(|person| !person.is_empty()).map_or_else(|| op.scope.clone(), |person| format!("{person}/own"))
}
