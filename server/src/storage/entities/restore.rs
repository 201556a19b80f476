//! Restores that this server knows of: each began an epoch.

use sea_orm::entity::prelude::*;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "restore")]
pub struct Model {
    /// The epoch that it began.
    #[sea_orm(primary_key, auto_increment = false)]
    pub epoch: String,
    /// The epoch before.
    pub before: String,
    /// The epoch of the receipt that proved it, where that was neither.
    pub proof_epoch: Option<String>,
    /// `backup`: by `zhucun restore`. `receipt`: it was proved by a receipt over lines that are not here.
    pub how: String,
    /// When it became known, ms.
    pub noticed_ms: i64,
    /// When the newest push that was here then had been received, ms.
    pub newest_ms: Option<i64>,
    /// The latest moment of which a receipt proved that something received then was not here, ms.
    pub lost_until_ms: Option<i64>,
    /// Whose receipt proved it, 16 bytes.
    pub install: Option<Vec<u8>>,
    /// What `zhucun restore` did, JSON.
    pub account: Option<String>,
}

/// None: rows are named by natural keys, not by foreign keys.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
