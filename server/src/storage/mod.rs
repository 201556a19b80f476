//! The database: connection, transactions, tables, migrations, and the machinery that runs projections and jobs inside transactions.
//!
//! Only this folder and each feature's `store.rs` name sea-orm. Nothing here knows a feature: [`projection`] and [`jobs`] are the
//! doors by which `app` registers what features make of records.

#[cfg(feature = "broken")]
pub mod broken;
pub mod checkpoint;
pub mod connect;
pub mod dots;
pub mod entities;
pub mod feed;
pub mod health;
pub mod jobs;
pub mod migrations;
pub mod pokes;
pub mod projection;
pub mod rows;
pub mod scoping;
pub mod server_keys;
pub mod trouble;
pub mod turns;

pub use connect::{Db, Write};
