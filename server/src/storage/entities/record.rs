//! Records as fed.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "record")]
pub struct Model {
    /// Its `sync_protocol::RecordKey`, 20 bytes, as in all tables.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: Vec<u8>,
    /// Scope.
    pub scope: String,
    /// Kind.
    pub kind: String,
    /// Id.
    pub id: String,
    /// Place in the scope's feed.
    pub pos: i64,
    /// The body (PROTOCOL.md, section 10).
    pub body: String,
    /// Nothing stands: told once, forgotten by phones, outside the digest.
    pub empty: bool,
    /// Made by the server, outside the digest.
    pub derived: bool,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
