//! Scoping in the query's constructor: what a person may read, as a condition on a column that holds scopes.

use std::collections::BTreeSet;

use mobile_schema::Lane;
use sea_orm::{
    ColumnTrait, Condition, DbBackend, EntityTrait, QueryFilter, Select,
    sea_query::{Expr, ExprTrait as _},
};

/// All scopes `place/lane` from `lo` (included) to `hi` (not included), in byte order, in one of these lanes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScopeRange {
    /// The first.
    pub lo: String,
    /// The first after.
    pub hi: String,
    /// Only these lanes.
    pub lanes: BTreeSet<Lane>,
}

impl ScopeRange {
    /// The scopes of this very place.
    pub fn exactly(place: &str, lanes: BTreeSet<Lane>) -> Self {
        Self { lo: format!("{place}/"), hi: format!("{place}0"), lanes }
    }

    /// Whether that scope is one of them.
    pub fn contains(&self, scope: &str) -> bool {
        let lane = scope.split_once('/').and_then(|(_, lane)| Lane::parse(lane));
        self.lo.as_str() <= scope && scope < self.hi.as_str() && lane.is_some_and(|l| self.lanes.contains(&l))
    }

    /// Whether it has all that the other has.
    pub fn includes(&self, other: &Self) -> bool {
        self.lo <= other.lo && other.hi <= self.hi && other.lanes.is_subset(&self.lanes)
    }

    /// The place, if it is the range of one place alone. After `/` comes `0`.
    fn place(&self) -> Option<&str> {
        let place = self.lo.strip_suffix('/')?;
        (self.hi.strip_suffix('0') == Some(place)).then_some(place)
    }
}

/// The rows of a table that lie in these scopes; `column` is the one that holds the scope. There is no other way to begin a query on
/// behalf of a person.
pub fn find_in_scopes<E: EntityTrait>(column: E::Column, backend: DbBackend, scopes: &[ScopeRange]) -> Select<E> {
    E::find().filter(within(column, backend, scopes))
}

/// The condition that a scope lies in one of these ranges.
pub fn within(column: impl ColumnTrait, backend: DbBackend, scopes: &[ScopeRange]) -> Condition {
    any_of(column, backend, scopes, column.into_expr())
}

/// Likewise, for a query that is to walk an index of something else in its order. SQLite, which counts no rows beforehand, would take that of
/// the scope, read all there is of it, and sort it.
pub fn within_a_walk(column: impl ColumnTrait, backend: DbBackend, scopes: &[ScopeRange]) -> Condition {
    let text = match backend {
        DbBackend::Sqlite => Expr::cust_with_exprs("+?", [column.into_expr()]),
        _ => column.into_expr(),
    };
    any_of(column, backend, scopes, text)
}

fn any_of(column: impl ColumnTrait, backend: DbBackend, scopes: &[ScopeRange], text: Expr) -> Condition {
    if scopes.is_empty() {
        // An empty `any` holds for every row.
        return Condition::all().add(Expr::value(false));
    }
    scopes.iter().fold(Condition::any(), |any, range| any.add(one(column, backend, range, &text)))
}

fn one(column: impl ColumnTrait, backend: DbBackend, range: &ScopeRange, text: &Expr) -> Condition {
    if let Some(place) = range.place() {
        let scopes = range.lanes.iter().map(|lane| format!("{place}/{}", lane.name()));
        return Condition::all().add(text.clone().is_in(scopes));
    }
    // Ranges are in byte order; PostgreSQL's default collation is of some language, and sorts `/` and `.` elsewhere.
    let text = || match backend {
        DbBackend::Postgres => Expr::cust_with_exprs("$1 COLLATE \"C\"", [text.clone()]),
        _ => text.clone(),
    };
    let mut all = Condition::all().add(text().gte(range.lo.as_str())).add(text().lt(range.hi.as_str()));
    if range.lanes.len() < Lane::ALL.len() {
        let lanes = range.lanes.iter().map(|lane| column.ends_with(format!("/{}", lane.name())));
        all = all.add(lanes.fold(Condition::any(), Condition::add));
    }
    all
}
