//! Folders of evidence: some records, handed to someone who is to check them without the server (`PROTOCOL.md`, section 20).
//!
//! In a push all lines that were not selected are blanks: a blank stands for its line in the chain, so the install's signature still holds,
//! and nothing but the line's hash is told. [`manifest`] is what the folder says of itself, [`take`] writes one, [`store`] finds the lines;
//! `verify::folder` checks it.

pub mod manifest;
pub mod store;
pub mod take;
