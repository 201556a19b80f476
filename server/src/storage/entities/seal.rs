//! Members' months in villages as the office signed them off.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "seal")]
pub struct Model {
    /// Key of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
    /// Its scope.
    pub scope: String,
    /// Its id.
    pub id: String,
    /// Whose month.
    pub person: String,
    /// Where.
    pub village: String,
    /// Which month, `YYYY-MM`.
    pub month: String,
    /// The signing.
    pub act: String,
    /// When, ms.
    pub at_ms: i64,
    /// By whom.
    pub by: String,
    /// What was sealed: see `zhucun_presence::seal::Sealed`.
    #[sea_orm(column_type = "Text")]
    pub body: String,
    /// SHA-256 of that, in hex.
    pub digest: String,
    /// Why again, or although days were open.
    #[sea_orm(column_type = "Text", nullable)]
    pub reason: Option<String>,
    /// Why it was unsealed.
    #[sea_orm(column_type = "Text", nullable)]
    pub lifted: Option<String>,
    /// Who unsealed it.
    pub lifted_by: Option<String>,
    /// When, ms.
    pub lifted_ms: Option<i64>,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
