//! Attendance: from evidence to presence verdicts.
//!
//! Decisions are pure, over plain values, and give their reasons. They are a crate of its own, `zhucun_presence`: where a fix was, what a
//! member's day counts as, by a rule that is data, and what of it a person should look at. [`projection`] turns records into rows of evidence and names the jobs
//! that hang on them ([`subject`]); [`store`] does those jobs: it reads the inputs of many days at once, lets the pure functions decide,
//! and writes what changed. [`routes`] shows the verdicts to those who may see them.

pub mod asker;
pub mod deciding;
pub mod projection;
pub mod routes;
pub mod sealing;
pub mod seals;
pub mod sheets;
pub mod store;
pub mod subject;

#[cfg(test)]
mod tests;

pub use projection::projections;
pub use store::job_handlers;
