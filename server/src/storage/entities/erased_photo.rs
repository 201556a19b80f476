//! Photos that erasures name: once nothing else promises them, their bytes go and do not come again.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "erased_photo")]
pub struct Model {
    /// SHA-256 of the bytes, 32 bytes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sha256: Vec<u8>,
    /// Key of the erasure that names it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
