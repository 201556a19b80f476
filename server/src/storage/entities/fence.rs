//! Fences: the boundary of a village for some days.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "fence")]
pub struct Model {
    /// Key of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
    /// The village.
    pub village: String,
    /// First day it holds, `YYYY-MM-DD`.
    pub from_day: String,
    /// Last day it holds; open where missing.
    pub to_day: Option<String>,
    /// What the degrees refer to.
    pub datum: String,
    /// GeoJSON Polygon or MultiPolygon, or a Circle, in that datum.
    #[sea_orm(column_type = "Text")]
    pub geometry: String,
    /// Whether it is not surveyed.
    pub synthetic: bool,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
