//! Photos counted. Where neither person nor item are asked for, by counts that are kept of whole stretches of time, and at the ends of a span one
//! by one: exactly. Else one by one, up to 10,000.

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, Select,
    sea_query::{ExprTrait as _, Query, SelectStatement},
};

use super::{
    any, counted, matching, of_term,
    page::{self, Towards},
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
    if sought.item.is_some() || sought.terms.iter().any(|term| term.person.is_some()) {
        return one_by_one(db, sought).await;
    }
    let mut groups: Vec<Group> = kept(db, sought).into_model().all(db).await?;
    let edges: Vec<Condition> = sought.terms.iter().flat_map(edges).collect();
    if !edges.is_empty() {
        for (facet, column) in [(PERSON, gallery::Column::Person), (ITEM, gallery::Column::Item)] {
            let found: Vec<(String, String, i64)> =
                at_ends(db, sought, edges.clone(), column).into_tuple().all(db).await?;
            groups.extend(found.into_iter().map(|(scope, key, photos)| group(scope, facet, key, photos)));
        }
    }
    groups.retain(|group| !group.key.is_empty());
    Ok((groups, false))
}

fn group(scope: String, facet: &str, key: String, photos: i64) -> Group {
    Group { scope, facet: facet.to_owned(), key, photos }
}

/// The counts that are kept of whole stretches.
#[doc(hidden)]
pub fn kept(db: &impl ConnectionTrait, sought: &Sought) -> Select<gallery_count::Entity> {
    use gallery_count::Column::{Facet, Key, Photos, Scope, Stretch};
    let whole = sought.terms.iter().map(|term| {
        let Pieces { whole, .. } = Pieces::of(&term.span);
        Condition::all().add(Stretch.gte(whole.start)).add(Stretch.lt(whole.end))
    });
    gallery_count::Entity::find()
        .filter(counted(Scope, db, sought))
        .filter(any(whole))
        .select_only()
        .columns([Scope, Facet, Key])
        .column_as(Photos.sum().cast_as("bigint"), "photos")
        // In the order in which they lie.
        .group_by(Scope)
        .group_by(Facet)
        .group_by(Key)
}

/// That a photo is of that term, and its stretch is not wholly.
pub(super) fn edges(term: &Term) -> Vec<Condition> {
    let edge = |span| of_term(&Term { person: term.person.clone(), span });
    Pieces::of(&term.span).edges.into_iter().map(edge).collect()
}

fn at_ends(
    db: &impl ConnectionTrait,
    sought: &Sought,
    edges: Vec<Condition>,
    column: gallery::Column,
) -> Select<gallery::Entity> {
    use gallery::Column::{Record, Scope};
    let query = matching(db, sought).filter(any(edges)).select_only().columns([Scope, column]);
    query.column_as(Record.count(), "photos").group_by(Scope).group_by(column)
}

/// The newest, and one more than are counted.
async fn one_by_one(db: &impl ConnectionTrait, sought: &Sought) -> Result<(Vec<Group>, bool), DbErr> {
    let walks = page::walks(db, sought).await?;
    let Some(statement) = newest(db, sought, &walks) else { return Ok((Vec::new(), false)) };
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

fn newest(db: &impl ConnectionTrait, sought: &Sought, walks: &[Condition]) -> Option<SelectStatement> {
    use gallery::Column::{Item, Person, Scope};
    let photos = page::union(db, sought, walks, &[Scope, Person, Item], (None, Towards::Older), MOST as usize + 1)?;
    let mut groups = Query::select();
    groups.columns([Scope, Person, Item]).expr_as(Scope.into_expr().count(), "photos").from_subquery(photos, "gallery");
    groups.add_group_by([Scope, Person, Item].map(|column| column.into_expr()));
    Some(groups)
}
