//! For tests, of this crate and of others: a slow model of the protocol, small [`worlds`], and [`compare`], which holds the crate against
//! the model. Built with the feature `testing` only, so that no release contains it.

mod carried;
pub mod compare;
mod erased;
mod model;
mod outcome;
mod read;
pub mod upcast;
pub mod worlds;
