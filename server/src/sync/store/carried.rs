//! Lines that one install carries for another (`PROTOCOL.md`, section 7). `record` of such a line's row says where it stands: in the
//! record of its own, or, while the office accepts it, in the one that the old line wrote. It moves when a decision does.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use sync_protocol::{
    Dot, InstallId, Line, Op, RecordKey, carried,
    judge::Decision,
    rulings::{self, Step},
};

use super::{
    apply,
    facts::{self, Sources},
    settle::Work,
    standings,
};
use crate::storage::{
    Write, dots,
    entities::{line, record, ruling, standing},
    feed::Feeds,
    rows as storage_rows,
};

/// The operation of a stored line, as it stands in its record.
pub fn stored(row: &line::Model) -> Option<Op> {
    let op = raw(row)?;
    let key = || RecordKey::of(&op.scope, &op.kind, &op.id);
    let placed = op.kind == carried::KIND && row.record.as_deref() != Some(&key().0);
    if placed { carried::write(&op) } else { Some(op) }
}

fn raw(row: &line::Model) -> Option<Op> {
    match row.read()? {
        Line::Op(op) => Some(*op),
        _ => None,
    }
}

/// Whether it carries a line, or is one that was carried.
pub fn is_carried(op: &Op) -> bool {
    op.carried.is_some() || op.kind == carried::KIND
}

/// Moves what is carried to where the decisions on it say, and adds to the work the records that it comes to. Those that it leaves stay
/// in the work, be it without operations.
pub async fn place(tx: &Write, sources: Sources<'_>, work: &mut Work, feeds: &mut Feeds) -> Result<(), DbErr> {
    let ops: Vec<Op> = work.records.values().flatten().filter(|op| is_carried(op)).cloned().collect();
    if ops.is_empty() {
        return Ok(());
    }
    let facts = facts::load(tx, &sources, &ops.iter().collect::<Vec<_>>()).await?;
    let accepted = |op: &&Op| carried::is_accepted(op.dot, &facts);
    let back: Vec<Dot> = ops.iter().filter(|op| op.carried.is_some() && !accepted(op)).map(|op| op.dot).collect();
    let mut moved: Vec<Op> = rows(tx, &back).await?.iter().filter_map(raw).collect();
    moved.extend(ops.iter().filter(accepted).filter_map(carried::write));
    if moved.is_empty() {
        return Ok(());
    }
    let mut keys = Vec::new();
    for op in &moved {
        work.records.values_mut().for_each(|ops| ops.retain(|other| other.dot != op.dot));
        let key = RecordKey::of(&op.scope, &op.kind, &op.id);
        put(tx, op.dot, key).await?;
        keys.push(key);
    }
    apply::load_also(tx, work, &keys, Step::Others, feeds).await
}

async fn put(tx: &Write, dot: Dot, key: RecordKey) -> Result<(), DbErr> {
    let key = || sea_orm::sea_query::Expr::value(key.0.to_vec());
    let lines = line::Entity::update_many().col_expr(line::Column::Record, key()).filter(of_lines(&[dot]));
    lines.exec(tx).await?;
    let of = dots::among((standing::Column::Install, standing::Column::Seq, standing::Column::Hash), &[dot]);
    let standings = standing::Entity::update_many().col_expr(standing::Column::Record, key()).filter(of);
    standings.exec(tx).await.map(drop)
}

/// What is accepted of lines that these installs wrote and others carry: where an install forks says what its lines had seen.
pub async fn of_installs(tx: &Write, installs: &BTreeSet<InstallId>) -> Result<Vec<Dot>, DbErr> {
    if installs.is_empty() {
        return Ok(Vec::new());
    }
    let found = rows(tx, &accepted(tx).await?).await?;
    let theirs = |op: &Op| op.carried.is_some_and(|old| installs.contains(&old.install));
    Ok(found.iter().filter_map(stored).filter(theirs).map(|op| op.dot).collect())
}

async fn accepted(tx: &Write) -> Result<Vec<Dot>, DbErr> {
    let decisions = ruling::Entity::find().filter(ruling::Column::Kind.eq("decision")).all(tx).await?;
    let accepted = |row: &ruling::Model| match rulings::read(&row.kind, &row.id, &row.fields)? {
        rulings::Ruling::Decision { dot, decision: Decision::Accept } => Some(dot),
        _ => None,
    };
    Ok(decisions.iter().filter_map(accepted).collect())
}

/// What carries lines of these names, accepted or not. Erasures ask for it, which are rare: it is looked for, not kept.
pub async fn of_names(tx: &Write, names: &BTreeSet<Dot>) -> Result<Vec<Dot>, DbErr> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut dots = accepted(tx).await?;
    let waiting = standing::Entity::find().filter(standing::Column::Kind.eq(carried::KIND)).all(tx).await?;
    dots.extend(waiting.iter().filter_map(standings::read).map(|(dot, _)| dot));
    let mut found = rows(tx, &dots).await?;
    // What a server wrote stands as what it is.
    let kept = record::Entity::find().filter(record::Column::Kind.eq(carried::KIND)).all(tx).await?;
    let kept = kept.into_iter().map(|row| row.key).collect();
    found.extend(storage_rows::select_in::<line::Entity, _>(tx, line::Column::Record, kept).await?);
    let named = |op: &Op| carried::name(op).is_some_and(|name| names.contains(&name));
    Ok(found.iter().filter_map(raw).filter(named).map(|op| op.dot).collect())
}

async fn rows(db: &impl ConnectionTrait, named: &[Dot]) -> Result<Vec<line::Model>, DbErr> {
    let mut found = Vec::new();
    for chunk in named.chunks(dots::A_STATEMENT) {
        found.extend(line::Entity::find().filter(of_lines(chunk)).all(db).await?);
    }
    Ok(found)
}

/// The lines with these names.
pub fn of_lines(named: &[Dot]) -> Condition {
    dots::among((line::Column::Install, line::Column::Seq, line::Column::Hash), named)
}
