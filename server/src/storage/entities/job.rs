//! The job outbox.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    /// Which handler.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: String,
    /// About what.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    /// Moves when its inputs changed again.
    pub version: i64,
    /// Not before.
    pub due_ms: i64,
    /// Failures so far.
    pub attempts: i32,
    /// The last failure.
    pub error: Option<String>,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
