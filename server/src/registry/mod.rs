//! The registry: places, units, teams, people, stations, and their import.

use crate::storage::projection::Projection;

/// What is made of registry records.
pub fn projections() -> Vec<Box<dyn Projection>> {
    Vec::new()
}
