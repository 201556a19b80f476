//! Settings: what they are. Where they come from is in [`load`]; their documentation and defaults are `config/default.toml`.

use std::{net::SocketAddr, path::PathBuf};

pub mod load;
mod read;

pub use load::{Effective, Given, Origin, load};
pub use read::ConfigError;

/// The commented file with every setting at its default. It is read as the defaults, so that it cannot differ from them.
pub const DEFAULT_FILE: &str = include_str!("config/default.toml");

/// All settings. Each has a default that works.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder for what is kept.
    pub data: PathBuf,
    /// Where the server listens.
    pub listen: SocketAddr,
    /// The address by which phones reach this server, for QR codes.
    pub public_url: String,
    /// `sqlite:…` or `postgres://…`.
    pub database_url: String,
    /// Most connections to the database.
    pub database_connections: u32,
    /// Folder of photos.
    pub media: PathBuf,
    /// Folder of backups.
    pub backups: PathBuf,
    /// Folder to which every committed line is shipped; none where none is.
    pub ship: Option<PathBuf>,
    /// IANA time zone in which a day is a day.
    pub time_zone: jiff::tz::TimeZone,
    /// Largest push, packed and unpacked, in bytes.
    pub max_push_bytes: usize,
    /// Largest photo in bytes.
    pub max_photo_bytes: u64,
    /// How long a token lives, seconds.
    pub token_ttl_s: u64,
    /// How long an enrolment code waits, seconds.
    pub enrolment_code_ttl_s: u64,
    /// How long a request may take, and how long its next bytes, seconds.
    pub request_timeout_s: u64,
    /// How long an unfinished upload waits, seconds.
    pub upload_expiry_s: u64,
    /// How long deleted records are kept, seconds; 0 for ever.
    pub purge_after_s: u64,
    /// What to log, as `tracing` filters are written.
    pub log: String,
    /// How to log.
    pub log_format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Config {
    /// The defaults, with everything kept in that folder.
    pub fn in_folder(data: &std::path::Path) -> Self {
        let given = Given { environment: vec![("ZHUCUN_DATA".into(), data.display().to_string())], ..Given::default() };
        load(&given).expect("the defaults are right").config
    }
}
