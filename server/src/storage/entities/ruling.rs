//! What ruling records say, for judging: one row a record.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ruling")]
pub struct Model {
    /// Key of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
    /// Scope.
    pub scope: String,
    /// Kind.
    pub kind: String,
    /// Id.
    pub id: String,
    /// Of a grant or station: whose right.
    pub person: Option<String>,
    /// Of an enrolment or decision: the install.
    pub install: Option<Vec<u8>>,
    /// The shown values, one JSON object.
    pub fields: String,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
