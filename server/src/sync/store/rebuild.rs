//! Making every projection again from the lines. Records that come out as they were keep their position; what comes out otherwise moves, and
//! what no line bears out any more is told as gone.

use std::collections::HashMap;

use futures::TryStreamExt as _;
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait as _, Query},
};
use sync_protocol::{InstallId, RecordKey, chain as protocol_chain, record::Digest, rulings::Step};

use super::{
    Context,
    append::install_id,
    apply, carried, chain,
    facts::Sources,
    settle::{self, Work},
    times, unreadable,
};
use crate::storage::{
    Write,
    entities::{conflict, install, line, record, ruling, scope, standing},
    feed, rows,
};

/// Records settled in one go: bounds memory, not work.
const CHUNK: u64 = 5_000;

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
    let before: HashMap<String, i64> =
        scope::Entity::find().all(tx).await?.into_iter().map(|row| (row.scope, row.pos)).collect();
    conflict::Entity::delete_many().exec(tx).await?;
    ruling::Entity::delete_many().exec(tx).await?;
    for projection in &context.projections {
        projection.clear(tx).await?;
    }
    let installs = forks(tx).await?;
    times::rebuild(tx, &installs).await?;
    unreadable::rebuild(tx, &installs).await?;

    let sources = Sources { context, rulings: None, installs: &HashMap::new() };
    let mut carrying = Work::default();
    for step in Step::ALL {
        if step == Step::Others {
            // What the office accepts is known by now.
            carried::place(tx, sources, &mut carrying, &mut feed::Feeds::default()).await?;
        }
        let mut after = Vec::new();
        loop {
            let keys = keys(tx, after).await?;
            let Some(last) = keys.last() else { break };
            after = last.0.to_vec();
            let mut work = Work::default();
            settle::load(tx, &mut work, &keys).await?;
            if step == Step::Erasures {
                work.records
                    .values()
                    .flatten()
                    .filter(|op| carried::is_carried(op))
                    .for_each(|op| carrying.add(op.clone()));
            }
            let now: Vec<RecordKey> = work.take(step).records.into_keys().collect();
            apply::settle_again(tx, context, &now, now_ms).await?;
        }
    }
    forget_unfounded(tx).await?;
    digests(tx).await?;
    count(tx, &before).await
}

/// What stands, and what moved: it has a place behind where its feed ended before.
async fn count(tx: &Write, before: &HashMap<String, i64>) -> Result<Rebuilt, DbErr> {
    let standing = record::Entity::find().filter(record::Column::Empty.eq(false));
    let mut rebuilt = Rebuilt { records: standing.count(tx).await? as usize, moved: 0 };
    for row in scope::Entity::find().all(tx).await? {
        let end = before.get(&row.scope).copied().unwrap_or(0);
        if row.pos > end {
            let moved = record::Column::Scope.eq(&row.scope).and(record::Column::Pos.gt(end));
            rebuilt.moved += record::Entity::find().filter(moved).count(tx).await? as usize;
        }
    }
    Ok(rebuilt)
}

/// The digest of each scope, summed up again.
async fn digests(tx: &Write) -> Result<(), DbErr> {
    let mut changed = Vec::new();
    for row in scope::Entity::find().all(tx).await? {
        let mut sum = Digest::default();
        let mine = record::Column::Scope.eq(&row.scope).and(record::Column::Derived.eq(false));
        let bodies = record::Entity::find().filter(mine).select_only();
        let mut bodies = bodies
            .columns([record::Column::Body, record::Column::Empty])
            .into_tuple::<(String, bool)>()
            .stream(tx)
            .await?;
        while let Some((body, empty)) = bodies.try_next().await? {
            sum.add(&Digest::hash_of(&body, empty));
        }
        if row.digest != sum.0 {
            changed.push(scope::Model { digest: sum.0.to_vec(), ..row });
        }
    }
    rows::upsert::<scope::Entity>(tx, changed).await
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

/// The next records, in the order of their keys.
async fn keys(tx: &Write, after: Vec<u8>) -> Result<Vec<RecordKey>, DbErr> {
    let keys: Vec<Vec<u8>> = line::Entity::find()
        .filter(line::Column::Record.gt(after))
        .select_only()
        .column(line::Column::Record)
        .distinct()
        .order_by_asc(line::Column::Record)
        .limit(CHUNK)
        .into_tuple()
        .all(tx)
        .await?;
    Ok(keys.iter().filter_map(|k| k.as_slice().try_into().ok().map(RecordKey)).collect())
}

/// Records and standings that no line bears out.
async fn forget_unfounded(tx: &Write) -> Result<(), DbErr> {
    let founded = || {
        let lines = Query::select().column(line::Column::Record).from(line::Entity).to_owned();
        lines.to_owned().and_where(line::Column::Record.is_not_null()).to_owned()
    };
    let stray: Vec<record::Model> = record::Entity::find()
        .filter(record::Column::Derived.eq(false))
        .filter(record::Column::Empty.eq(false))
        .filter(record::Column::Key.not_in_subquery(founded()))
        .all(tx)
        .await?;
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

    // A standing is of an operation: of one that is not there it goes, whatever record it names.
    let of_nothing = "NOT EXISTS (SELECT 1 FROM line WHERE line.install = standing.install AND line.seq = standing.seq \
                      AND line.hash = standing.hash)";
    standing::Entity::delete_many().filter(Expr::cust(of_nothing)).exec(tx).await.map(drop)
}
