//! Duty away.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "duty_away")]
pub struct Model {
    /// Key of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
    /// Its scope.
    pub scope: String,
    /// Who.
    pub person: String,
    /// Since when.
    pub from_ms: i64,
    /// Until when, exclusive.
    pub to_ms: i64,
    /// Of what kind.
    pub kind: Option<String>,
    /// What became of it.
    pub approval: Option<String>,
    /// The operations that wrote the shown beginning, and those that wrote the end: dots separated by spaces, the two lists by a comma.
    #[sea_orm(column_type = "Text")]
    pub dots: String,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
