//! What the office does: decide on quarantined operations, settle conflicts, approve, correct. All of it becomes operations that
//! enter by the same door as a phone's; this folder only makes their drafts ([`drafts`]) and shows what waits ([`store`]).

pub mod drafts;
pub mod routes;
pub mod store;
pub mod views;
