//! The table `gallery` and its counts: [`keep`] writes them, [`gather`] brings in what was there before them, [`page`], [`count`] and
//! [`map`] ask them, [`teams`] by the teams of who took them; [`one`] and [`trail`] what there is about single photos; [`views`] who looked.

pub mod count;
pub mod gather;
pub mod keep;
pub mod map;
pub mod one;
pub mod page;
pub mod teams;
pub mod trail;
pub mod views;

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
    sea_query::{Expr, ExprTrait as _, Query, SelectStatement},
};

use super::filter::{Against, Decision, Posting, Sought, Term};
use crate::storage::{
    entities::{gallery, photo_visit, scope, signal, station, visit},
    rows,
    scoping::{find_in_scopes, within},
};

/// Who was stationed in a team, and when.
pub async fn postings(db: &impl ConnectionTrait, team: &str) -> Result<Vec<Posting>, DbErr> {
    let rows = station::Entity::find().filter(station::Column::Team.eq(team)).all(db).await?;
    Ok(rows.into_iter().map(|row| Posting { person: row.person, from_ms: row.from_ms, to_ms: row.to_ms }).collect())
}

/// The scopes of the photos that are looked for. All else asks for these by name: held against ranges of places and lanes each row would cost ten
/// comparisons of text.
#[doc(hidden)]
pub async fn scopes(db: &impl ConnectionTrait, sought: &Sought) -> Result<Vec<String>, DbErr> {
    let (column, backend) = (scope::Column::Scope, db.get_database_backend());
    let mut query = find_in_scopes::<scope::Entity>(column, backend, &sought.readable);
    if let Some(below) = &sought.below {
        query = query.filter(within(column, backend, below));
    }
    query.order_by_asc(column).select_only().column(column).into_tuple().all(db).await
}

/// Of more scopes than this not each is walked: some row among the next few is of one of them.
const FEW_SCOPES: usize = 40;

/// That a row is of these scopes. Of few a table or index that is in their order is read at each; else, and where something else is to be walked,
/// rows are held against them, which SQLite, not counting beforehand, is told by the `+`.
fn of_scopes(column: impl ColumnTrait, db: &impl ConnectionTrait, scopes: &[String], walked: bool) -> Condition {
    if scopes.is_empty() {
        return any([]);
    }
    let held = !walked || scopes.len() > FEW_SCOPES;
    let text = match db.get_database_backend() {
        DbBackend::Sqlite if held => Expr::cust_with_exprs("+?", [column.into_expr()]),
        _ => column.into_expr(),
    };
    Condition::all().add(text.is_in(rows::list(scopes)))
}

/// The photos that are looked for, whoever took them and whenever. What is walked is for the caller to say.
fn matching(db: &impl ConnectionTrait, sought: &Sought, scopes: &[String]) -> Select<gallery::Entity> {
    use gallery::Column::{Item, Record, Scope};
    let mut query = gallery::Entity::find().filter(of_scopes(Scope, db, scopes, false));
    if let Some(item) = &sought.item {
        query = query.filter(Item.eq(item));
    }
    if let Some(campaign) = &sought.campaign {
        query = query.filter(Record.in_subquery(of_campaign(campaign)));
    }
    if let Some(against) = &sought.against {
        query = query.filter(Record.in_subquery(spoken_against(against)));
    }
    query
}

/// The photos that belong to visits of that campaign.
fn of_campaign(campaign: &str) -> SelectStatement {
    let visits = Query::select()
        .column(visit::Column::Record)
        .from(visit::Entity)
        .and_where(visit::Column::Campaign.eq(campaign))
        .to_owned();
    let mut photos = Query::select();
    photos.column(photo_visit::Column::Record).from(photo_visit::Entity);
    photos.and_where(photo_visit::Column::Visit.in_subquery(visits)).to_owned()
}

/// The photos of which these signals speak.
fn spoken_against(against: &Against) -> SelectStatement {
    let mut photos = Query::select().column(signal::Column::Record).from(signal::Entity).to_owned();
    if let Some(code) = against.code {
        photos.and_where(signal::Column::Code.eq(code.name()));
    }
    if let Some(decision) = against.decision {
        let said = "SELECT 1 FROM signal_review r WHERE r.photo = signal.record AND r.code = signal.code AND r.other = signal.other";
        photos.and_where(Expr::cust(match decision {
            Decision::Waiting => format!("NOT EXISTS ({said})"),
            Decision::Confirmed => format!("EXISTS ({said} AND r.verdict = 'confirmed')"),
            Decision::Explained => format!("EXISTS ({said} AND r.verdict = 'explained')"),
        }));
    }
    photos
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
