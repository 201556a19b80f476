//! What there is about single photos.

use std::collections::{HashMap, HashSet};

use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, QueryFilter};

use crate::storage::{
    entities::{gallery, person, photo, place, stored_blob, team},
    rows,
    scoping::{ScopeRange, find_in_scopes},
};

/// The photo of that key, if it is in these scopes.
pub async fn find(
    db: &impl ConnectionTrait,
    readable: &[ScopeRange],
    key: &[u8],
) -> Result<Option<gallery::Model>, DbErr> {
    let query = find_in_scopes::<gallery::Entity>(gallery::Column::Scope, db.get_database_backend(), readable);
    query.filter(gallery::Column::Record.eq(key)).one(db).await
}

/// What is shown of photos in a list.
#[derive(Debug, Default)]
pub struct Shown {
    /// Where they are, by key.
    pub places: HashMap<Vec<u8>, gallery::Model>,
    /// What they promise, by key.
    pub promises: HashMap<Vec<u8>, photo::Model>,
    /// What people are called.
    pub names: HashMap<String, String>,
    /// Those of their files that are complete, by SHA-256.
    pub complete: HashMap<Vec<u8>, stored_blob::Model>,
}

impl Shown {
    /// The original of the photo of that key, if it is complete.
    pub fn original(&self, key: &[u8]) -> Option<&stored_blob::Model> {
        self.complete.get(self.promises.get(key)?.sha256.as_ref()?)
    }
}

/// How many of these keys are of photos in these scopes.
pub async fn readable(db: &impl ConnectionTrait, readable: &[ScopeRange], keys: Vec<Vec<u8>>) -> Result<usize, DbErr> {
    let query = find_in_scopes::<gallery::Entity>(gallery::Column::Scope, db.get_database_backend(), readable);
    Ok(query.filter(gallery::Column::Record.is_in(rows::list(&keys))).all(db).await?.len())
}

/// What the place of a scope was called on that day, from the town down; without a day, what it is called.
pub async fn place_name(db: &impl ConnectionTrait, scope: &str, day: Option<&str>) -> Result<String, DbErr> {
    let code = scope.split('/').next().unwrap_or_default();
    let above: Vec<String> = [9, 12].into_iter().filter_map(|digits| code.get(..digits)).map(str::to_owned).collect();
    let known = match above.is_empty() {
        true => Vec::new(),
        false => rows::select_in::<place::Entity, _>(db, place::Column::Id, above.clone()).await?,
    };
    let name = |code: &String| {
        let row = known.iter().find(|row| row.id == *code)?;
        day.map_or(row.name.as_deref(), |day| row.name_on(day))
    };
    let names: Vec<&str> = above.iter().filter_map(name).collect();
    Ok(if names.is_empty() { code.to_owned() } else { format!("{} {code}", names.join(" ")) })
}

/// Of photos with these keys.
pub async fn shown(db: &impl ConnectionTrait, keys: Vec<Vec<u8>>) -> Result<Shown, DbErr> {
    let places = rows::select_in::<gallery::Entity, _>(db, gallery::Column::Record, keys.clone()).await?;
    let promises = rows::select_in::<photo::Entity, _>(db, photo::Column::Record, keys).await?;
    let files: HashSet<Vec<u8>> =
        promises.iter().flat_map(|p| [&p.sha256, &p.preview_sha256]).flatten().cloned().collect();
    let files = files.into_iter().collect();
    let complete = rows::select_in::<stored_blob::Entity, _>(db, stored_blob::Column::Sha256, files).await?;
    let people: HashSet<String> = promises.iter().map(|p| p.person.clone()).collect();
    Ok(Shown {
        names: names(db, people).await?,
        places: places.into_iter().map(|row| (row.record.clone(), row)).collect(),
        promises: promises.into_iter().map(|row| (row.record.clone(), row)).collect(),
        complete: complete.into_iter().map(|row| (row.sha256.clone(), row)).collect(),
    })
}

/// What teams are called, by their ids.
pub async fn team_names(db: &impl ConnectionTrait, teams: Vec<String>) -> Result<HashMap<String, String>, DbErr> {
    let rows = rows::select_in::<team::Entity, _>(db, team::Column::Id, teams).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.id, row.name?))).collect())
}

/// What people are called, by their place names.
pub async fn names(db: &impl ConnectionTrait, people: HashSet<String>) -> Result<HashMap<String, String>, DbErr> {
    let rows = rows::select_in::<person::Entity, _>(db, person::Column::Id, people.into_iter().collect()).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.id, row.name?))).collect())
}
