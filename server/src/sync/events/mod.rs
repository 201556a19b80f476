//! Events: a connection kept open, on which the server says that there is something to pull. They are hints and no more: what they do not
//! say, a pull finds, and a lost one costs time alone.
//!
//! [`watch`] finds out what moved; [`listeners`] is who wants to know; [`due`] is what each is to be told; [`rights`] looks after what they
//! may know; [`routes`] are the doors. All of it is of this process: another server has its own listeners, and is told that something
//! moved, not what.

pub mod due;
pub mod listeners;
pub mod rights;
pub mod routes;
pub mod watch;
