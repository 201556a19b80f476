//! Bytes that are complete: verified, durable in the blob store. Not a projection: a rebuild leaves it alone.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stored_blob")]
pub struct Model {
    /// SHA-256 of the bytes, 32 bytes: their name in the store.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sha256: Vec<u8>,
    /// How many bytes.
    pub size: i64,
    /// What the bytes are, as their beginning shows: one of the types that are served as such, else `application/octet-stream`.
    pub media_type: String,
    /// When they became complete, by the server's clock, ms. Receipts say so.
    pub stored_ms: i64,
}

/// None: named by content.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
