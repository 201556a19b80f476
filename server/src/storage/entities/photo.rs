//! What `photo` records promise: a projection, one row a live record that names any bytes.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "photo")]
pub struct Model {
    /// Key of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
    /// Scope of the record.
    pub scope: String,
    /// Id of the record.
    pub id: String,
    /// Who took it: the author of the shown hash.
    pub person: String,
    /// The install that took it, 16 bytes, as its id says.
    pub install: Option<Vec<u8>>,
    /// SHA-256 of the original, 32 bytes.
    pub sha256: Option<Vec<u8>>,
    /// Size of the original in bytes, as the record claims.
    pub size: Option<i64>,
    /// Media type, as the record claims. Never served: see `stored_blob.media_type`.
    pub media_type: Option<String>,
    /// SHA-256 of the preview, 32 bytes.
    pub preview_sha256: Option<Vec<u8>>,
    /// Size of the preview in bytes, as the record claims.
    pub preview_size: Option<i64>,
    /// Kind of the record it belongs to.
    pub subject_kind: Option<String>,
    /// Id of the record it belongs to.
    pub subject_id: Option<String>,
    /// The item of the checklist it answers.
    pub item: Option<String>,
    /// Corrected time of the operation that promises it, ms; none where that is not anchored.
    pub at_ms: Option<i64>,
    /// Why the bytes will never come.
    pub given_up: Option<String>,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
