//! One counter and digest a scope. Its row is locked while the scope changes, so that commit order is position order.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scope")]
pub struct Model {
    /// Scope.
    #[sea_orm(primary_key, auto_increment = false)]
    pub scope: String,
    /// Newest position given.
    pub pos: i64,
    /// Sum of the record hashes, 32 bytes.
    pub digest: Vec<u8>,
    /// Up to this position what is gone is no longer told.
    pub horizon: i64,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
