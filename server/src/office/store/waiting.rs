//! Operations that are not simply applied: which there are, in the order of an index, and what a person must know to decide on them.

use std::collections::{BTreeSet, HashMap, HashSet};

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait as _},
};
use serde::{Deserialize, Serialize};
use sync_protocol::{Code, Dot, InstallId, Op, Standing, time::Corrected};

use super::lines;
use crate::{
    office::{
        filter::StandingFilter,
        views::{readable, standing::StandingView},
    },
    storage::{
        dots,
        entities::{install, standing},
        scoping::{ScopeRange, find_in_scopes, within},
    },
    sync::store::{append::install_id, standings},
};

/// Of rows that a time decides on, so many are read at once.
const CHUNK: usize = 500;
/// After so many rows a page ends, be it full or not: `next` goes on from there.
const EXAMINED: usize = 20_000;

/// On whose behalf, and what is looked for.
pub struct Sought<'a> {
    /// The scopes they may see.
    pub readable: Vec<ScopeRange>,
    /// Only these.
    pub below: Option<Vec<ScopeRange>>,
    /// The codes, by name.
    pub codes: Vec<Code>,
    /// The rest of the filter.
    pub filter: &'a StandingFilter,
    /// Whether they may see what that person wrote that lies in no scope, since nobody can read it.
    pub sees_person: &'a (dyn Fn(&str) -> bool + Send + Sync),
}

/// A place in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    code: String,
    scope: String,
    dot: Dot,
}

/// An operation found.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its name.
    pub dot: Dot,
    /// Where it stands.
    pub standing: Standing,
    /// Scope, kind, id of its record.
    pub name: [String; 3],
    /// Key of that record; none of an unreadable line.
    pub record: Option<Vec<u8>>,
    /// What it says; none of an unreadable line.
    pub op: Option<Op>,
    /// When it was written.
    pub time: Corrected,
    /// Who wrote it, as far as known.
    pub person: String,
}

/// Up to `limit` of them behind that place, and the place to go on from; none after the last.
pub async fn page(
    db: &impl ConnectionTrait,
    sought: &Sought<'_>,
    mut after: Option<Mark>,
    limit: usize,
) -> Result<(Vec<Found>, Option<Mark>), DbErr> {
    let Some(installs) = installs(db, sought.filter).await? else { return Ok((Vec::new(), None)) };
    let (mut found, mut examined) = (Vec::new(), 0);
    let begin = after.as_ref().map_or_else(String::new, |mark| mark.code.clone());
    for code in sought.codes.iter().filter(|code| code.name() >= begin.as_str()) {
        loop {
            let wanted = if sought.filter.is_timed() { CHUNK } else { limit - found.len() };
            let rows = rows(db, sought, *code, &installs, after.as_ref()).limit(wanted as u64).all(db).await?;
            let last = rows.len() < wanted;
            examined += rows.len();
            for one in read(db, rows).await? {
                let mark = Mark { code: code.name().to_owned(), scope: one.name[0].clone(), dot: one.dot };
                if sought.filter.takes(one.time) && (one.record.is_some() || (sought.sees_person)(&one.person)) {
                    found.push(one);
                }
                after = Some(mark);
                if found.len() == limit {
                    return Ok((found, after));
                }
            }
            if last {
                break;
            }
            if examined >= EXAMINED {
                return Ok((found, after));
            }
        }
    }
    Ok((found, None))
}

/// The phones that the filter names: all (an empty list), some, or none at all.
async fn installs(db: &impl ConnectionTrait, filter: &StandingFilter) -> Result<Option<Vec<Vec<u8>>>, DbErr> {
    let named = filter.install.map(|id| id.0.to_vec());
    let Some(person) = &filter.person else { return Ok(Some(named.into_iter().collect())) };
    let theirs = install::Entity::find().filter(install::Column::Person.eq(person)).all(db).await?;
    let mut ids: Vec<Vec<u8>> = theirs.into_iter().map(|row| row.id).collect();
    ids.retain(|id| named.as_ref().is_none_or(|named| named == id));
    Ok((!ids.is_empty()).then_some(ids))
}

/// The rows of one code behind that place: what the index `standing_desk` holds is compared in its order.
fn rows(
    db: &impl ConnectionTrait,
    sought: &Sought<'_>,
    code: Code,
    installs: &[Vec<u8>],
    after: Option<&Mark>,
) -> Select<standing::Entity> {
    use standing::Column;
    let backend = db.get_database_backend();
    let mut query = match code {
        // They lie in no scope; `sees_person` decides.
        Code::Unreadable => standing::Entity::find(),
        _ => find_in_scopes::<standing::Entity>(Column::Scope, backend, &sought.readable),
    };
    query = query.filter(Column::Code.eq(code.name()));
    if let Some(below) = &sought.below {
        query = query.filter(within(Column::Scope, backend, below));
    }
    if let Some(scope) = &sought.filter.scope {
        query = query.filter(Column::Scope.eq(scope));
    }
    if let Some(kind) = &sought.filter.kind {
        query = query.filter(Column::Kind.eq(kind));
    }
    if !installs.is_empty() {
        query = query.filter(Column::Install.is_in(installs.iter().cloned()));
    }
    if let Some(mark) = after.filter(|mark| mark.code == code.name()) {
        let order = [Column::Scope, Column::Install, Column::Seq, Column::Hash].map(|c| c.into_expr());
        let dot = &mark.dot;
        let place = [
            Expr::value(mark.scope.as_str()),
            Expr::value(dot.install.0.to_vec()),
            Expr::value(dot.seq as i64),
            Expr::value(dot.hash.to_vec()),
        ];
        query = query.filter(Expr::tuple(order).gt(Expr::tuple(place)));
    }
    let query = query.order_by_asc(Column::Scope).order_by_asc(Column::Install);
    query.order_by_asc(Column::Seq).order_by_asc(Column::Hash)
}

/// What the rows are about.
async fn read(db: &impl ConnectionTrait, rows: Vec<standing::Model>) -> Result<Vec<Found>, DbErr> {
    let dots: Vec<Dot> = rows.iter().filter_map(|row| dots::dot(&row.install, row.seq, &row.hash)).collect();
    let mut ops = lines::operations(db, &dots).await?;
    let times = lines::times(db, &ops.values().collect::<Vec<_>>()).await?;
    let installs: BTreeSet<InstallId> = rows.iter().filter_map(|row| install_id(&row.install)).collect();
    let owners = lines::owners(db, installs).await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let (dot, standing) = standings::read(&row)?;
            let op = ops.remove(&dot);
            let (owner, server) = owners.get(&dot.install).cloned().unwrap_or_default();
            let acting = op.as_ref().and_then(|op| op.acting.as_ref()).filter(|_| server);
            Some(Found {
                person: acting.map_or(owner, |(person, _)| person.clone()),
                time: times.get(&dot).copied().unwrap_or(Corrected::UNKNOWN),
                name: [row.scope, row.kind, row.id],
                record: row.record,
                dot,
                standing,
                op,
            })
        })
        .collect())
}

/// As the office sees them: with names, and the records as they stand now.
pub async fn views(db: &impl ConnectionTrait, found: Vec<Found>) -> Result<Vec<StandingView>, DbErr> {
    let names = lines::names(db, found.iter().map(|f| f.person.clone()).collect()).await?;
    let keys: HashSet<Vec<u8>> = found.iter().filter_map(|f| f.record.clone()).collect();
    let bodies: HashMap<Vec<u8>, String> = lines::bodies(db, keys.into_iter().collect()).await?;
    let view = |f: Found| {
        let mut view = StandingView::new(f.dot.to_string(), f.name, &f.standing, f.time.into());
        if let Some(op) = &f.op {
            view = view.saying(op);
        }
        view.name = names.get(&f.person).cloned();
        view.person = f.person;
        view.now = f.record.and_then(|key| bodies.get(&key)).map(|body| readable(body));
        view
    };
    Ok(found.into_iter().map(view).collect())
}

#[cfg(test)]
#[path = "waiting_tests.rs"]
mod tests;
