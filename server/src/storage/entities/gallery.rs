//! Photos as the gallery looks for them: a projection, one row a live photo record that names any bytes. Narrow, since indices hold most of it.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "gallery")]
pub struct Model {
    /// Key of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
    /// Scope of the record.
    pub scope: String,
    /// Who took it.
    pub person: String,
    /// The item of the checklist it answers; empty for none.
    pub item: String,
    /// Corrected time, ms; 0 where it is not known.
    pub taken_ms: i64,
    /// The tile it lies in (`gallery::grid`); none without a position. So it is with both below.
    pub tile: Option<i64>,
    /// How far east, on the grid.
    pub x: Option<i64>,
    /// How far south, on the grid.
    pub y: Option<i64>,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
