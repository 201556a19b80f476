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

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Select, sea_query::Expr};

use super::filter::{Posting, Sought, Term};
use crate::storage::{
    entities::{gallery, station},
    scoping::{within, within_a_walk},
};

/// Who was stationed in a team, and when.
pub async fn postings(db: &impl ConnectionTrait, team: &str) -> Result<Vec<Posting>, DbErr> {
    let rows = station::Entity::find().filter(station::Column::Team.eq(team)).all(db).await?;
    Ok(rows.into_iter().map(|row| Posting { person: row.person, from_ms: row.from_ms, to_ms: row.to_ms }).collect())
}

/// The photos that are looked for, whoever took them and whenever. What is walked is for the caller to say.
fn matching(db: &impl ConnectionTrait, sought: &Sought) -> Select<gallery::Entity> {
    use gallery::Column::{Item, Scope};
    let backend = db.get_database_backend();
    let mut query = gallery::Entity::find().filter(within_a_walk(Scope, backend, &sought.readable));
    if let Some(below) = &sought.below {
        query = query.filter(within_a_walk(Scope, backend, below));
    }
    if let Some(item) = &sought.item {
        query = query.filter(Item.eq(item));
    }
    query
}

/// That a count is of the scopes looked for. The counts lie in the order of scopes: of one place they are a stretch of it, else all are gone
/// through, which is as quick as leaving out some.
fn counted(column: impl ColumnTrait, db: &impl ConnectionTrait, sought: &Sought) -> Condition {
    let backend = db.get_database_backend();
    let readable = within_a_walk(column, backend, &sought.readable);
    match sought.below.as_deref() {
        None => readable,
        Some(below @ [_]) => Condition::all().add(readable).add(within(column, backend, below)),
        Some(below) => Condition::all().add(readable).add(within_a_walk(column, backend, below)),
    }
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
