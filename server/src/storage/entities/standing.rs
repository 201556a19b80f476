//! Standings other than `applied`.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "standing")]
pub struct Model {
    /// Install, 16 bytes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub install: Vec<u8>,
    /// Seq.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// First 8 bytes of the hash.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: Vec<u8>,
    /// Key of the record.
    pub record: Option<Vec<u8>>,
    /// Code.
    pub code: String,
    /// What it is about.
    pub detail: String,
    /// Scope of the record, or empty.
    pub scope: String,
    /// Kind, or empty.
    pub kind: String,
    /// Id, or empty.
    pub id: String,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
