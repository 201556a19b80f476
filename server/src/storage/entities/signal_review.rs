//! What the office says to signals.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signal_review")]
pub struct Model {
    /// Key of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
    /// Its scope.
    pub scope: String,
    /// Key of the photo's record.
    pub photo: Vec<u8>,
    /// The signal's code.
    pub code: String,
    /// Key of the other record; empty where there is none.
    pub other: Vec<u8>,
    /// `confirmed` or `explained`.
    pub verdict: String,
    /// Why.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
