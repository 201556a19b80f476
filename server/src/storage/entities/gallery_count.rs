//! How many photos of `gallery` there are of each scope and stretch of time, by person and by item: kept with them, so that a million is not
//! counted.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "gallery_count")]
pub struct Model {
    /// Scope.
    #[sea_orm(primary_key, auto_increment = false)]
    pub scope: String,
    /// By what: `person` or `item`. Every photo has a person, and not each an item.
    #[sea_orm(primary_key, auto_increment = false)]
    pub facet: String,
    /// Which.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// The stretch (`gallery::stretch`).
    #[sea_orm(primary_key, auto_increment = false)]
    pub stretch: i64,
    /// How many, above 0.
    pub photos: i64,
}

/// None: derived.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
