//! Lines without time evidence of their own, and what is known of their time from their neighbours.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "loose_line")]
pub struct Model {
    /// Install, 16 bytes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub install: Vec<u8>,
    /// Seq.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// First 8 bytes of its hash.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: Vec<u8>,
    /// Boot id.
    pub boot: Option<String>,
    /// Corrected time, if anchored.
    pub at_ms: Option<i64>,
    /// How far off that may be.
    pub uncertainty_ms: Option<i64>,
    /// Else: not before.
    pub lo_ms: Option<i64>,
    /// Not after.
    pub hi_ms: Option<i64>,
    /// Seq of the nearest anchored line above; the largest number where there is none.
    pub hi_seq: i64,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
