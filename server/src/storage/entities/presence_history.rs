//! Earlier verdicts on members' days, each with what changed it. Not made again by a rebuild: it tells what was known when.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "presence_history")]
pub struct Model {
    /// Whose day.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person: String,
    /// Which day.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: String,
    /// The how many-th, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub n: i32,
    /// What it counted as.
    pub verdict: String,
    /// The station's village.
    pub village: Option<String>,
    /// As in `presence`.
    #[sea_orm(column_type = "Text")]
    pub reasons: String,
    /// As in `presence`.
    #[sea_orm(column_type = "Text")]
    pub used: String,
    /// As in `presence`.
    #[sea_orm(column_type = "Text")]
    pub set_aside: String,
    /// As in `presence`.
    pub inputs: String,
    /// As in `presence`.
    pub engine: i32,
    /// When another took its place, by the server's clock.
    pub replaced_ms: i64,
    /// What changed, a JSON list.
    #[sea_orm(column_type = "Text")]
    pub changed: String,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
