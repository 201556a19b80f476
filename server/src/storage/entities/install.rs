//! Installs as their certificates and chains show them.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "install")]
pub struct Model {
    /// Install, 16 bytes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Vec<u8>,
    /// Its certificate, JSON.
    pub certificate: String,
    /// Whose, by the certificate.
    pub person: String,
    /// Whether it is a server process.
    pub server: bool,
    /// Seq of the newest line.
    pub tip_seq: i64,
    /// Head after it, 32 bytes.
    pub tip_head: Vec<u8>,
    /// Lowest seq with two contents.
    pub fork_seq: Option<i64>,
    /// When it last pushed.
    pub heard_ms: i64,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
