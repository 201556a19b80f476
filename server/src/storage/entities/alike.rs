//! Pictures that look alike, each pair in both directions. Made of bytes alone; no projection.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "alike")]
pub struct Model {
    /// SHA-256 of a picture's bytes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub one: Vec<u8>,
    /// SHA-256 of another's.
    #[sea_orm(primary_key, auto_increment = false)]
    pub other: Vec<u8>,
    /// How far they agree (`zhucun_pictures::Likeness::agreement`).
    pub agreement: f64,
}

/// None: rows are named by content and by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
