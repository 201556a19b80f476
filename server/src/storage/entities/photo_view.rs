//! Who looked at which photo: rows come and never change. Not made of lines, so no rebuild makes it again.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "photo_view")]
pub struct Model {
    /// 16 bytes: the time below, then random ones; so rows sort by time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Vec<u8>,
    /// When, by the server's clock, ms.
    pub at_ms: i64,
    /// Who.
    pub person: String,
    /// By which phone, 16 bytes; none for who signed in by password.
    pub install: Option<Vec<u8>>,
    /// Key of the photo record by which they saw it.
    pub record: Vec<u8>,
    /// Scope of that record.
    pub scope: String,
    /// SHA-256 of the file that they saw, or of which they saw a copy.
    pub sha256: Vec<u8>,
    /// As what (`media::views::What`).
    pub what: String,
    /// Why, by their own word.
    pub why: Option<String>,
    /// The code that was drawn into the copy.
    pub code: Option<String>,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
