//! Members' objections.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "appeal")]
pub struct Model {
    /// Key of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
    /// Its scope.
    pub scope: String,
    /// Whose day.
    pub person: String,
    /// Which day.
    pub day: String,
    /// What the member says.
    #[sea_orm(column_type = "Text")]
    pub text: String,
    /// `upheld` or `rejected`.
    pub answer: Option<String>,
    /// What the office says to it.
    #[sea_orm(column_type = "Text", nullable)]
    pub answer_text: Option<String>,
    /// Who answered; empty for nobody.
    pub answered_by: String,
    /// Whether somebody else agreed with the answer.
    pub seconded: bool,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
