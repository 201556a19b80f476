//! Stations of members.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "station")]
pub struct Model {
    /// Key of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
    /// Who.
    pub person: String,
    /// The record of the team.
    pub team: Option<String>,
    /// Where.
    pub village: String,
    /// Whether they lead the team.
    pub lead: bool,
    /// Since when.
    pub from_ms: i64,
    /// Until when, exclusive; open when missing.
    pub to_ms: Option<i64>,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
