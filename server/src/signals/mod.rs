//! What speaks against a photo, told to people with reasons: it was used before, or what its file says does not fit where and when it was
//! recorded. A signal convicts nobody.
//!
//! Pure: [`signal`] (what is said), [`judge`] (when it is said), [`exif`] (what a file says of time and place, against what the phone
//! recorded), [`reuse`] (what a second use of a picture weighs), [`subject`] (what jobs are about).
//! [`projection`] names the jobs that hang on records, [`store`] does them and reads what is shown, [`routes`] shows it.

pub mod exif;
pub mod judge;
pub mod projection;
pub mod reuse;
pub mod routes;
pub mod signal;
pub mod store;
pub mod subject;

#[cfg(test)]
mod tests;

pub use projection::projections;
pub use store::job_handlers;
