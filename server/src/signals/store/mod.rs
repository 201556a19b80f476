//! The rooms of this feature that touch the database.
//!
//! - [`matching`]: compares pictures, one by one, outside any transaction.
//! - [`handler`]: the job that derives signals, of many photos at once.
//! - [`expand`]: which photos a subject names; [`visits`]: to which visit each belongs.
//! - [`load`]: reads what is around photos.
//! - [`list`]: what is shown, to whom.

pub mod expand;
pub mod handler;
pub mod list;
pub mod load;
pub mod matching;
pub mod visits;

pub use handler::job_handlers;
