//! What the registry reads from the database; looking for names is in [`search`].

pub mod search;

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::ExprTrait as _,
};

use sync_protocol::RecordKey;

use super::import::Known;
use crate::storage::{
    entities::{fence, person, place, record, rule, station, team},
    rows,
};

/// The records of these kinds that stand.
pub async fn known(db: &impl ConnectionTrait, kinds: &[&str]) -> Result<Known, DbErr> {
    let bodies: Vec<String> = record::Entity::find()
        .select_only()
        .column(record::Column::Body)
        .filter(record::Column::Kind.is_in(kinds.iter().copied()))
        .filter(record::Column::Empty.eq(false))
        .into_tuple()
        .all(db)
        .await?;
    Ok(Known::of(bodies.iter().map(String::as_str)))
}

/// Those of these places that stand.
pub async fn known_places<'i>(db: &impl ConnectionTrait, ids: impl Iterator<Item = &'i str>) -> Result<Known, DbErr> {
    let key = |id: &str| RecordKey::of(&format!("{id}/roster"), "place", id).0.to_vec();
    let found = rows::select_in::<record::Entity, _>(db, record::Column::Key, ids.map(key).collect()).await?;
    Ok(Known::of(found.iter().filter(|row| !row.empty).map(|row| row.body.as_str())))
}

/// Of every town that a district holds, which.
pub async fn towns(db: &impl ConnectionTrait) -> Result<HashMap<String, String>, DbErr> {
    let districts = place::Entity::find().filter(place::Column::Level.eq("district")).all(db).await?;
    let of = |district: &place::Model| -> Vec<(String, String)> {
        district.towns.split_whitespace().map(|town| (town.to_owned(), district.id.clone())).collect()
    };
    Ok(districts.iter().flat_map(of).collect())
}

/// All places, by code.
pub async fn places(db: &impl ConnectionTrait) -> Result<Vec<place::Model>, DbErr> {
    place::Entity::find().order_by_asc(place::Column::Id).all(db).await
}

/// All people, by name.
pub async fn people(db: &impl ConnectionTrait) -> Result<Vec<person::Model>, DbErr> {
    person::Entity::find().order_by_asc(person::Column::Id).all(db).await
}

/// All teams, by village.
pub async fn teams(db: &impl ConnectionTrait, village: Option<&str>) -> Result<Vec<team::Model>, DbErr> {
    let mut query = team::Entity::find().order_by_asc(team::Column::Village).order_by_asc(team::Column::Id);
    if let Some(village) = village {
        query = query.filter(team::Column::Village.eq(village));
    }
    query.all(db).await
}

/// Stations, by village and person; only those of a village, only those that hold at a moment.
pub async fn stations(
    db: &impl ConnectionTrait,
    village: Option<&str>,
    at_ms: Option<i64>,
) -> Result<Vec<station::Model>, DbErr> {
    let mut query = station::Entity::find()
        .order_by_asc(station::Column::Village)
        .order_by_asc(station::Column::Person)
        .order_by_asc(station::Column::FromMs);
    if let Some(village) = village {
        query = query.filter(station::Column::Village.eq(village));
    }
    if let Some(at) = at_ms {
        query = query
            .filter(station::Column::FromMs.lte(at))
            .filter(station::Column::ToMs.is_null().or(station::Column::ToMs.gt(at)));
    }
    query.all(db).await
}

/// Fences, by village and first day; only those of a village, only those that hold on a day.
pub async fn fences(
    db: &impl ConnectionTrait,
    village: Option<&str>,
    on: Option<&str>,
) -> Result<Vec<fence::Model>, DbErr> {
    let mut query = fence::Entity::find().order_by_asc(fence::Column::Village).order_by_asc(fence::Column::FromDay);
    if let Some(village) = village {
        query = query.filter(fence::Column::Village.eq(village));
    }
    if let Some(on) = on {
        // Days are written so that they sort as texts.
        query = query
            .filter(fence::Column::FromDay.lte(on))
            .filter(fence::Column::ToDay.is_null().or(fence::Column::ToDay.gte(on)));
    }
    query.all(db).await
}

/// All versions of the rules of that key, at all places: a district has few.
pub async fn rules(db: &impl ConnectionTrait, key: &str) -> Result<Vec<rule::Model>, DbErr> {
    use rule::Column::{FromDay, Key, Place, Record};
    let of_key = rule::Entity::find().filter(Key.eq(key));
    of_key.order_by_asc(Place).order_by_asc(FromDay).order_by_asc(Record).all(db).await
}
