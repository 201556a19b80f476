//! When a push cannot be worked in as a whole: its lines are stored and held (`internal`) first, then each record is tried alone, so that
//! one poison line holds up its own record and nothing else.

use std::collections::HashMap;

use sea_orm::DbErr;
use sync_protocol::{Code, Dot, RecordKey, Standing, record::RecordName};

use super::{
    Context, append,
    apply::{End, settle_all, touched_by, unreadable},
    rejudge::Touched,
    settle::{self, Work},
    standings::{self, Placed},
    times,
};
use crate::{
    storage::{Db, feed},
    sync::intake::Verified,
};

/// Stores the push; gives the standings of its new operations and where the install's chain ends.
pub async fn apply(
    db: &Db,
    context: &Context,
    push: &Verified,
    now_ms: i64,
) -> Result<(HashMap<Dot, Standing>, End), DbErr> {
    let tx = db.begin().await?;
    feed::seize_rulings(&tx).await?;
    let fresh = append::sort_out(&tx, std::slice::from_ref(push), now_ms).await?.store(&tx, now_ms).await?;
    let moved = times::update(&tx, &fresh).await?;
    // What the new lines say of others' time, and of forks, waits like themselves.
    let touched = touched_by(&tx, &fresh, moved, Touched::default()).await?;
    let mut work = Work::of(&fresh.ops);
    settle::load(&tx, &mut work, &touched).await?;
    let mut placed = unreadable(&fresh);
    let mut told: HashMap<Dot, Standing> = placed.iter().map(|p| (p.dot, p.standing.clone())).collect();
    told.extend(fresh.ops.iter().map(|op| (op.dot, Standing::of(Code::Internal))));
    for (key, ops) in &work.records {
        placed.extend(ops.iter().map(|op| Placed {
            dot: op.dot,
            record: Some((*key, RecordName::of(op))),
            standing: Standing::of(Code::Internal),
            author: None,
        }));
    }
    let derived = standings::write(&tx, &placed, &HashMap::new()).await?;
    feed::put_derived(&tx, derived).await?;
    let keys: Vec<RecordKey> = work.records.keys().copied().collect();
    let end = fresh.installs.get(&push.install).map(End::of).unwrap_or_default();
    tx.commit().await?;

    for key in keys {
        let tx = db.begin().await?;
        let settled = settle_all(&tx, context, &[key], now_ms).await;
        #[cfg(feature = "testing")]
        let settled = settled.and_then(|done| match crate::testing::commit_fails() {
            true => Err(DbErr::Custom("the story says so".into())),
            false => Ok(done),
        });
        match settled {
            Ok(standings) => {
                tx.commit().await?;
                told.extend(standings.into_iter().filter(|(dot, _)| told.contains_key(dot)).collect::<Vec<_>>());
            }
            Err(error) => {
                tracing::error!(?key, %error, "a record could not be worked in; its lines are held");
                tx.rollback().await?;
            }
        }
    }
    Ok((told, end))
}
