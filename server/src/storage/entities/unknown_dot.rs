//! Operations that phones had seen and this server lacked when they named them.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "unknown_dot")]
pub struct Model {
    /// Install, 16 bytes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub install: Vec<u8>,
    /// Seq.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// First 8 bytes of the line's hash.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: Vec<u8>,
    /// The epoch in which it was named.
    pub epoch: String,
    /// Scope of the record in which it was seen.
    pub scope: String,
    /// Kind.
    pub kind: String,
    /// Id.
    pub id: String,
    /// The phone that named it first, 16 bytes.
    pub named_by: Option<Vec<u8>>,
    /// When, ms.
    pub named_ms: i64,
}

/// None: rows are named by natural keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
