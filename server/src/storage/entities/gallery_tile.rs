//! How many photos of `gallery` lie in each tile of the map, of each scope and stretch of time, and where on average.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "gallery_tile")]
pub struct Model {
    /// Scope.
    #[sea_orm(primary_key, auto_increment = false)]
    pub scope: String,
    /// The tile (`gallery::grid`).
    #[sea_orm(primary_key, auto_increment = false)]
    pub tile: i64,
    /// The stretch (`gallery::stretch`).
    #[sea_orm(primary_key, auto_increment = false)]
    pub stretch: i64,
    /// How many, above 0.
    pub photos: i64,
    /// The sum of their `x`.
    pub x: i64,
    /// The sum of their `y`.
    pub y: i64,
}

/// None: derived.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
