//! Roll calls, one row for each member called.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "roll_call")]
pub struct Model {
    /// Key of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
    /// Its scope.
    pub scope: String,
    /// Who was called.
    pub person: String,
    /// `seen`, `absent`, `on_leave`, `away_on_duty`.
    pub state: String,
    /// The inspector.
    pub caller: String,
    /// Where, by the roll call or by its scope.
    pub village: Option<String>,
    /// The earliest it can have been.
    pub lo_ms: Option<i64>,
    /// The latest.
    pub hi_ms: Option<i64>,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
