//! Leave.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "leave")]
pub struct Model {
    /// Key of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
    /// Its scope.
    pub scope: String,
    /// Who.
    pub person: String,
    /// First day.
    pub from_day: String,
    /// Last day.
    pub to_day: String,
    /// Of what kind.
    pub kind: Option<String>,
    /// What became of it.
    pub approval: Option<String>,
    /// As whom: `town` or `office`.
    pub approved_by: Option<String>,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
