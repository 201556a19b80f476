//! What the registry reads from the database; looking for names is in [`search`].

pub mod search;

use std::collections::{BTreeSet, HashMap};

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, sea_query::ExprTrait as _,
};
use serde::Serialize;
use utoipa::ToSchema;

use sync_protocol::RecordKey;

use super::import::Known;
use crate::storage::{
    entities::{cadre, fence, hold, matter, person, place, record, rule, seal, station, team, visit},
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

/// Those of these places that stand, by the codes they have or had.
pub async fn known_places<'i>(db: &impl ConnectionTrait, codes: impl Iterator<Item = &'i str>) -> Result<Known, DbErr> {
    let ids = ids(db, codes).await?.into_iter();
    let key = |id: String| RecordKey::of(&format!("{id}/roster"), "place", &id).0.to_vec();
    let found = rows::select_in::<record::Entity, _>(db, record::Column::Key, ids.map(key).collect()).await?;
    Ok(Known::of(found.iter().filter(|row| !row.empty).map(|row| row.body.as_str())))
}

/// What stands in the rosters of these villages and of the district.
pub async fn known_of<'i>(
    db: &impl ConnectionTrait,
    district: &str,
    codes: impl Iterator<Item = &'i str>,
) -> Result<Known, DbErr> {
    let places = ids(db, codes).await?.into_iter().chain([district.to_owned()]);
    let scopes = places.map(|place| format!("{place}/roster")).collect();
    let found = rows::select_in::<record::Entity, _>(db, record::Column::Scope, scopes).await?;
    Ok(Known::of(found.iter().filter(|row| !row.empty).map(|row| row.body.as_str())))
}

/// These codes, and the ids of the places that were given them.
async fn ids<'i>(db: &impl ConnectionTrait, codes: impl Iterator<Item = &'i str>) -> Result<BTreeSet<String>, DbErr> {
    let codes: Vec<String> = codes.map(str::to_owned).collect();
    let given = rows::select_in::<place::Entity, _>(db, place::Column::Code, codes.clone()).await?;
    Ok(codes.into_iter().chain(given.into_iter().map(|row| row.id)).collect())
}

/// What stays with villages that end.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Left {
    /// Households that are recorded there; their records stay there.
    pub households: u64,
    /// Matters of days there that wait for a person.
    pub matters: u64,
    /// Legal holds placed there.
    pub holds: u64,
    /// Rules that hold there alone.
    pub rules: u64,
    /// Cadres of theirs.
    pub cadres: u64,
    /// Campaigns that visits there belong to.
    pub campaigns: u64,
    /// The units that are responsible for them.
    pub units: Vec<String>,
}

/// What stays with these villages, but for units.
pub async fn left(db: &impl ConnectionTrait, villages: &[String]) -> Result<Left, DbErr> {
    let of = || villages.iter().cloned();
    let households = villages.iter().map(|village| format!("{village}/household"));
    let inspections = villages.iter().map(|village| format!("{village}/inspection"));
    let campaigns = visit::Entity::find()
        .filter(visit::Column::Scope.is_in(inspections))
        .filter(visit::Column::Campaign.is_not_null())
        .select_only()
        .column(visit::Column::Campaign)
        .distinct();
    let of_kind = record::Column::Kind.eq("household").and(record::Column::Empty.eq(false));
    Ok(Left {
        households: record::Entity::find()
            .filter(record::Column::Scope.is_in(households))
            .filter(of_kind)
            .count(db)
            .await?,
        matters: matter::Entity::find().filter(matter::Column::Village.is_in(of())).count(db).await?,
        holds: hold::Entity::find()
            .filter(hold::Column::Place.is_in(of()))
            .filter(hold::Column::Lifted.is_null())
            .count(db)
            .await?,
        rules: rule::Entity::find().filter(rule::Column::Place.is_in(of())).count(db).await?,
        cadres: cadre::Entity::find().filter(cadre::Column::Village.is_in(of())).count(db).await?,
        campaigns: campaigns.count(db).await?,
        units: Vec::new(),
    })
}

/// A village's month that is sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, FromQueryResult)]
pub struct SealedMonth {
    /// The village.
    pub village: String,
    /// `YYYY-MM`.
    pub month: String,
}

/// The months of these villages that are sealed and reach beyond a day.
pub async fn sealed<'i>(
    db: &impl ConnectionTrait,
    day: &str,
    codes: impl Iterator<Item = &'i str>,
) -> Result<Vec<SealedMonth>, DbErr> {
    use seal::Column::{Lifted, Month, Village};
    let month = day.get(..7).unwrap_or(day);
    let held = seal::Entity::find().filter(Village.is_in(ids(db, codes).await?)).filter(Month.gte(month));
    let held = held.filter(Lifted.is_null()).select_only().columns([Village, Month]).distinct();
    held.order_by_asc(Village).order_by_asc(Month).into_model().all(db).await
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
