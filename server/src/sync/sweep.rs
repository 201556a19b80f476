//! Every minute, and at start: what is held is looked at again. A template, kind or version may have become known by an upgrade, and a
//! line that failed may go by now.

use std::time::Duration;

use sync_protocol::Code;

use super::store::apply;
use crate::{
    app::{App, now_ms},
    storage::turns::{self, Turn},
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

/// Looks at everything held once; gives how many records that were. Where another server is at it, none.
pub async fn sweep(app: &App) -> Result<usize, sea_orm::DbErr> {
    let turn = app.db.snapshot().await?;
    if !turns::try_take(&turn, Turn::Sweep).await? {
        return Ok(0);
    }
    let context = app.committer.context();
    let tx = app.db.begin().await?;
    let waiting =
        apply::waiting(&tx, &[Code::Internal, Code::UnknownKind, Code::UnknownVersion, Code::UnknownTemplate]).await?;
    tx.rollback().await?;
    // One by one: what still fails must not hold up the others.
    for key in &waiting {
        let tx = app.db.begin().await?;
        match apply::settle_all(&tx, &context, &[*key], now_ms()).await {
            Ok(_) => tx.commit().await?,
            Err(error) => {
                tracing::error!(?key, %error, "a held record still cannot be worked in");
                tx.rollback().await?;
            }
        }
    }
    turn.commit().await?;
    if !waiting.is_empty() {
        app.db.stir();
    }
    Ok(waiting.len())
}
