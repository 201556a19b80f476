//! When a push cannot be worked in as a whole: its lines are stored and held (`internal`) first, then each record is tried alone, so that
//! one poison line holds up its own record and nothing else.

use std::collections::{BTreeSet, HashMap};

use sea_orm::DbErr;
use sync_protocol::{Code, Dot, RecordKey, Standing};

use super::{
    Context, append,
    apply::{End, settle_all},
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
    times::update(&tx, &fresh).await?;
    let mut keys: BTreeSet<RecordKey> = BTreeSet::new();
    let mut held = HashMap::new();
    let mut placed = Vec::new();
    for op in &fresh.ops {
        let name = sync_protocol::record::RecordName { scope: &op.scope, kind: &op.kind, id: &op.id };
        let key = RecordKey::of(name.scope, name.kind, name.id);
        keys.insert(key);
        held.insert(op.dot, Standing::of(Code::Internal));
        placed.push(Placed {
            dot: op.dot,
            record: Some((key, name)),
            standing: Standing::of(Code::Internal),
            author: None,
        });
    }
    standings::write(&tx, &placed, &HashMap::new()).await?;
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
                held.extend(standings.into_iter().filter(|(dot, _)| held.contains_key(dot)).collect::<Vec<_>>());
            }
            Err(error) => {
                tracing::error!(?key, %error, "a record could not be worked in; its lines are held");
                tx.rollback().await?;
            }
        }
    }
    Ok((held, end))
}
