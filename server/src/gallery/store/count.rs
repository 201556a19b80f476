//! Photos counted, exactly: by whole stretches of time from the counts that are kept, at the ends of a span one by one.

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, FromQueryResult, QueryFilter, QuerySelect, Select,
    sea_query::ExprTrait as _,
};

use super::{any, columns, matching, of_term};
use crate::{
    gallery::{
        filter::{Sought, Term},
        stretch::Pieces,
    },
    storage::{
        entities::{gallery, gallery_count},
        scoping::{find_in_scopes, within},
    },
};

/// How many of one scope, person and item.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Group {
    /// Scope.
    pub scope: String,
    /// Who.
    pub person: String,
    /// Item; empty for none.
    pub item: String,
    /// How many.
    pub photos: i64,
}

/// All that are looked for, in groups; a group may come twice.
pub async fn groups(db: &impl ConnectionTrait, sought: &Sought) -> Result<Vec<Group>, DbErr> {
    let (kept, edges) = halves(db, sought);
    let mut groups: Vec<Group> = kept.into_model().all(db).await?;
    if let Some(edges) = edges {
        groups.extend(edges.into_model::<Group>().all(db).await?);
    }
    Ok(groups)
}

/// What is asked of the counts, and what of the photos themselves.
#[doc(hidden)]
pub fn halves(
    db: &impl ConnectionTrait,
    sought: &Sought,
) -> (Select<gallery_count::Entity>, Option<Select<gallery::Entity>>) {
    use gallery_count::Column::{Item, Person, Photos, Scope};
    let backend = db.get_database_backend();
    let mut kept = find_in_scopes::<gallery_count::Entity>(Scope, backend, &sought.readable);
    if let Some(below) = &sought.below {
        kept = kept.filter(within(Scope, backend, below));
    }
    if let Some(item) = &sought.item {
        kept = kept.filter(Item.eq(item));
    }
    let kept = kept
        .filter(any(sought.terms.iter().map(whole)))
        .select_only()
        .columns([Scope, Person, Item])
        .column_as(Photos.sum().cast_as("bigint"), "photos")
        .group_by(Scope)
        .group_by(Person)
        .group_by(Item);
    let edges: Vec<Condition> = sought.terms.iter().flat_map(edges).collect();
    let edges = (!edges.is_empty()).then(|| {
        use gallery::Column::{Item, Person, Record, Scope};
        columns(matching(db, sought).filter(any(edges)), [Scope, Person, Item])
            .column_as(Record.count(), "photos")
            .group_by(Scope)
            .group_by(Person)
            .group_by(Item)
    });
    (kept, edges)
}

/// That a count is of whole stretches of that term.
fn whole(term: &Term) -> Condition {
    use gallery_count::Column::{Person, Stretch};
    let Pieces { whole, .. } = Pieces::of(&term.span);
    let mut all = Condition::all().add(Stretch.gte(whole.start)).add(Stretch.lt(whole.end));
    if let Some(person) = &term.person {
        all = all.add(Person.eq(person));
    }
    all
}

/// That a photo is of that term, and its stretch is not wholly.
pub(super) fn edges(term: &Term) -> Vec<Condition> {
    let edge = |span| of_term(&Term { person: term.person.clone(), span });
    Pieces::of(&term.span).edges.into_iter().map(edge).collect()
}
