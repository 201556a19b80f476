//! Taking the bytes of erased operations away. It is done where their records are settled, so that it makes no difference whether the line
//! or its erasure came first, or the line again.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use sync_protocol::{Dot, Line, Op, RecordKey, erase, judge::Facts, line as read, record::Fed};

use super::{Context, carried};
use crate::storage::{
    Write, dots,
    entities::{line, record},
    jobs::JobKey,
    rows,
};

/// Of those of these operations, which are stored, that an erasure touches, nothing but hash and skeleton is left. Gives the jobs by which
/// goes what else was kept of them.
pub async fn values(tx: &Write, context: &Context, ops: &[&Op], facts: &Facts) -> Result<BTreeSet<JobKey>, DbErr> {
    let gone: Vec<&Op> = ops.iter().copied().filter(|op| !op.erased && facts.erases(op)).collect();
    let records: BTreeSet<(RecordKey, &str)> =
        gone.iter().map(|op| (RecordKey::of(&op.scope, &op.kind, &op.id), op.kind.as_str())).collect();
    let records: Vec<(RecordKey, &str)> = records.into_iter().collect();
    lines(tx, &gone).await?;
    let projections = context.projections.iter().filter(|_| !records.is_empty());
    Ok(projections.flat_map(|projection| projection.erased(&records)).collect())
}

async fn lines(tx: &Write, ops: &[&Op]) -> Result<(), DbErr> {
    let named: Vec<Dot> = ops.iter().map(|op| op.dot).collect();
    for chunk in named.chunks(dots::A_STATEMENT) {
        let found = line::Entity::find().filter(carried::of_lines(chunk)).all(tx).await?;
        rows::upsert::<line::Entity>(tx, found.into_iter().filter_map(erased).collect()).await?;
    }
    Ok(())
}

fn erased(row: line::Model) -> Option<line::Model> {
    let dot = row.dot().filter(|_| row.erased.is_none())?;
    let Line::Op(op) = read::as_written(dot.install, dot.seq, &row.bytes) else { return None };
    let hash = row.line_hash().to_vec();
    Some(line::Model { bytes: erase::skeleton(&op), erased: Some(hash), ..row })
}

/// By which operation of whom, and why, each operation, or line that one carries, was erased: a text for people.
pub type Erasures = HashMap<Dot, String>;

/// All erasures that stand.
pub async fn deciding(db: &impl ConnectionTrait) -> Result<Erasures, DbErr> {
    let standing =
        record::Entity::find().filter(record::Column::Kind.eq("erasure")).filter(record::Column::Empty.eq(false));
    let told = |row: &record::Model| {
        let fed = Fed::read(&row.body).ok()?;
        let (dot, person, ..) = fed.by.first()?;
        let reason = fed.f.get("reason").map_or("no reason given", |reason| reason.get());
        Some((row.id.parse().ok()?, format!("{dot}, {person}, {reason}")))
    };
    Ok(standing.all(db).await?.iter().filter_map(told).collect())
}
