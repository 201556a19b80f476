//! Photos: uploads, blob stores, states.

use crate::storage::projection::Projection;

pub mod blobs;

/// What is made of `photo` records.
pub fn projections() -> Vec<Box<dyn Projection>> {
    Vec::new()
}
