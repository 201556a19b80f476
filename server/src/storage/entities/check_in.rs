//! Scheduled clock-ins.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "check_in")]
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
    /// Which window of the rule.
    pub slot: Option<String>,
    /// Key of the record of the fix that was taken with it.
    pub fix: Option<Vec<u8>>,
    /// Whether the member's own phone recorded it.
    pub own: bool,
    /// The earliest it can have been.
    pub lo_ms: Option<i64>,
    /// The latest.
    pub hi_ms: Option<i64>,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
