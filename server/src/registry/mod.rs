//! The registry: places, fences, units, teams, people, stations, and their import.
//!
//! - [`import`]: files of an office, checked as a whole and turned into operations.
//! - [`demo`]: the demo district, loaded through the imports.
//! - [`rules`]: what a rule may say, and which holds where and when.
//! - `projection`: what is made of registry records; [`store`]: what is read of it; [`lists`]: the same
//!   as clients see it; [`pinyin`], [`store::search`]: finding names; [`routes`], [`cli`]: the doors.

pub mod cli;
pub mod demo;
pub mod import;
pub mod lists;
pub mod pinyin;
pub mod principal;
mod projection;
pub mod routes;
pub mod rules;
pub mod store;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use crate::storage::projection::Projection;

/// What is made of registry records.
pub fn projections() -> Vec<Box<dyn Projection>> {
    projection::all()
}
