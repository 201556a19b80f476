//! What of members' days a person should look at. Derived with the verdicts: see `zhucun_presence::matter`.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "matter")]
pub struct Model {
    /// Whose day.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person: String,
    /// Which day, `YYYY-MM-DD`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: String,
    /// What it is about.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// Which signal, where it is one; else empty.
    #[sea_orm(primary_key, auto_increment = false)]
    pub detail: String,
    /// The station's village.
    pub village: String,
    /// Its place among others, 0 to 100: the less the more it weighs.
    pub rank: i32,
    /// Since when it waits, ms by the server's clock.
    pub since_ms: i64,
    /// Of members who move as one: see `zhucun_presence::together::Group`.
    #[sea_orm(column_type = "Text", nullable)]
    pub found: Option<String>,
}

/// None: rows are named by persons and days, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
