//! One-time codes by which phones enrol.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "enrolment_code")]
pub struct Model {
    /// SHA-256 of the code: who reads the table cannot enrol with it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code_hash: Vec<u8>,
    /// For whom.
    pub person: String,
    /// Who made it; the enrolment will be written in their name.
    pub made_by: String,
    /// In which role they made it.
    pub made_as: String,
    /// Until when it may be used first.
    pub expires_ms: i64,
    /// The key it was used with.
    pub key: Option<String>,
    /// The app that used it.
    pub app: Option<String>,
    /// The install that came of it, 16 bytes.
    pub install: Option<Vec<u8>>,
}

/// None: rows are named by natural keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
