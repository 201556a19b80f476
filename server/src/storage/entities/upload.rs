//! Uploads under way, and for a while those that ended well. How far one is, is the length of its file and stands nowhere else.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "upload")]
pub struct Model {
    /// Random, 16 bytes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Vec<u8>,
    /// The promised SHA-256, 32 bytes; none of a part, which promises nothing until it is joined.
    pub sha256: Option<Vec<u8>>,
    /// Announced length in bytes; none while it is still to be told.
    pub length: Option<i64>,
    /// `Upload-Concat` as it came with the creation: `partial`, or `final;` and the parts.
    pub concat: Option<String>,
    /// Of a part: the upload that has its bytes now. The part's row goes with that one's.
    pub joined: Option<Vec<u8>>,
    /// Who uploads. Nobody else can continue it, so nobody else can spoil it.
    pub person: String,
    /// From which install, 16 bytes; none from the console.
    pub install: Option<Vec<u8>>,
    /// When it began, by the server's clock, ms.
    pub created_ms: i64,
    /// When its bytes were complete, ms. The row stays for a while so that a client that lost the last answer learns of it.
    pub done_ms: Option<i64>,
}

/// None: rows are named by record keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
