//! Records that show nothing: deleted, or with nothing of them left. Not made again by a rebuild, which finds them as they are.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tombstone")]
pub struct Model {
    /// Key of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
    /// Since when, by the server's clock, ms.
    pub since_ms: i64,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
