//! One file a table.

// The derive makes public columns and relations that have nothing to say beyond the field they stand for.
#![allow(missing_docs)]

pub mod conflict;
pub mod install;
pub mod job;
pub mod line;
pub mod loose_line;
pub mod push;
pub mod record;
pub mod ruling;
pub mod scope;
pub mod standing;

// auth
pub mod account;
pub mod enrolment_code;
pub mod server_key;
pub mod setting;

// media
pub mod photo;
pub mod stored_blob;
pub mod upload;

// attendance
pub mod attendance;

// registry
pub mod cadre;
pub mod fence;
pub mod person;
pub mod place;
pub mod station;
pub mod team;
pub mod unit;
