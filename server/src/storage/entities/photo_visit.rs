//! To which visit each photo belongs: itself, or by the record that it is a photo of. Made with the signals of the photo.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "photo_visit")]
pub struct Model {
    /// Key of the photo's record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
    /// Key of the visit's record.
    pub visit: Vec<u8>,
}

/// None: rows are named by content and by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
