//! Photos counted by the teams in which those who took them were stationed then. Where only place and time are asked for, by the counts that are kept of
//! people for whole stretches, and what is left at the ends of postings one by one: exactly. Else one by one, the newest 10,000.

use std::collections::{BTreeMap, HashSet};

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait as _, JoinType, Query, UnionType},
};

use super::{count::MOST, of_scopes, of_term, page, page::Towards, scopes};
use crate::{
    gallery::{
        filter::{Posting, Sought, Term},
        projection::PERSON,
        stretch::Pieces,
    },
    storage::entities::{gallery, gallery_count, station},
};

/// SQLite takes no more in a union.
const MOST_IN_UNION: usize = 400;

/// How many photos of each team there are among those looked for.
pub async fn counts(db: &impl ConnectionTrait, sought: &Sought) -> Result<BTreeMap<String, i64>, DbErr> {
    let scopes = scopes(db, sought).await?;
    match sought.is_narrow() {
        true => one_by_one(db, sought, &scopes).await,
        false => kept(db, sought, &scopes).await,
    }
}

#[derive(FromQueryResult)]
struct OfTeam {
    team: String,
    photos: i64,
}

async fn one_by_one(
    db: &impl ConnectionTrait,
    sought: &Sought,
    scopes: &[String],
) -> Result<BTreeMap<String, i64>, DbErr> {
    use gallery::Column::{Person, Record, TakenMs};
    use station::Column::{FromMs, Team, ToMs};
    let most = MOST as usize;
    let photos = page::union(db, sought, scopes, &[Person, TakenMs, Record], (None, Towards::Older), most);
    let Some(photos) = photos else { return Ok(BTreeMap::new()) };
    let of = |column: gallery::Column| Expr::col(("photos", column));
    let to = |column: station::Column| Expr::col((station::Entity, column));
    let posted = to(station::Column::Person)
        .equals(("photos", Person))
        .and(to(FromMs).lte(of(TakenMs)))
        .and(to(ToMs).is_null().or(to(ToMs).gt(of(TakenMs))));
    let mut query = Query::select();
    query
        .expr_as(to(Team), "team")
        // A person may be posted to a team twice at a time.
        .expr_as(of(Record).count_distinct(), "photos")
        .from_subquery(photos, "photos")
        .join(JoinType::InnerJoin, station::Entity, posted)
        .and_where(to(Team).is_not_null())
        .add_group_by([to(Team)]);
    let rows = db.query_all(&query).await?;
    let of_team = |row| OfTeam::from_query_result(&row, "").map(|of| (of.team, of.photos));
    rows.into_iter().map(of_team).collect()
}

#[derive(FromQueryResult)]
struct OfStretch {
    key: String,
    stretch: i64,
    photos: i64,
}

#[derive(FromQueryResult)]
struct OfEdge {
    scope: String,
    team: String,
    photos: i64,
}

async fn kept(db: &impl ConnectionTrait, sought: &Sought, scopes: &[String]) -> Result<BTreeMap<String, i64>, DbErr> {
    use gallery_count::Column::{Facet, Key, Photos, Scope, Stretch};
    let postings = postings(db).await?;
    let mut teams: BTreeMap<String, i64> = BTreeMap::new();
    let (mut whole, mut edges) = (Vec::new(), Vec::new());
    for term in sought.terms.iter().flat_map(|within| clipped(&postings, within)) {
        let (team, term) = term;
        let pieces = Pieces::of(&term.span);
        edges.extend(pieces.edges.into_iter().map(|span| (team, Term { person: term.person.clone(), span })));
        whole.push((team, term.person, pieces.whole));
    }
    let first = whole.iter().map(|(.., stretches)| stretches.start).min().unwrap_or(0);
    let last = whole.iter().map(|(.., stretches)| stretches.end).max().unwrap_or(0);
    let counted: Vec<OfStretch> = gallery_count::Entity::find()
        .filter(of_scopes(Scope, db, scopes, true))
        .filter(Facet.eq(PERSON))
        .filter(Stretch.gte(first).and(Stretch.lt(last)))
        .select_only()
        .columns([Key, Stretch])
        .column_as(Photos.sum().cast_as("bigint"), "photos")
        .group_by(Key)
        .group_by(Stretch)
        .into_model()
        .all(db)
        .await?;
    let mut people: BTreeMap<&str, Vec<(i64, i64)>> = BTreeMap::new();
    counted.iter().for_each(|of| people.entry(&of.key).or_default().push((of.stretch, of.photos)));
    for (team, person, stretches) in &whole {
        let theirs = person.as_deref().and_then(|person| people.get(person)).into_iter().flatten();
        let photos: i64 = theirs.filter(|(stretch, _)| stretches.contains(stretch)).map(|(_, photos)| photos).sum();
        *teams.entry((*team).to_owned()).or_default() += photos;
    }
    let readable: HashSet<&String> = scopes.iter().collect();
    for edges in edges.chunks(MOST_IN_UNION) {
        for of in at_edges(db, edges).await?.into_iter().filter(|of| readable.contains(&of.scope)) {
            *teams.entry(of.team).or_default() += of.photos;
        }
    }
    teams.retain(|_, photos| *photos > 0);
    Ok(teams)
}

/// Photos of people for some time, by scope.
async fn at_edges(db: &impl ConnectionTrait, edges: &[(&String, Term)]) -> Result<Vec<OfEdge>, DbErr> {
    use gallery::Column::Scope;
    let one = |(team, term): &(&String, Term)| {
        let query = gallery::Entity::find().select_only().column(Scope).filter(of_term(term)).group_by(Scope);
        let query = query.expr_as(Expr::value(team.as_str()), "team");
        QueryTrait::into_query(query.expr_as(Scope.into_expr().count(), "photos"))
    };
    let mut all = edges.iter().map(one);
    let Some(mut first) = all.next() else { return Ok(Vec::new()) };
    all.for_each(|next| {
        first.union(UnionType::All, next);
    });
    db.query_all(&first).await?.iter().map(|row| OfEdge::from_query_result(row, "")).collect()
}

/// Who was stationed in which team, and when.
async fn postings(db: &impl ConnectionTrait) -> Result<BTreeMap<String, Vec<Posting>>, DbErr> {
    let mut teams: BTreeMap<String, Vec<Posting>> = BTreeMap::new();
    for row in station::Entity::find().filter(station::Column::Team.is_not_null()).all(db).await? {
        let posting = Posting { person: row.person, from_ms: row.from_ms, to_ms: row.to_ms };
        teams.entry(row.team.unwrap_or_default()).or_default().push(posting);
    }
    Ok(teams)
}

/// The members of each team while they were in it, within that time.
fn clipped<'p>(
    postings: &'p BTreeMap<String, Vec<Posting>>,
    within: &Term,
) -> impl Iterator<Item = (&'p String, Term)> {
    let span = within.span.clone();
    postings.iter().flat_map(move |(team, postings)| {
        Posting::terms(postings.clone(), &span).into_iter().map(move |term| (team, term))
    })
}
