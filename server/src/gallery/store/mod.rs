//! The table `gallery` and its counts: [`keep`] writes them, [`gather`] brings in what was there before them, [`page`], [`count`] and
//! [`map`] ask them; [`one`] and [`trail`] what there is about single photos; [`views`] who looked.

pub mod count;
pub mod gather;
pub mod keep;
pub mod map;
pub mod one;
pub mod page;
pub mod trail;
pub mod views;

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Select, sea_query::Expr,
};

use super::filter::{Posting, Sought, Term};
use crate::storage::{
    entities::{gallery, station},
    scoping::{find_in_scopes, within},
};

/// Who was stationed in a team, and when.
pub async fn postings(db: &impl ConnectionTrait, team: &str) -> Result<Vec<Posting>, DbErr> {
    let rows = station::Entity::find().filter(station::Column::Team.eq(team)).all(db).await?;
    Ok(rows.into_iter().map(|row| Posting { person: row.person, from_ms: row.from_ms, to_ms: row.to_ms }).collect())
}

/// The photos that are looked for, whoever took them and whenever.
fn matching(db: &impl ConnectionTrait, sought: &Sought) -> Select<gallery::Entity> {
    use gallery::Column::{Item, Scope};
    let backend = db.get_database_backend();
    let mut query = find_in_scopes::<gallery::Entity>(Scope, backend, &sought.readable);
    if let Some(below) = &sought.below {
        query = query.filter(within(Scope, backend, below));
    }
    if let Some(item) = &sought.item {
        query = query.filter(Item.eq(item));
    }
    query
}

/// That a photo is of that person and time.
fn of_term(term: &Term) -> Condition {
    use gallery::Column::{Person, TakenMs};
    let mut all = Condition::all();
    if let Some(person) = &term.person {
        all = all.add(Person.eq(person));
    }
    if term.span.start > 0 {
        all = all.add(TakenMs.gte(term.span.start));
    }
    if term.span.end < i64::MAX {
        all = all.add(TakenMs.lt(term.span.end));
    }
    all
}

/// That any of these holds; where there is none, nothing does.
fn any(conditions: impl IntoIterator<Item = Condition>) -> Condition {
    let all: Vec<Condition> = conditions.into_iter().collect();
    if all.is_empty() {
        return Condition::all().add(Expr::value(false));
    }
    all.into_iter().fold(Condition::any(), Condition::add)
}

/// Only so many columns, read as a tuple.
fn columns<const N: usize>(query: Select<gallery::Entity>, columns: [gallery::Column; N]) -> Select<gallery::Entity> {
    query.select_only().columns(columns)
}
