//! Making every projection again from the lines. Records that come out as they were keep their position; what comes out otherwise moves, and
//! what no line bears out any more is told as gone.

use std::collections::{HashMap, HashSet};

use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use sync_protocol::{Dot, InstallId, RecordKey, chain as protocol_chain};

use super::{
    Context,
    append::install_id,
    apply, carried, chain,
    facts::Sources,
    settle::{self, Work},
    times,
};
use crate::storage::{
    Write,
    entities::{conflict, install, line, record, ruling, standing},
    feed, rows,
};

/// Records settled in one go: bounds memory, not work.
const CHUNK: usize = 5_000;

/// What a rebuild did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Rebuilt {
    /// Records that stand.
    pub records: usize,
    /// Records that did not come out as they were.
    pub moved: usize,
}

/// Makes everything again, in the caller's transaction.
pub async fn rebuild(tx: &Write, context: &Context, now_ms: i64) -> Result<Rebuilt, DbErr> {
    feed::seize_rulings(tx).await?;
    let before = positions(tx).await?;
    conflict::Entity::delete_many().exec(tx).await?;
    ruling::Entity::delete_many().exec(tx).await?;
    for projection in &context.projections {
        projection.clear(tx).await?;
    }
    let installs = forks(tx).await?;
    times::rebuild(tx, &installs).await?;

    let (mut ruling_keys, mut carrying) = (Vec::new(), Work::default());
    for chunk in keys(tx).await?.chunks(CHUNK) {
        let mut work = Work::default();
        settle::load(tx, &mut work, chunk).await?;
        let (ruling, rest) = work.split();
        ruling_keys.extend(ruling.records.into_keys());
        rest.records.into_values().flatten().filter(carried::is_carried).for_each(|op| carrying.add(op));
    }
    for chunk in ruling_keys.chunks(CHUNK) {
        apply::settle_again(tx, context, chunk, now_ms).await?;
    }
    let sources = Sources { context, rulings: None, installs: &HashMap::new() };
    carried::place(tx, sources, &mut carrying, &mut feed::Feeds::default()).await?;
    let rulings: HashSet<RecordKey> = ruling_keys.into_iter().collect();
    let keys = keys(tx).await?;
    let others: Vec<RecordKey> = keys.iter().copied().filter(|key| !rulings.contains(key)).collect();
    for chunk in others.chunks(CHUNK) {
        apply::settle_again(tx, context, chunk, now_ms).await?;
    }
    forget_unfounded(tx, &keys).await?;
    let after = positions(tx).await?;
    Ok(Rebuilt {
        records: after.len(),
        moved: after.symmetric_difference(&before).map(|(key, _)| key).collect::<HashSet<_>>().len(),
    })
}

async fn positions(tx: &Write) -> Result<HashSet<(Vec<u8>, i64)>, DbErr> {
    let rows: Vec<(Vec<u8>, i64)> = record::Entity::find()
        .filter(record::Column::Empty.eq(false))
        .select_only()
        .column(record::Column::Key)
        .column(record::Column::Pos)
        .into_tuple()
        .all(tx)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Fork seqs, found again.
async fn forks(tx: &Write) -> Result<Vec<(InstallId, Option<u64>)>, DbErr> {
    let mut found = Vec::new();
    for row in install::Entity::find().all(tx).await? {
        let Some(id) = install_id(&row.id) else { continue };
        let fork = protocol_chain::fork_seq(&chain::hashes(tx, id).await?);
        if row.fork_seq != fork.map(|s| s as i64) {
            rows::upsert::<install::Entity>(tx, vec![install::Model { fork_seq: fork.map(|s| s as i64), ..row }])
                .await?;
        }
        found.push((id, fork));
    }
    Ok(found)
}

async fn keys(tx: &Write) -> Result<Vec<RecordKey>, DbErr> {
    let keys: Vec<Vec<u8>> = line::Entity::find()
        .filter(line::Column::Record.is_not_null())
        .select_only()
        .column(line::Column::Record)
        .distinct()
        .into_tuple()
        .all(tx)
        .await?;
    Ok(keys.iter().filter_map(|k| k.as_slice().try_into().ok().map(RecordKey)).collect())
}

/// Records and standings that no line bears out.
async fn forget_unfounded(tx: &Write, keys: &[RecordKey]) -> Result<(), DbErr> {
    let founded: HashSet<Vec<u8>> = keys.iter().map(|k| k.0.to_vec()).collect();
    let stray: Vec<record::Model> = record::Entity::find()
        .filter(record::Column::Derived.eq(false))
        .filter(record::Column::Empty.eq(false))
        .all(tx)
        .await?
        .into_iter()
        .filter(|row| !founded.contains(&row.key))
        .collect();
    let mut feeds = feed::Feeds::lock(tx, stray.iter().map(|r| r.scope.as_str()).collect()).await?;
    let emptied = stray
        .iter()
        .map(|row| {
            let name = sync_protocol::record::RecordName { scope: &row.scope, kind: &row.kind, id: &row.id };
            let body = sync_protocol::record::body(name, &sync_protocol::merge::Merged::default());
            let pos = feeds.moved(&row.scope, Some((&row.body, false)), (&body, true));
            record::Model { body, pos, empty: true, ..row.clone() }
        })
        .collect();
    rows::upsert::<record::Entity>(tx, emptied).await?;
    feeds.write(tx).await?;

    let named: Vec<Dot> = standing::Entity::find()
        .all(tx)
        .await?
        .iter()
        .filter(|row| row.record.as_ref().is_some_and(|key| !founded.contains(key)))
        .filter_map(|row| super::standings::read(row).map(|(dot, _)| dot))
        .collect();
    super::standings::remove(tx, &named).await
}
