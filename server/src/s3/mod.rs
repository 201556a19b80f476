//! Stores that speak S3. The one place that names the SDK; who keeps files there works with a [`Bucket`].
//!
//! - [`parts`]: how a file is cut for sending (pure). [`faults`]: what a store's faults mean.
//! - [`bucket`]: the verbs; [`send`]: files on their way into it.
//!
//! Nothing of the SDK is begun before the first [`Bucket`] is opened: a server that keeps all in folders does without.

pub mod bucket;
mod faults;
mod parts;
mod send;

pub use bucket::{Access, Bucket, Keys};
