//! Rules with their days of effect.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rule")]
pub struct Model {
    /// Key of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
    /// Which rule it is: `attendance`, `retention`.
    pub key: String,
    /// Where it holds: the district, town or village whose roster it stands in.
    pub place: String,
    /// Id of the record: the name of this version.
    pub id: String,
    /// Title for people.
    pub title: String,
    /// First day of effect, `YYYY-MM-DD`.
    pub from_day: String,
    /// Last day of effect; open where missing.
    pub to_day: Option<String>,
    /// What it says, a JSON document in the form of its key.
    #[sea_orm(column_type = "Text")]
    pub body: String,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
