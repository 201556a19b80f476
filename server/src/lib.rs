//! The Zhucun server. One binary, [`cli`] is its command line; [`app`] puts the parts together; [`routes`] shows every route.
//!
//! Features (`auth`, `sync`, `media`, `attendance`, `registry`, `office`, `gallery`, `signals`) import each other's pure files only. `storage` and `error`
//! import no feature.

pub mod app;
pub mod attendance;
pub mod auth;
pub mod backup;
pub mod body;
pub mod cli;
pub mod config;
pub mod connections;
pub mod error;
pub mod evidence;
pub mod extract;
pub mod gallery;
pub mod jobs;
pub mod keys;
pub mod media;
pub mod office;
pub mod open_files;
pub mod registry;
pub mod retention;
pub mod routes;
pub mod s3;
pub mod ship;
pub mod signals;
pub mod storage;
pub mod sync;
#[cfg(feature = "testing")]
pub mod testing;
pub mod verify;
