//! The sketches of all pictures that were compared, in the order in which that was done: a process reads those behind the last it knows.
//! Made of bytes alone; no projection.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sketch")]
pub struct Model {
    /// The how many-th it was.
    #[sea_orm(primary_key, auto_increment = false)]
    pub n: i64,
    /// SHA-256 of the picture's bytes; none where it is gone.
    pub sha256: Option<Vec<u8>>,
    /// The sketch (`zhucun_pictures::Sketch`), its 64 bits as a signed number.
    pub bits: i64,
}

/// None: rows are named by content and by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
