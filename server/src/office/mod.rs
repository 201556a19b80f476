//! What the office does: decide on quarantined operations, settle conflicts, approve, correct, and take any of it back. All of it becomes
//! operations that enter by the same door as a phone's.
//!
//! Pure: [`filter`] (what a list is narrowed to), [`page`], [`contest`] (which fields have several values), [`rules`] (which of them is
//! to stand), [`alike`] (decisions on many), [`drafts`], [`views`]. Reading: [`store`]. Acting: [`deciding`], [`settling`], [`undoing`], [`erasing`].

pub mod alike;
pub mod contest;
pub mod deciding;
pub mod drafts;
pub mod erasing;
pub mod filter;
pub mod page;
pub mod routes;
pub mod rules;
pub mod settling;
pub mod store;
pub mod undoing;
pub mod views;
