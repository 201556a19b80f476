//! What the office asked members about days.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "inquiry")]
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
    /// What was asked.
    #[sea_orm(column_type = "Text")]
    pub question: String,
    /// What the member says to it.
    #[sea_orm(column_type = "Text", nullable)]
    pub answer: Option<String>,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
