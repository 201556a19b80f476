//! Pages of photos in the order of time. Each walks an index from a place in it: of the person or item, else of each scope where these are few,
//! else of time alone.

use std::cmp::Reverse;

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, FromQueryResult, Order, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
    sea_query::{Asterisk, Expr, ExprTrait as _, Query, SelectStatement, UnionType},
};
use serde::{Deserialize, Serialize};

use super::{matching, of_term};
use crate::{
    gallery::filter::Sought,
    storage::{
        entities::{gallery::Column, scope},
        scoping::{find_in_scopes, within},
    },
};

/// Of more scopes than this not each is walked: some photo among the next few is of one of them.
const FEW_SCOPES: usize = 40;

/// A place in the order of time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, FromQueryResult)]
pub struct Mark {
    /// When taken, ms.
    pub taken_ms: i64,
    /// Key of the record.
    pub record: Vec<u8>,
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Towards {
    /// The newest first.
    Older,
    /// The oldest first.
    Newer,
}

/// The first so many behind that place.
pub async fn page(
    db: &impl ConnectionTrait,
    sought: &Sought,
    behind: Option<&Mark>,
    towards: Towards,
    limit: usize,
) -> Result<Vec<Mark>, DbErr> {
    let walks = walks(db, sought).await?;
    let columns = &[Column::TakenMs, Column::Record];
    let Some(statement) = union(db, sought, &walks, columns, (behind, towards), limit) else { return Ok(Vec::new()) };
    let rows = db.query_all(&statement).await?;
    let mut marks = rows.iter().map(|row| Mark::from_query_result(row, "")).collect::<Result<Vec<_>, _>>()?;
    match towards {
        Towards::Older => marks.sort_by(|a, b| Reverse(a).cmp(&Reverse(b))),
        Towards::Newer => marks.sort(),
    }
    marks.truncate(limit);
    Ok(marks)
}

/// What an index is walked for, each alone: all together are the photos looked for.
pub(super) async fn walks(db: &impl ConnectionTrait, sought: &Sought) -> Result<Vec<Condition>, DbErr> {
    let terms = || sought.terms.iter().map(of_term);
    if sought.item.is_some() || sought.terms.iter().any(|term| term.person.is_some()) {
        return Ok(terms().collect());
    }
    let backend = db.get_database_backend();
    let mut scopes = find_in_scopes::<scope::Entity>(scope::Column::Scope, backend, &sought.readable);
    if let Some(below) = &sought.below {
        scopes = scopes.filter(within(scope::Column::Scope, backend, below));
    }
    let scopes = scopes.select_only().column(scope::Column::Scope).limit(FEW_SCOPES as u64 + 1);
    let scopes: Vec<String> = scopes.into_tuple().all(db).await?;
    if scopes.len() > FEW_SCOPES {
        return Ok(terms().collect());
    }
    let each = |term: Condition| scopes.iter().map(move |scope| term.clone().add(Column::Scope.eq(scope)));
    Ok(terms().flat_map(each).collect())
}

/// One statement for all walks, each that long; none where there is nothing to walk for.
pub(super) fn union(
    db: &impl ConnectionTrait,
    sought: &Sought,
    walks: &[Condition],
    columns: &[Column],
    (behind, towards): (Option<&Mark>, Towards),
    limit: usize,
) -> Option<SelectStatement> {
    use Column::{Record, TakenMs};
    let order = if towards == Towards::Older { Order::Desc } else { Order::Asc };
    let one = |(nth, walk): (usize, &Condition)| {
        let mut query = matching(db, sought).select_only().columns(columns.iter().copied()).filter(walk.clone());
        if let Some(mark) = behind {
            let here = Expr::tuple([TakenMs.into_expr(), Record.into_expr()]);
            let there = Expr::tuple([Expr::value(mark.taken_ms), Expr::value(mark.record.clone())]);
            query = query.filter(if towards == Towards::Older { here.lt(there) } else { here.gt(there) });
        }
        let query = query.order_by(TakenMs, order.clone()).order_by(Record, order.clone()).limit(limit as u64);
        let walk = QueryTrait::into_query(query);
        // SQLite takes an order within a union only so.
        Query::select().column(Asterisk).from_subquery(walk, format!("walk{nth}")).to_owned()
    };
    let mut all = walks.iter().enumerate().map(one);
    let mut first = all.next()?;
    all.for_each(|next| {
        first.union(UnionType::All, next);
    });
    Some(first)
}

/// The statement of a page, for who asks how the database would go about it.
#[doc(hidden)]
pub async fn explained(
    db: &impl ConnectionTrait,
    sought: &Sought,
    behind: Option<&Mark>,
    limit: usize,
) -> Result<Option<SelectStatement>, DbErr> {
    let walks = walks(db, sought).await?;
    Ok(union(db, sought, &walks, &[Column::TakenMs, Column::Record], (behind, Towards::Older), limit))
}
