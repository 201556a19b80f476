//! Settings.

use std::{net::SocketAddr, path::PathBuf};

/// All settings. Each has a default that works; the commented default file is their documentation.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// `sqlite:…` or `postgres://…`.
    pub database_url: String,
    /// Most connections to the database.
    pub database_connections: u32,
    /// Folder of photos.
    pub media: PathBuf,
    /// IANA time zone in which a day is a day.
    pub time_zone: jiff::tz::TimeZone,
    /// Largest push, packed and unpacked, in bytes.
    pub max_push_bytes: usize,
    /// Largest photo in bytes.
    pub max_photo_bytes: u64,
    /// How long a token lives, seconds.
    pub token_ttl_s: u64,
    /// The address by which phones reach this server, for QR codes.
    pub public_url: String,
}
