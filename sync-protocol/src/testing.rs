//! For tests, of this crate and of others: a slow model of the protocol. Built with the feature `testing` only.

pub mod model;
