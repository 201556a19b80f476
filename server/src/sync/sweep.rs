//! Every minute, and at start: what is held is looked at again. A template, kind or version may have become known by an upgrade, and a
//! line that failed may go by now. After an upgrade that brought a newer version of a kind, all records of it are settled again.

use std::time::Duration;

use sea_orm::DbErr;
use sync_protocol::{Code, RecordKey};

use super::store::{aged, apply};
use crate::{
    app::{App, now_ms},
    storage::{
        Write,
        turns::{self, Turn},
    },
};

const EVERY: Duration = Duration::from_secs(60);

/// Sweeps until the server stops.
pub async fn run(app: App) {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = sweep(&app).await {
            tracing::error!(%error, "the sweep of held operations failed; it will be tried again");
        }
    }
}

/// Records that an older build settled go in stretches of so many: bounds what one transaction holds up.
const STRETCH: u64 = 200;

/// Looks at everything held once, and at what another build settled; gives how many records that were. Where another server is at it, none.
pub async fn sweep(app: &App) -> Result<usize, DbErr> {
    let turn = app.db.snapshot().await?;
    if !turns::try_take(&turn, Turn::Sweep).await? {
        return Ok(0);
    }
    let tx = app.db.begin().await?;
    let waiting =
        apply::waiting(&tx, &[Code::Internal, Code::UnknownKind, Code::UnknownVersion, Code::UnknownTemplate]).await?;
    tx.rollback().await?;
    one_by_one(app, &waiting).await?;
    let aged = bring_up(app, &turn).await?;
    turn.commit().await?;
    let looked_at = waiting.len() + aged;
    if looked_at > 0 {
        app.db.stir();
    }
    Ok(looked_at)
}

/// Settles again what another build settled by another version of its kind; gives how many records that were.
async fn bring_up(app: &App, snapshot: &Write) -> Result<usize, DbErr> {
    let kinds = aged::kinds(snapshot).await?;
    if kinds.is_empty() {
        return Ok(0);
    }
    let (mut behind, mut count) = (None, 0);
    loop {
        // What comes after the snapshot is settled by this build anyway.
        let keys = aged::records(snapshot, &kinds, behind, STRETCH).await?;
        let Some(last) = keys.last() else { break };
        behind = Some(*last);
        count += keys.len();
        if !settled(app, &keys).await? {
            one_by_one(app, &keys).await?;
        }
    }
    let tx = app.db.begin().await?;
    aged::note(&tx).await?;
    tx.commit().await?;
    tracing::info!(?kinds, records = count, "records are settled by the newest version of their kinds");
    Ok(count)
}

/// What still fails must not hold up the others.
async fn one_by_one(app: &App, keys: &[RecordKey]) -> Result<(), DbErr> {
    for key in keys {
        settled(app, &[*key]).await?;
    }
    Ok(())
}

/// Settles these records in one transaction; gives whether that worked.
async fn settled(app: &App, keys: &[RecordKey]) -> Result<bool, DbErr> {
    let tx = app.db.begin().await?;
    match apply::settle_all(&tx, &app.committer.context(), keys, now_ms()).await {
        Ok(_) => tx.commit().await.map(|()| true),
        Err(error) => {
            tracing::error!(?keys, %error, "records still cannot be worked in");
            tx.rollback().await.map(|()| false)
        }
    }
}
