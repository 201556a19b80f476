//! The server's private keys.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "server_key")]
pub struct Model {
    /// Id of the key, from its public part.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kid: String,
    /// `signing` (certificates, receipts) or `token`.
    pub purpose: String,
    /// The 32 secret bytes.
    pub secret: Vec<u8>,
    /// When it was made. The newest of a purpose is the one in use.
    pub created_ms: i64,
}

/// None: rows are named by natural keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
