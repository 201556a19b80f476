//! Reading what waits for the office, and records as they stand. Every query says on whose behalf it reads.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use sync_protocol::{Dot, Line, Op, RecordKey, State, line as read_line};

use crate::{
    storage::{
        entities::{conflict, install, job, line, record, standing},
        rows,
        scoping::{ScopeRange, within},
    },
    sync::store::{append::install_id, standings},
};

/// Most rows of one answer.
pub const LIMIT: u64 = 500;

/// Whether the reader may see that scope.
fn may_read(readable: &[ScopeRange], scope: &str) -> bool {
    readable.iter().any(|range| range.contains(scope))
}

/// An operation that is not simply applied.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The operation.
    pub dot: Dot,
    /// Whose install wrote it.
    pub person: String,
    /// Scope, kind and id of the record; empty of an unreadable line.
    pub record: [String; 3],
    /// Where it stands.
    pub standing: sync_protocol::Standing,
}

/// Operations in that state that the reader may see, or that stand in no scope (unreadable lines) if they see all.
pub async fn standings(
    db: &impl ConnectionTrait,
    readable: &[ScopeRange],
    state: State,
    scope: Option<&str>,
) -> Result<Vec<Waiting>, DbErr> {
    let codes = sync_protocol::Code::ALL.iter().filter(|c| c.state() == state).map(|c| c.name());
    let mut query = standing::Entity::find().filter(standing::Column::Code.is_in(codes));
    query = match scope {
        Some(scope) => query.filter(standing::Column::Scope.eq(scope)),
        None if state == State::Unreadable => query,
        None => query.filter(within(standing::Column::Scope, db.get_database_backend(), readable)),
    };
    let found =
        query.order_by_asc(standing::Column::Install).order_by_asc(standing::Column::Seq).limit(LIMIT).all(db).await?;
    let ids = found.iter().map(|row| row.install.clone()).collect();
    let persons: HashMap<Vec<u8>, String> = rows::select_in::<install::Entity, _>(db, install::Column::Id, ids)
        .await?
        .into_iter()
        .map(|row| (row.id, row.person))
        .collect();
    Ok(found
        .into_iter()
        .filter(|row| row.scope.is_empty() || may_read(readable, &row.scope))
        .filter_map(|row| {
            let (dot, standing) = standings::read(&row)?;
            let person = persons.get(&row.install).cloned().unwrap_or_default();
            Some(Waiting { dot, person, record: [row.scope, row.kind, row.id], standing })
        })
        .collect())
}

/// Records with open conflicts that the reader may see, each with the fields that are open.
pub async fn conflicts(
    db: &impl ConnectionTrait,
    readable: &[ScopeRange],
    place: Option<&str>,
    kind: Option<&str>,
) -> Result<Vec<(record::Model, Vec<String>)>, DbErr> {
    let mut query =
        conflict::Entity::find().filter(within(conflict::Column::Scope, db.get_database_backend(), readable));
    if let Some(place) = place {
        query = query.filter(conflict::Column::Scope.starts_with(place));
    }
    if let Some(kind) = kind {
        query = query.filter(conflict::Column::Kind.eq(kind));
    }
    let open =
        query.order_by_asc(conflict::Column::Scope).order_by_asc(conflict::Column::Id).limit(LIMIT).all(db).await?;
    let mut fields: HashMap<Vec<u8>, Vec<String>> = HashMap::new();
    for row in open.into_iter().filter(|row| may_read(readable, &row.scope)) {
        fields.entry(row.record).or_default().push(row.field);
    }
    let keys = fields.keys().cloned().collect();
    let records = rows::select_in::<record::Entity, _>(db, record::Column::Key, keys).await?;
    let mut found: Vec<(record::Model, Vec<String>)> =
        records.into_iter().filter_map(|row| fields.remove(&row.key).map(|fields| (row, fields))).collect();
    found.sort_by(|(a, _), (b, _)| (&a.scope, &a.kind, &a.id).cmp(&(&b.scope, &b.kind, &b.id)));
    Ok(found)
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

/// The operation of that name.
pub async fn operation(db: &impl ConnectionTrait, dot: &Dot) -> Result<Option<Op>, DbErr> {
    let key = (dot.install.0.to_vec(), dot.seq as i64, dot.hash.to_vec());
    let Some(row) = line::Entity::find_by_id(key).one(db).await? else { return Ok(None) };
    let read = install_id(&row.install).map(|install| read_line::read(install, row.seq as u64, &row.bytes));
    Ok(match read {
        Some(Line::Op(op)) => Some(*op),
        _ => None,
    })
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

/// Counts it.
pub async fn counts(db: &impl ConnectionTrait) -> Result<Counts, DbErr> {
    let mut counts = Counts {
        jobs_waiting: job::Entity::find().count(db).await?,
        jobs_failing: job::Entity::find().filter(job::Column::Attempts.gt(0)).count(db).await?,
        conflicts: conflict::Entity::find().count(db).await?,
        installs: install::Entity::find().filter(install::Column::Server.eq(false)).count(db).await?,
        forked: install::Entity::find().filter(install::Column::ForkSeq.is_not_null()).count(db).await?,
        ..Counts::default()
    };
    let by_code: Vec<(String, i64)> = standing::Entity::find()
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
