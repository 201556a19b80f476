//! Fixes, each with the verdict on it once it has one. A fix that is projected anew loses its verdict, and is judged anew.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "fix")]
pub struct Model {
    /// Key of the record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub record: Vec<u8>,
    /// Its scope: who may see it.
    pub scope: String,
    /// Who measured: the author of its first line.
    pub person: String,
    /// Where the person says to be, by the fix or by its scope.
    pub village: Option<String>,
    /// The earliest it can have been.
    pub lo_ms: Option<i64>,
    /// The latest.
    pub hi_ms: Option<i64>,
    /// Whether its time is known, and lies in the middle of these.
    pub anchored: bool,
    /// Raw latitude.
    pub lat: f64,
    /// Raw longitude.
    pub lon: f64,
    /// Radius of the 68 % circle.
    pub accuracy_m: Option<f64>,
    /// What the degrees refer to.
    pub datum: Option<String>,
    /// Whether the phone says that an app fakes its position.
    pub mock: bool,
    /// Which source measured.
    pub provider: Option<String>,
    /// Speed over ground.
    pub speed_mps: Option<f64>,
    /// Verdict: `inside`, `outside`, `uncertain`; none yet where missing.
    pub place: Option<String>,
    /// To the boundary, negative inside.
    pub distance_m: Option<f64>,
    /// That it was inside.
    pub probability: Option<f64>,
    /// Key of the fence it was judged by.
    pub fence: Option<Vec<u8>>,
    /// Codes, separated by commas.
    #[sea_orm(column_type = "Text", nullable)]
    pub reasons: Option<String>,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
