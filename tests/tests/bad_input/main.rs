//! Bad input: whatever a client sends, it gets a clear coded answer and never a 500; what was good before and after is kept; and the
//! server's log tells of no fault of its own.

mod bodies;
mod chains;
mod crash;
mod fences;
mod fixture;
mod imports;
mod lines;
mod people;
mod photos;
