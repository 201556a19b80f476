//! People.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person")]
pub struct Model {
    /// Key of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
    /// `district.p.name`.
    pub id: String,
    /// In Chinese.
    pub name: Option<String>,
    /// In English or pinyin.
    pub name_en: Option<String>,
    /// The unit that employs them.
    pub unit: Option<String>,
    /// Telephone at work.
    pub phone: Option<String>,
    /// Whether it is invented.
    pub demo: bool,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
