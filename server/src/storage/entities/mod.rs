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
pub mod tombstone;

// auth
pub mod account;
pub mod enrolment_code;
pub mod server_key;
pub mod setting;

// media
pub mod erased_photo;
pub mod photo;
pub mod photo_view;
pub mod picture;
pub mod stored_blob;
pub mod upload;

// gallery
pub mod gallery;
pub mod gallery_count;
pub mod gallery_tile;

// retention
pub mod hold;

// signals
pub mod alike;
pub mod photo_visit;
pub mod signal;
pub mod signal_review;
pub mod sketch;

// attendance
pub mod appeal;
pub mod check_in;
pub mod duty_away;
pub mod fix;
pub mod inquiry;
pub mod leave;
pub mod matter;
pub mod presence;
pub mod presence_history;
pub mod received;
pub mod review;
pub mod roll_call;
pub mod visit;
pub mod work_log;

// registry
pub mod cadre;
pub mod fence;
pub mod person;
pub mod place;
pub mod rule;
pub mod station;
pub mod team;
pub mod unit;

// restores and the shipped log
pub mod restore;
pub mod restore_gap;
pub mod shipping;
pub mod unknown_dot;
