//! Legal holds: what they cover is not erased while they stand.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hold")]
pub struct Model {
    /// Key of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
    /// Its scope.
    pub scope: String,
    /// Its id.
    pub id: String,
    /// What it covers lies at this place, that of its scope, or below.
    pub place: String,
    /// Only what is of this person.
    pub person: Option<String>,
    /// Only what belongs to the visit of this id.
    pub visit: Option<String>,
    /// Only what belongs to visits of this campaign.
    pub campaign: Option<String>,
    /// Only the record of this key.
    pub of_record: Option<Vec<u8>>,
    /// Scope, kind and id of that record, a line each.
    pub of_name: Option<String>,
    /// Why it was placed.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// Who placed it.
    pub by: String,
    /// When, ms.
    pub since_ms: i64,
    /// Why it was lifted; it stands where missing.
    #[sea_orm(column_type = "Text", nullable)]
    pub lifted: Option<String>,
    /// Who lifted it.
    pub lifted_by: Option<String>,
    /// When, ms.
    pub lifted_ms: Option<i64>,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
