//! What the office took note of: that newer code judges a day otherwise, that members move as one.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "acknowledgement")]
pub struct Model {
    /// Key of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
    /// Whose day.
    pub person: String,
    /// Which day.
    pub day: String,
    /// Up to which version of the code; 0 where it was not that.
    pub engine: i32,
    /// That members move as one: see `zhucun_presence::together::Noted`.
    #[sea_orm(column_type = "Text", nullable)]
    pub as_one: Option<String>,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
