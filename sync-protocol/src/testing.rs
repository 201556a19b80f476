//! For tests, of this crate and of others: a slow model of the protocol, small [`worlds`], and [`compare`], which holds the crate against
//! the model; a second [`reader`] of lines, and [`decoding`]: what must hold of any bytes whatever. Built with the feature `testing` only, so that no release contains it.

mod carried;
pub mod compare;
pub mod decoding;
mod erased;
mod model;
mod outcome;
mod read;
pub mod reader;
pub mod upcast;
pub mod worlds;
