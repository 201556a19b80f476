//! Places: divisions and districts.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "place")]
pub struct Model {
    /// Key of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
    /// Its code, or the name of a district.
    pub id: String,
    /// What it is.
    pub level: Option<String>,
    /// In Chinese.
    pub name: Option<String>,
    /// In English or pinyin.
    pub name_en: Option<String>,
    /// The place it lies in, where its code does not tell.
    pub parent: Option<String>,
    /// Of a district: the codes of its towns, sorted, with a space between.
    #[sea_orm(column_type = "Text")]
    pub towns: String,
    /// Whether campaigns may draw it.
    pub inspected: bool,
    /// Whether it is a relatively poor village.
    pub poor: bool,
    /// Whether it is invented.
    pub demo: bool,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
