//! Photos counted. Where only place and time are asked for, by counts that are kept of whole stretches of time, and at the ends of a span one
//! by one: exactly. Else one by one, up to 10,000.

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, Select,
    sea_query::{ExprTrait as _, Query, SelectStatement},
};

use super::{
    any, of_scopes,
    page::{self, Towards},
    scopes,
};
use crate::{
    gallery::{
        filter::{Sought, Term},
        projection::{ITEM, PERSON},
        stretch::Pieces,
    },
    storage::entities::{gallery, gallery_count},
};

/// Most photos that are counted one by one.
pub const MOST: u64 = 10_000;
/// More than there are at the ends of any span.
const ALL: usize = i32::MAX as usize;

/// How many photos of a scope have something in common.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Group {
    /// Scope.
    pub scope: String,
    /// [`PERSON`] or [`ITEM`].
    pub facet: String,
    /// Which.
    pub key: String,
    /// How many.
    pub photos: i64,
}

/// All that are looked for, in groups, of which one may come twice; and whether there are more, of which only the newest are in them.
pub async fn groups(db: &impl ConnectionTrait, sought: &Sought) -> Result<(Vec<Group>, bool), DbErr> {
    let scopes = scopes(db, sought).await?;
    if sought.is_narrow() {
        return one_by_one(db, sought, &scopes, MOST as usize + 1).await;
    }
    let mut groups: Vec<Group> = of_whole(db, sought, &scopes).into_model().all(db).await?;
    let edges: Vec<Term> = sought.terms.iter().flat_map(edges).collect();
    if !edges.is_empty() {
        let ends = Sought { terms: edges, ..sought.clone() };
        groups.extend(one_by_one(db, &ends, &scopes, ALL).await?.0);
    }
    Ok((groups, false))
}

fn group(scope: String, facet: &str, key: String, photos: i64) -> Group {
    Group { scope, facet: facet.to_owned(), key, photos }
}

/// The counts that are kept of whole stretches.
#[doc(hidden)]
pub async fn kept(db: &impl ConnectionTrait, sought: &Sought) -> Result<Select<gallery_count::Entity>, DbErr> {
    Ok(of_whole(db, sought, &scopes(db, sought).await?))
}

fn of_whole(db: &impl ConnectionTrait, sought: &Sought, scopes: &[String]) -> Select<gallery_count::Entity> {
    use gallery_count::Column::{Facet, Key, Photos, Scope, Stretch};
    let whole = sought.terms.iter().map(|term| {
        let Pieces { whole, .. } = Pieces::of(&term.span);
        Condition::all().add(Stretch.gte(whole.start)).add(Stretch.lt(whole.end))
    });
    gallery_count::Entity::find()
        .filter(of_scopes(Scope, db, scopes, true))
        .filter(any(whole))
        .select_only()
        .columns([Scope, Facet, Key])
        .column_as(Photos.sum().cast_as("bigint"), "photos")
        // In the order in which they lie.
        .group_by(Scope)
        .group_by(Facet)
        .group_by(Key)
}

/// What of a term is not whole stretches.
pub(super) fn edges(term: &Term) -> Vec<Term> {
    let edge = |span| Term { person: term.person.clone(), span };
    Pieces::of(&term.span).edges.into_iter().map(edge).collect()
}

/// The newest, up to that many of each walk; and whether there are more than are counted.
async fn one_by_one(
    db: &impl ConnectionTrait,
    sought: &Sought,
    scopes: &[String],
    limit: usize,
) -> Result<(Vec<Group>, bool), DbErr> {
    let Some(statement) = newest(db, sought, scopes, limit) else { return Ok((Vec::new(), false)) };
    let (mut groups, mut all) = (Vec::new(), 0);
    for row in db.query_all(&statement).await? {
        let text = |column: &str| row.try_get::<String>("", column);
        let photos: i64 = row.try_get("", "photos")?;
        all += photos;
        groups.push(group(text("scope")?, PERSON, text("person")?, photos));
        groups.push(group(text("scope")?, ITEM, text("item")?, photos));
    }
    groups.retain(|group| !group.key.is_empty());
    Ok((groups, all > MOST as i64))
}

fn newest(db: &impl ConnectionTrait, sought: &Sought, scopes: &[String], limit: usize) -> Option<SelectStatement> {
    use gallery::Column::{Item, Person, Scope};
    let photos = page::union(db, sought, scopes, &[Scope, Person, Item], (None, Towards::Older), limit)?;
    let mut groups = Query::select();
    groups.columns([Scope, Person, Item]).expr_as(Scope.into_expr().count(), "photos").from_subquery(photos, "gallery");
    groups.add_group_by([Scope, Person, Item].map(|column| column.into_expr()));
    Some(groups)
}
