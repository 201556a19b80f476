//! Places: divisions and districts.

use mobile_schema::kinds::place::name_on;
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
    /// Its code now, where it was given another.
    pub code: Option<String>,
    /// Names it had, each behind the last day on which it held; a line each, sorted.
    #[sea_orm(column_type = "Text")]
    pub former_names: String,
    /// Last day on which it was a village of its own, `YYYY-MM-DD`.
    pub to_day: Option<String>,
    /// The village that it was merged into.
    pub successor: Option<String>,
}

impl Model {
    /// What it was called on a day, `YYYY-MM-DD`.
    pub fn name_on(&self, day: &str) -> Option<&str> {
        name_on(self.name.as_deref(), self.former_names.lines(), day)
    }
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
