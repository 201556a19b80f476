//! For tests, of this crate and of others: a slow [`model`] of the protocol, and small [`worlds`] to hold an implementation against it.
//! Built with the feature `testing` only, so that no release contains it.

pub mod model;
pub mod worlds;
