//! Verdicts on members' days. A day of which there is nothing to say has no row.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "presence")]
pub struct Model {
    /// Whose day.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person: String,
    /// Which day, `YYYY-MM-DD`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: String,
    /// What it counts as.
    pub verdict: String,
    /// The station's village.
    pub village: Option<String>,
    /// Reasons, a JSON list.
    #[sea_orm(column_type = "Text")]
    pub reasons: String,
    /// Pieces that decided, a JSON list.
    #[sea_orm(column_type = "Text")]
    pub used: String,
    /// The others and why, a JSON list.
    #[sea_orm(column_type = "Text")]
    pub set_aside: String,
    /// Each piece of the inputs with a short hash: what changed is told by it. A JSON list of pairs.
    #[sea_orm(column_type = "Text")]
    pub pieces: String,
    /// By which rule.
    pub rule: String,
    /// Hash of the inputs, rule included.
    pub inputs: String,
    /// Version of the code that decided.
    pub engine: i32,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
