//! Whether what is kept is what came: checks that anyone can make later, and that change nothing.
//!
//! - [`finding`] is what a check tells: a code, the row, what is expected and what is found.
//! - [`database`] checks a server's database, while it serves, on a copy of one state: [`store::chains`] every chain, signature,
//!   certificate and line; [`store::tables`] every other table against the lines; [`photos`] the store of photos; [`log`] the shipped log.
//! - [`folder`] checks files that someone was given: a folder of evidence, a folder of the shipped log, a courier file. It needs neither
//!   settings nor database.
//!
//! The rules of chains and signatures are `sync_protocol::custody`, for all of them.

pub mod carried;
pub mod database;
pub mod finding;
pub mod folder;
pub mod log;
pub mod photos;
pub mod store;
