//! Fences of villages.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "fence")]
pub struct Model {
    /// Key of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
    /// The village it bounds.
    pub village: String,
    /// First day it holds.
    pub from_day: String,
    /// Last day it holds; open when missing.
    pub to_day: Option<String>,
    /// What the geometry's degrees refer to.
    pub datum: String,
    /// GeoJSON.
    #[sea_orm(column_type = "Text")]
    pub geometry: String,
    /// Not surveyed.
    pub synthetic: bool,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
