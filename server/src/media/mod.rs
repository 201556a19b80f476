//! Photos: the bytes that `photo` records promise. Records come by push; the bytes travel apart, by tus 1.0, and are named by
//! their SHA-256.
//!
//! - [`tus`], [`checksum`], [`range`], [`sniff`], [`state`], [`access`], [`views`]: the rules, pure.
//! - [`inbox`]: the files of uploads under way. How far an upload is, is the length of its file.
//! - [`upload`]: the life of an upload; `finish`: its end, as complete bytes or as nothing; [`join`] makes one of several; [`sweep`] ends what was left behind.
//! - [`blobs`]: where complete bytes are kept; [`copy`] brings them from one store to another; [`store::erase`] takes away those that nothing
//!   but erased operations promised.
//! - [`processing`] opens complete photos (crate `zhucun-pictures`): renditions, likeness, EXIF.
//! - [`lookup`]: what is missing, in which state a photo is, what the office still waits for.
//! - [`projection`] makes of `photo` records what is promised; [`store`] asks the tables.
//! - [`routes`]: the doors.

use crate::storage::projection::{Projection, Rows};

pub mod access;
pub mod append;
pub mod blobs;
pub mod checksum;
pub mod copy;
pub mod faults;
mod finish;
pub mod inbox;
pub mod join;
pub mod lookup;
pub mod principal;
pub mod processing;
pub mod projection;
pub mod range;
pub mod routes;
pub mod service;
pub mod sniff;
pub mod state;
pub mod store;
pub mod sweep;
#[cfg(test)]
mod tests;
pub mod tus;
pub mod upload;
pub mod views;

pub use service::Media;

/// What is made of `photo` records.
pub fn projections() -> Vec<Box<dyn Projection>> {
    vec![Rows::<projection::Promises>::boxed(), Box::new(store::erase::Erasures)]
}
