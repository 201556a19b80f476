//! The office's words on days.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "review")]
pub struct Model {
    /// Key of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
    /// Its scope.
    pub scope: String,
    /// Whose day.
    pub person: String,
    /// Which day.
    pub day: String,
    /// What it counts as.
    pub verdict: String,
    /// Why.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// Who said so.
    pub decided_by: String,
    /// Whether a second person agreed.
    pub seconded: bool,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
