//! Reading what waits for the office ([`waiting`], [`contested`]), what can be and was erased ([`erasable`]), what a person must know of it ([`conflicts`], [`lines`]), and records
//! as they stand. Every query says on whose behalf it reads.

pub mod conflicts;
pub mod contested;
pub mod erasable;
pub mod lines;
pub mod waiting;

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use sync_protocol::{Dot, Op, RecordKey};

use super::alike::Batch;
use crate::storage::{
    entities::{conflict, install, job, line, record, standing},
    scoping::{ScopeRange, find_in_scopes, within},
};

/// Most rows of one answer.
pub const LIMIT: u64 = 500;

/// Whether the reader may see that scope.
pub fn may_read(readable: &[ScopeRange], scope: &str) -> bool {
    readable.iter().any(|range| range.contains(scope))
}

/// One record, if the reader may see it and anything of it stands.
pub async fn record(
    db: &impl ConnectionTrait,
    readable: &[ScopeRange],
    scope: &str,
    kind: &str,
    id: &str,
) -> Result<Option<record::Model>, DbErr> {
    if !may_read(readable, scope) {
        return Ok(None);
    }
    let row = record::Entity::find_by_id(RecordKey::of(scope, kind, id).0.to_vec()).one(db).await?;
    Ok(row.filter(|row| !row.empty))
}

/// Records of a scope in the order of their newest change, from behind that position.
pub async fn records(
    db: &impl ConnectionTrait,
    readable: &[ScopeRange],
    scope: &str,
    kind: Option<&str>,
    after: i64,
    limit: u64,
) -> Result<Vec<record::Model>, DbErr> {
    if !may_read(readable, scope) {
        return Ok(Vec::new());
    }
    let mut query = record::Entity::find()
        .filter(record::Column::Scope.eq(scope))
        .filter(record::Column::Pos.gt(after))
        .filter(record::Column::Empty.eq(false));
    if let Some(kind) = kind {
        query = query.filter(record::Column::Kind.eq(kind));
    }
    query.order_by_asc(record::Column::Pos).limit(limit.clamp(1, LIMIT)).all(db).await
}

/// The operation of that name, if the reader may see its record.
pub async fn operation(db: &impl ConnectionTrait, readable: &[ScopeRange], dot: &Dot) -> Result<Option<Op>, DbErr> {
    let found = lines::operations(db, &[*dot]).await?.remove(dot);
    Ok(found.filter(|op| may_read(readable, &op.scope)))
}

/// The operations of a stretch of an install's chain, in order.
pub async fn stretch(db: &impl ConnectionTrait, batch: &Batch) -> Result<Vec<Op>, DbErr> {
    let rows = line::Entity::find()
        .filter(line::Column::Install.eq(batch.install.0.to_vec()))
        .filter(line::Column::Seq.between(batch.from as i64, batch.to as i64))
        .order_by_asc(line::Column::Seq)
        .all(db)
        .await?;
    Ok(rows.iter().filter_map(lines::read).collect())
}

/// What waits, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Counts {
    /// Jobs not done yet.
    pub jobs_waiting: u64,
    /// Jobs that failed at least once.
    pub jobs_failing: u64,
    /// Operations in each state but `applied`.
    pub standings: std::collections::BTreeMap<&'static str, u64>,
    /// Fields in open conflict.
    pub conflicts: u64,
    /// Installs known.
    pub installs: u64,
    /// Installs that forked.
    pub forked: u64,
}

/// Counts it. Operations and conflicts are those that the reader may see, and lines that nobody can read.
pub async fn counts(db: &impl ConnectionTrait, readable: &[ScopeRange]) -> Result<Counts, DbErr> {
    let backend = db.get_database_backend();
    let mut counts = Counts {
        jobs_waiting: job::Entity::find().count(db).await?,
        jobs_failing: job::Entity::find().filter(job::Column::Error.is_not_null()).count(db).await?,
        conflicts: find_in_scopes::<conflict::Entity>(conflict::Column::Scope, backend, readable).count(db).await?,
        installs: install::Entity::find().filter(install::Column::Server.eq(false)).count(db).await?,
        forked: install::Entity::find().filter(install::Column::ForkSeq.is_not_null()).count(db).await?,
        ..Counts::default()
    };
    let seen = Condition::any()
        .add(within(standing::Column::Scope, backend, readable))
        .add(standing::Column::Code.eq(sync_protocol::Code::Unreadable.name()));
    let by_code: Vec<(String, i64)> = standing::Entity::find()
        .filter(seen)
        .select_only()
        .column(standing::Column::Code)
        .column_as(standing::Column::Seq.count(), "n")
        .group_by(standing::Column::Code)
        .into_tuple()
        .all(db)
        .await?;
    for (code, n) in by_code {
        if let Some(code) = sync_protocol::Code::parse(&code) {
            *counts.standings.entry(code.state().name()).or_default() += n as u64;
        }
    }
    Ok(counts)
}
