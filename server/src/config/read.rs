//! Reading each setting as its type.

use std::{collections::BTreeMap, path::PathBuf, str::FromStr};

use super::{
    BucketIn, Config, Encryption, LogFormat,
    load::{Origin, Written, mask},
};

/// What is wrong with the settings, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A setting that is none.
    #[error("unknown setting {name:?} ({origin}); the settings are: {}", known.join(", "))]
    Unknown {
        /// Its name.
        name: String,
        /// Who wrote it.
        origin: Origin,
        /// Those there are.
        known: Vec<String>,
    },
    /// A value that is wrong.
    #[error("setting {name:?} ({origin}) is {given:?}; give {right}")]
    Wrong {
        /// Its name.
        name: String,
        /// Who wrote it.
        origin: Origin,
        /// The value.
        given: String,
        /// What would be right.
        right: &'static str,
    },
    /// A file that is not TOML.
    #[error("{origin} is not TOML: {why}")]
    NoToml {
        /// The file.
        origin: Origin,
        /// Where and why.
        why: String,
    },
}

impl ConfigError {
    pub(super) fn wrong(name: &str, origin: &Origin, given: &str, right: &'static str) -> Self {
        Self::Wrong { name: name.to_owned(), origin: origin.clone(), given: mask(given), right }
    }
}

struct Reader<'a>(&'a BTreeMap<String, Written>);

impl Reader<'_> {
    fn read<T>(
        &self,
        name: &str,
        right: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ConfigError> {
        let written = &self.0[name];
        parse(written.text.trim()).ok_or_else(|| ConfigError::wrong(name, &written.origin, &written.text, right))
    }

    fn number<T: FromStr + PartialOrd>(
        &self,
        name: &str,
        right: &'static str,
        min: T,
        max: T,
    ) -> Result<T, ConfigError> {
        self.read(name, right, |s| s.parse().ok().filter(|n| *n >= min && *n <= max))
    }

    fn folder(&self, name: &str) -> Result<PathBuf, ConfigError> {
        self.read(name, "the path of a folder", |s| (!s.is_empty()).then(|| s.into()))
    }
}

/// Nothing, or what it is read as.
fn optional<T: FromStr>(text: &str) -> Option<Option<T>> {
    if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) }
}

/// Whether it is the address of a server: a host, perhaps with a path, over HTTP.
fn is_address(text: &str) -> bool {
    let host = text.strip_prefix("https://").or(text.strip_prefix("http://")).unwrap_or_default();
    !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || "?#\"<>".contains(c))
}

/// The settings as their types. Panics where one is not even in the defaults, which a test rules out.
pub(super) fn config(written: &BTreeMap<String, Written>) -> Result<Config, ConfigError> {
    let r = Reader(written);
    Ok(Config {
        data: r.folder("data")?,
        listen: r
            .read("listen", "an address and a port, such as 127.0.0.1:8080 or 0.0.0.0:8080", |s| s.parse().ok())?,
        public_url: r.read("public_url", "an address such as https://zhucun.example.cn", |s| {
            is_address(s).then(|| s.trim_end_matches('/').to_owned())
        })?,
        database_url: r.read("database_url", "sqlite:FILE or postgres://USER:PASSWORD@HOST/DATABASE", |s| {
            let file = s.strip_prefix("sqlite:").is_some_and(|f| !f.is_empty());
            let host = s.strip_prefix("postgres://").or(s.strip_prefix("postgresql://")).is_some_and(|h| !h.is_empty());
            (file || host).then(|| s.to_owned())
        })?,
        database_connections: r.number("database_connections", "a whole number from 1 to 1000", 1, 1000)?,
        media: r.folder("media")?,
        backups: r.folder("backups")?,
        media_store: r.read("media_store", "s3://BUCKET/PREFIX, or nothing", optional)?,
        ship: r.read("ship", "the path of a folder, s3://BUCKET/PREFIX, or nothing", optional)?,
        s3_endpoint: r.read("s3_endpoint", "an address such as https://s3.example.cn, or nothing", |s| {
            (s.is_empty() || is_address(s)).then(|| (!s.is_empty()).then(|| s.trim_end_matches('/').to_owned()))
        })?,
        s3_region: r.read("s3_region", "the name of a region, such as us-east-1", |s| {
            let plain = !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            plain.then(|| s.to_owned())
        })?,
        s3_bucket_in: r.read("s3_bucket_in", "path or host", |s| match s {
            "path" => Some(BucketIn::Path),
            "host" => Some(BucketIn::Host),
            _ => None,
        })?,
        s3_encryption: r.read("s3_encryption", "nothing, AES256, aws:kms or aws:kms:KEY", |s| match s {
            "" => Some(Encryption::OfBucket),
            "AES256" => Some(Encryption::OfStore),
            "aws:kms" => Some(Encryption::OfKms(None)),
            _ => {
                s.strip_prefix("aws:kms:").filter(|key| !key.is_empty()).map(|key| Encryption::OfKms(Some(key.into())))
            }
        })?,
        // The longest that a signature of version 4 can hold.
        signed_url_ttl_s: r.number("signed_url_ttl_s", "a number of seconds from 0 to 604800", 0, 604_800)?,
        time_zone: r.read("time_zone", "the IANA name of a time zone, such as Asia/Shanghai", |s| {
            jiff::tz::TimeZone::get(s).ok()
        })?,
        // A push that could not hold one line of the largest size would leave a phone stuck for ever.
        max_push_bytes: r.number("max_push_bytes", "a number of bytes from 524288 to 1073741824", 524_288, 1 << 30)?,
        max_photo_bytes: r.number(
            "max_photo_bytes",
            "a number of bytes from 65536 to 1099511627776",
            65_536,
            1 << 40,
        )?,
        picture_workers: r.number("picture_workers", "a whole number from 0 to 64", 0, 64)?,
        watermark_font: r.read("watermark_font", "the path of a font", |s| (!s.is_empty()).then(|| s.into()))?,
        token_ttl_s: r.number("token_ttl_s", "a number of seconds from 1 to 604800", 1, 604_800)?,
        enrolment_code_ttl_s: r.number(
            "enrolment_code_ttl_s",
            "a number of seconds from 1 to 31536000",
            1,
            31_536_000,
        )?,
        request_timeout_s: r.number("request_timeout_s", "a number of seconds from 1 to 3600", 1, 3600)?,
        purge_after_s: r.number("purge_after_s", "0, or a number of seconds up to 3153600000", 0, 3_153_600_000)?,
        retention_every_s: r.number("retention_every_s", "0, or a number of seconds up to 604800", 0, 604_800)?,
        retention_floor_days: r.number("retention_floor_days", "a number of days from 0 to 36500", 0, 36_500)?,
        upload_expiry_s: r.number("upload_expiry_s", "a number of seconds from 60 to 31536000", 60, 31_536_000)?,
        log: r.read(
            "log",
            "a level (error, warn, info, debug, trace), also by part: info,zhucun::sync=debug",
            |s| {
                let known = tracing_subscriber::EnvFilter::builder().parse(s).is_ok();
                (known && !s.is_empty()).then(|| s.to_owned())
            },
        )?,
        log_format: r.read("log_format", "text or json", |s| match s {
            "text" => Some(LogFormat::Text),
            "json" => Some(LogFormat::Json),
            _ => None,
        })?,
    })
}
