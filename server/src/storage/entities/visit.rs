//! Visits.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "visit")]
pub struct Model {
    /// Key of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
    /// Its scope.
    pub scope: String,
    /// Who.
    pub person: String,
    /// Where.
    pub village: Option<String>,
    /// The campaign it belongs to.
    pub campaign: Option<String>,
    /// The earliest its place can have been written.
    pub lo_ms: Option<i64>,
    /// The latest.
    pub hi_ms: Option<i64>,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
