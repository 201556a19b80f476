//! How long photos are kept: for as long as a rule of the office says (a record of kind `rule` with the key `retention`), and for as long as a legal
//! hold stands. What is due is erased like what the office erases (`PROTOCOL.md`, section 19), by operations of the server.
//!
//! - Pure: [`rule`] (what a rule's document says), [`due`] (when a photo goes, and why then), [`cover`] (what a hold covers), `projection` (the
//!   row of a hold).
//! - [`worker`] erases what is due; [`erase`] is how, also for what was deleted long ago ([`crate::sync::purge`]): nothing that a hold covers.
//! - [`preview`]: what would go by when, of the rules as they are or with one more; [`holds`]: placing, lifting and listing holds;
//!   [`kept`]: what there is to say of one photo; [`routes`]: the doors.
//! - [`store`] asks the tables.

pub mod cover;
pub mod due;
pub mod erase;
pub mod holds;
pub mod kept;
pub mod preview;
mod projection;
pub mod routes;
pub mod rule;
pub mod store;
pub mod worker;

use crate::storage::projection::{Projection, Rows};

/// What is made of `hold` records.
pub fn projections() -> Vec<Box<dyn Projection>> {
    vec![Rows::<projection::Holds>::boxed()]
}
