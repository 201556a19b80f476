//! Work teams.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "team")]
pub struct Model {
    /// Key of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
    /// Its id.
    pub id: String,
    /// Where it is stationed.
    pub village: Option<String>,
    /// In Chinese.
    pub name: Option<String>,
    /// In English or pinyin.
    pub name_en: Option<String>,
    /// The unit that sent it.
    pub unit: Option<String>,
    /// Whether it is invented.
    pub demo: bool,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
