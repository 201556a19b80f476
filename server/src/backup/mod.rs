//! Backups, and coming back from one.
//!
//! A backup is a folder: `zhucun.db`, one SQLite file with all tables whatever database the server uses, and `manifest.json`, which says
//! what is in it. Photos lie beside the backups, once each, under the hash of their bytes.
//!
//! - [`manifest`] is what a backup says of itself (pure). [`take`] takes one while a server works, [`photos`] brings the pictures along.
//! - [`restore`] makes an empty database from one and begins a new epoch; [`replay`] works in what was shipped since ([`crate::ship`]).
//! - [`drill`] does that aside, and compares.

pub mod drill;
pub mod folder;
pub mod manifest;
pub mod photos;
pub mod replay;
pub mod restore;
pub mod store;
pub mod take;
