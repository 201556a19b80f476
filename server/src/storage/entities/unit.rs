//! Responsible units.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "unit")]
pub struct Model {
    /// Key of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
    /// `district.u.name`.
    pub id: String,
    /// In Chinese.
    pub name: Option<String>,
    /// In English or pinyin.
    pub name_en: Option<String>,
    /// The person who answers for it.
    pub leader: Option<String>,
    /// The codes of the villages it is responsible for, sorted, with a space between.
    #[sea_orm(column_type = "Text")]
    pub villages: String,
    /// Whether it is invented.
    pub demo: bool,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
