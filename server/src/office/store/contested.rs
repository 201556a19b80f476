//! Fields with several values: which records have them, in the order of an index, and which of their fields.

use std::{collections::HashMap, sync::Arc};

use mobile_schema::Template;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait as _},
};
use serde::{Deserialize, Serialize};
use sync_protocol::{Code, State, record::Fed};

use super::lines;
use crate::{
    office::{
        contest::{Contest, contests},
        filter::{Beside, ConflictFilter, Sort},
    },
    storage::{
        entities::{conflict, ruling, standing},
        scoping::{ScopeRange, find_in_scopes, within},
    },
};

/// So many records are read at once.
const CHUNK: usize = 200;

/// On whose behalf, and what is looked for.
pub struct Sought<'a> {
    /// The scopes they may see.
    pub readable: Vec<ScopeRange>,
    /// Only these.
    pub below: Option<Vec<ScopeRange>>,
    /// The rest of the filter.
    pub filter: &'a ConflictFilter,
}

/// A place in the list: what it is sorted by (0 by place), then scope, kind, id and field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mark(i64, Name, String);

/// Scope, kind and id.
type Name = (String, String, String);

impl Mark {
    fn of(sort: Sort, one: &Contest) -> Self {
        Self(one.rank(sort), one.name.clone(), one.field.clone())
    }
}

/// Up to `limit` of them behind that place, and the place to go on from; none after the last.
pub async fn page(
    db: &impl ConnectionTrait,
    sought: &Sought<'_>,
    sort: Sort,
    after: Option<Mark>,
    limit: usize,
) -> Result<(Vec<Contest>, Option<Mark>), DbErr> {
    let mut found = match sort {
        Sort::Place => by_place(db, sought, after, limit).await?,
        _ => by_rank(db, sought, sort, after, limit).await?,
    };
    // One more than asked for shows that there are more.
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|one| Mark::of(sort, one));
    Ok((found, next))
}

/// They come in this order: it begins at the mark and ends when the page is full.
async fn by_place(
    db: &impl ConnectionTrait,
    sought: &Sought<'_>,
    after: Option<Mark>,
    limit: usize,
) -> Result<Vec<Contest>, DbErr> {
    let mut found: Vec<Contest> = Vec::new();
    // The record of the mark may have more fields.
    let mut from = after.as_ref().map(|mark| (mark.1.clone(), true));
    loop {
        let chunk = chunk(db, sought, &mut from).await?;
        let behind = |one: &Contest| after.as_ref().is_none_or(|a| one.name != a.1 || one.field > a.2);
        found.extend(chunk.into_iter().filter(behind));
        if from.is_none() || found.len() > limit {
            return Ok(found);
        }
    }
}

/// All are looked at, and the first kept.
async fn by_rank(
    db: &impl ConnectionTrait,
    sought: &Sought<'_>,
    sort: Sort,
    after: Option<Mark>,
    limit: usize,
) -> Result<Vec<Contest>, DbErr> {
    let mut kept: Vec<Contest> = Vec::new();
    let mut from = None;
    loop {
        let chunk = chunk(db, sought, &mut from).await?;
        kept.extend(chunk.into_iter().filter(|one| after.as_ref().is_none_or(|after| Mark::of(sort, one) > *after)));
        kept.sort_by_cached_key(|one| Mark::of(sort, one));
        kept.truncate(limit + 1);
        if from.is_none() {
            return Ok(kept);
        }
    }
}

/// The next records' fields; `from` moves on, and is none after the last. It says whether the record it names is wanted too.
async fn chunk(
    db: &impl ConnectionTrait,
    sought: &Sought<'_>,
    from: &mut Option<(Name, bool)>,
) -> Result<Vec<Contest>, DbErr> {
    let rows = records(db, sought, from.as_ref()).await?;
    let last = rows.last().filter(|_| rows.len() == CHUNK);
    *from = last.map(|(scope, kind, id, _)| ((scope.clone(), kind.clone(), id.clone()), false));
    let keys: Vec<Vec<u8>> = rows.into_iter().map(|row| row.3).collect();
    let mut bodies = lines::bodies(db, keys.clone()).await?;
    let bodies: Vec<Arc<str>> = keys.iter().filter_map(|key| bodies.remove(key)).map(Arc::from).collect();
    let fed: Vec<(&Arc<str>, Fed<'_>)> = bodies.iter().filter_map(|b| Some((b, Fed::read(b).ok()?))).collect();
    let templates = templates(db, fed.iter().filter_map(|(_, fed)| fed.tpl.clone()).collect()).await?;
    let template = |fed: &Fed<'_>| fed.tpl.as_ref().and_then(|tpl| templates.get(tpl));
    Ok(fed.iter().flat_map(|(body, fed)| contests(body, fed, template(fed), sought.filter)).collect())
}

/// Scope, kind, id and key of a record.
type Row = (String, String, String, Vec<u8>);

/// The next records that have such fields.
async fn records(
    db: &impl ConnectionTrait,
    sought: &Sought<'_>,
    from: Option<&(Name, bool)>,
) -> Result<Vec<Row>, DbErr> {
    match sought.filter.state {
        Beside::Open => open(db, sought, from).into_tuple().all(db).await,
        Beside::Outranked => outranked(db, sought, from).into_tuple().all(db).await,
    }
}

/// In the order of the index `conflict_named`.
fn open(db: &impl ConnectionTrait, sought: &Sought<'_>, from: Option<&(Name, bool)>) -> Select<conflict::Entity> {
    use conflict::Column::{Id, Kind, Record, Scope};
    let open = find_in_scopes::<conflict::Entity>(Scope, db.get_database_backend(), &sought.readable);
    narrowed(db, open, [Scope, Kind, Id, Record], sought, from)
}

/// In the order of the index `standing_named`.
fn outranked(db: &impl ConnectionTrait, sought: &Sought<'_>, from: Option<&(Name, bool)>) -> Select<standing::Entity> {
    use standing::Column::{Code, Id, Kind, Record, Scope};
    let code = match db.get_database_backend() {
        // An expression, so that it is not tempted to go by the index that begins with the code, and to sort what it finds.
        DbBackend::Sqlite => Expr::cust_with_exprs("? || ''", [Code.into_expr()]),
        _ => Code.into_expr(),
    };
    let outranked = find_in_scopes::<standing::Entity>(Scope, db.get_database_backend(), &sought.readable)
        .filter(code.is_in(leaving_beside()))
        .filter(Record.is_not_null());
    narrowed(db, outranked, [Scope, Kind, Id, Record], sought, from)
}

/// The codes of operations that may have a value kept beside: the worst of their fields may be in open conflict.
fn leaving_beside() -> Vec<&'static str> {
    let outranked = |code: &&Code| code.state() == State::Outranked && **code != Code::NotDeleted;
    Code::ALL.iter().filter(outranked).chain(&[Code::OpenConflict]).map(|code| code.name()).collect()
}

fn narrowed<E: EntityTrait>(
    db: &impl ConnectionTrait,
    mut query: Select<E>,
    [scope, kind, id, record]: [E::Column; 4],
    sought: &Sought<'_>,
    from: Option<&(Name, bool)>,
) -> Select<E> {
    if let Some(below) = &sought.below {
        query = query.filter(within(scope, db.get_database_backend(), below));
    }
    if let Some(wanted) = &sought.filter.kind {
        query = query.filter(kind.eq(wanted));
    }
    if let Some(((s, k, i), inclusive)) = from {
        let name = Expr::tuple([scope, kind, id].map(|column| column.into_expr()));
        let place = Expr::tuple([s, k, i].map(|text| Expr::value(text.as_str())));
        query = query.filter(if *inclusive { name.gte(place) } else { name.gt(place) });
    }
    let query = query.select_only().distinct().columns([scope, kind, id, record]);
    let query = query.order_by_asc(scope).order_by_asc(kind).order_by_asc(id).order_by_asc(record);
    query.limit(CHUNK as u64)
}

/// The templates of these names. Of one in two scopes that of the highest scope counts (`PROTOCOL.md`, section 7).
pub async fn templates(db: &impl ConnectionTrait, mut names: Vec<String>) -> Result<HashMap<String, Template>, DbErr> {
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return Ok(HashMap::new());
    }
    let mut rows = ruling::Entity::find()
        .filter(ruling::Column::Kind.eq("checklist_template"))
        .filter(ruling::Column::Id.is_in(names))
        .all(db)
        .await?;
    rows.sort_unstable_by(|a, b| a.scope.cmp(&b.scope));
    Ok(rows.into_iter().filter_map(|row| Some((row.id, Template::parse(&row.fields).ok()?))).collect())
}

#[cfg(test)]
#[path = "contested_tests.rs"]
mod tests;
