//! How many photos of `gallery` there are of each scope, person, item and stretch of time: kept with them, so that no list is counted.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "gallery_count")]
pub struct Model {
    /// Scope.
    #[sea_orm(primary_key, auto_increment = false)]
    pub scope: String,
    /// Who took them.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person: String,
    /// The item; empty for none.
    #[sea_orm(primary_key, auto_increment = false)]
    pub item: String,
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
