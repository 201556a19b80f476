//! Finds the photos of a scope that are due, the longest taken first, page by page.

use std::collections::{BTreeMap, HashMap};

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait as _},
};
use sync_protocol::{Dot, RecordKey};

use crate::{
    gallery::store::{one, trail},
    retention::{
        due::{self, Age, Due},
        rule::Clause,
    },
    storage::{
        Db,
        entities::{gallery, line},
        rows,
    },
};

/// Photos looked at together.
const PAGE: usize = 200;

/// Goes through a scope.
pub struct Walk<'a> {
    /// The database.
    pub db: &'a Db,
    /// The scope.
    pub scope: &'a str,
    /// By what they go.
    pub clause: Clause,
    /// Nothing goes before it was here for so many days.
    pub floor_days: u32,
    /// Those that are due then, ms.
    pub by_ms: i64,
    behind: Option<(i64, Vec<u8>)>,
    ended: bool,
}

impl<'a> Walk<'a> {
    /// From the first on.
    pub fn new(db: &'a Db, scope: &'a str, clause: Clause, floor_days: u32, by_ms: i64) -> Self {
        Self { db, scope, clause, floor_days, by_ms, behind: None, ended: false }
    }

    /// The next of them, perhaps none of a page; nothing behind the last page.
    pub async fn next(&mut self) -> Result<Option<BTreeMap<RecordKey, Due>>, DbErr> {
        use gallery::Column::{Record, Scope, TakenMs};
        if self.ended {
            return Ok(None);
        }
        let mut query = gallery::Entity::find()
            .filter(Scope.eq(self.scope))
            .filter(TakenMs.lt(due::taken_before_ms(self.clause, self.by_ms)));
        if let Some((taken_ms, record)) = &self.behind {
            let here = Expr::tuple([TakenMs.into_expr(), Record.into_expr()]);
            query = query.filter(here.gt(Expr::tuple([Expr::value(*taken_ms), Expr::value(record.clone())])));
        }
        let page = query.order_by_asc(TakenMs).order_by_asc(Record).limit(PAGE as u64).all(&self.db.read).await?;
        self.ended = page.len() < PAGE;
        self.behind = page.last().map(|last| (last.taken_ms, last.record.clone()));
        let keys = page.into_iter().map(|row| row.record).collect();
        let dues = ages(&self.db.read, keys).await?.into_iter().map(|(key, age)| {
            let due = due::due(age, self.clause, self.floor_days);
            (key, due)
        });
        Ok(Some(dues.filter(|(_, due)| due.at_ms <= self.by_ms).collect()))
    }
}

/// Since when these photos are.
pub async fn ages(db: &impl ConnectionTrait, keys: Vec<Vec<u8>>) -> Result<Vec<(RecordKey, Age)>, DbErr> {
    let shown = one::shown(db, keys.clone()).await?;
    let without = keys.iter().filter(|key| shown.original(key).is_none()).cloned().collect();
    let came = came(db, without).await?;
    let age = |key: Vec<u8>| {
        let received_ms = shown.original(&key).map(|blob| blob.stored_ms).or_else(|| came.get(&key).copied())?;
        let taken_ms = Some(shown.places.get(&key)?.taken_ms).filter(|taken_ms| *taken_ms > 0);
        Some((RecordKey(key.try_into().ok()?), Age { taken_ms, received_ms }))
    };
    Ok(keys.into_iter().filter_map(age).collect())
}

/// When the first line of each of these records came, ms.
async fn came(db: &impl ConnectionTrait, keys: Vec<Vec<u8>>) -> Result<HashMap<Vec<u8>, i64>, DbErr> {
    let rows = rows::select_in::<line::Entity, _>(db, line::Column::Record, keys).await?;
    let dots: Vec<(Dot, Vec<u8>)> = rows.into_iter().filter_map(|row| Some((row.dot()?, row.record?))).collect();
    let received = trail::received(db, dots.iter().map(|(dot, _)| *dot)).await?;
    let mut first = HashMap::new();
    for (dot, record) in dots {
        let Some(at_ms) = received.get(&dot) else { continue };
        let first = first.entry(record).or_insert(*at_ms);
        *first = std::cmp::min(*first, *at_ms);
    }
    Ok(first)
}
