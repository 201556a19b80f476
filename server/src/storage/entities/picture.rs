//! What was seen in the bytes of a photo or preview. Made of the bytes alone, so it can be made again; no projection: a rebuild leaves it alone.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "picture")]
pub struct Model {
    /// SHA-256 of the bytes, 32 bytes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sha256: Vec<u8>,
    /// Why it cannot be shown (`zhucun_pictures::Reason`); none where it can.
    pub reason: Option<String>,
    /// Pixels from left to right, upright.
    pub width: Option<i64>,
    /// Pixels from top to bottom, upright.
    pub height: Option<i64>,
    /// How the file says that it is turned, 1 to 8; 0 where it does not.
    pub orientation: i64,
    /// What the camera's clock showed, in ms since 1970 as if it showed UTC.
    pub taken_local_ms: Option<i64>,
    /// By how many minutes that clock was ahead of UTC.
    pub taken_offset_min: Option<i64>,
    /// Degrees north, by the file's own word.
    pub lat: Option<f64>,
    /// Degrees east.
    pub lon: Option<f64>,
    /// The datum of these, as the file names it.
    pub datum: Option<String>,
    /// The camera's maker.
    pub make: Option<String>,
    /// The camera's model.
    pub model: Option<String>,
    /// How it looks (`zhucun_pictures::Likeness::to_bytes`); none where it is all of one brightness.
    pub likeness: Option<Vec<u8>>,
    /// SHA-256 of the rendition of 1280 pixels, under which it lies in the store.
    pub large: Option<Vec<u8>>,
    /// Its bytes.
    pub large_size: Option<i64>,
    /// SHA-256 of the rendition of 320 pixels.
    pub small: Option<Vec<u8>>,
    /// Its bytes.
    pub small_size: Option<i64>,
    /// When this was seen, by the server's clock, ms.
    pub processed_ms: i64,
}

/// None: named by content.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
