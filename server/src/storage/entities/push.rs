//! Headers and signatures of pushes: what verifies the chains later.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "push")]
pub struct Model {
    /// Number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Install, 16 bytes.
    pub install: Vec<u8>,
    /// Seq of the first line.
    pub first: i64,
    /// Number of lines.
    pub count: i32,
    /// The header line.
    pub header: Vec<u8>,
    /// The install's signature.
    pub sig: String,
    /// The hashes of its lines, 32 bytes each: the chain, whatever becomes of the lines' bytes.
    pub hashes: Vec<u8>,
    /// Head before the first line, 32 bytes.
    pub head_before: Vec<u8>,
    /// Head after the last line, 32 bytes.
    pub head_after: Vec<u8>,
    /// When, by the server's clock.
    pub received_ms: i64,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
