//! What speaks against photos, for a person to weigh. Derived: see `signals`.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "signal")]
pub struct Model {
    /// Key of the photo's record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
    /// Stable code (`signals::signal::Code`).
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// Key of the other record it points to; empty where there is none.
    #[sea_orm(primary_key, auto_increment = false)]
    pub other: Vec<u8>,
    /// How much it weighs, 0 to 1.
    pub strength: f64,
    /// Scope of the photo's record.
    pub scope: String,
    /// Id of the photo's record.
    pub id: String,
    /// Who took the photo.
    pub person: String,
    /// When the photo was recorded, ms; none where that is not anchored.
    pub at_ms: Option<i64>,
    /// Scope of the other record.
    pub other_scope: Option<String>,
    /// Its kind.
    pub other_kind: Option<String>,
    /// Its id.
    pub other_id: Option<String>,
    /// The sentence in Chinese.
    #[sea_orm(column_type = "Text")]
    pub zh: String,
    /// In English.
    #[sea_orm(column_type = "Text")]
    pub en: String,
    /// What it was judged on, a JSON object.
    #[sea_orm(column_type = "Text")]
    pub facts: String,
}

/// None: rows are named by content and by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
