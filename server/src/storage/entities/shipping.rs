//! How far the shipped log is: one row. Where several servers share the database, who holds its lock ships.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shipping")]
pub struct Model {
    /// `log`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The strand being written: the segments that follow each other without a break.
    pub strand: String,
    /// Number of its newest segment; 0 before the first.
    pub segment: i64,
    /// Pushes up to this number are shipped, or were never committed.
    pub mark: i64,
    /// SHA-256 of the newest segment's file, hex; empty before the first. The next names it.
    pub sha256: String,
}

/// None: rows are named by natural keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
