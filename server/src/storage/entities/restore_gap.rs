//! What installs proved to be lost by a restore: the lines between what is here and what a receipt covers.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "restore_gap")]
pub struct Model {
    /// The restore, by the epoch that it began.
    #[sea_orm(primary_key, auto_increment = false)]
    pub epoch: String,
    /// Install, 16 bytes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub install: Vec<u8>,
    /// Highest seq that was here.
    pub have: i64,
    /// Highest seq that a receipt covers.
    pub upto: i64,
    /// Head after it, 32 bytes.
    pub head: Vec<u8>,
    /// When that receipt was given, ms.
    pub at_ms: i64,
}

/// None: rows are named by natural keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
