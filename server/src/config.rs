//! Settings: what they are. Where they come from is in [`load`]; their documentation and defaults are `config/default.toml`.

use std::{net::SocketAddr, path::PathBuf};

pub mod load;
pub mod place;
mod read;

pub use load::{Effective, Given, Origin, load};
pub use place::{Place, S3Prefix};
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
    /// Folder of photos: of uploads under way, and of complete photos where [`media_store`](Self::media_store) does not say otherwise.
    pub media: PathBuf,
    /// Where complete photos are, if not in the folder.
    pub media_store: Option<S3Prefix>,
    /// Folder of backups.
    pub backups: PathBuf,
    /// To where every committed line is shipped; none where none is.
    pub ship: Option<Place>,
    /// Address of the store that speaks S3; none: that of AWS.
    pub s3_endpoint: Option<String>,
    /// Region that requests to it are signed for.
    pub s3_region: String,
    /// Where the bucket stands in an address.
    pub s3_bucket_in: BucketIn,
    /// What the store is asked to encrypt with.
    pub s3_encryption: Encryption,
    /// How long a signed address of a photo holds, seconds; 0 where none is given out.
    pub signed_url_ttl_s: u64,
    /// IANA time zone in which a day is a day.
    pub time_zone: jiff::tz::TimeZone,
    /// Largest push, packed and unpacked, in bytes.
    pub max_push_bytes: usize,
    /// Largest photo in bytes.
    pub max_photo_bytes: u64,
    /// The font that is drawn with into copies of photos.
    pub watermark_font: PathBuf,
    /// Most pictures opened at a time.
    pub picture_workers: usize,
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
    /// How often photos are looked for that have been kept for as long as a rule says, seconds; 0 for never.
    pub retention_every_s: u64,
    /// For how many days photos are kept at least, whatever a rule says.
    pub retention_floor_days: u32,
    /// What to log, as `tracing` filters are written.
    pub log: String,
    /// How to log.
    pub log_format: LogFormat,
}

/// Where an address to a store that speaks S3 names the bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BucketIn {
    /// `https://store/bucket/key`.
    Path,
    /// `https://bucket.store/key`.
    Host,
}

/// With whose key a store encrypts what it keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encryption {
    /// As the bucket is set up.
    OfBucket,
    /// With keys of the store's own (`AES256`).
    OfStore,
    /// With a key of its key service: that of this id, or the default one.
    OfKms(Option<String>),
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
    /// Where complete photos are.
    pub fn photos(&self) -> Place {
        self.media_store.clone().map_or_else(|| Place::Folder(self.media.clone()), Place::S3)
    }

    /// The places in stores that speak S3, if any.
    pub fn s3_places(&self) -> Vec<S3Prefix> {
        let of = |place| if let Place::S3(at) = place { Some(at) } else { None };
        [Some(self.photos()), self.ship.clone()].into_iter().flatten().filter_map(of).collect()
    }

    /// The defaults, with everything kept in that folder.
    pub fn in_folder(data: &std::path::Path) -> Self {
        let given = Given { environment: vec![("ZHUCUN_DATA".into(), data.display().to_string())], ..Given::default() };
        load(&given).expect("the defaults are right").config
    }
}
