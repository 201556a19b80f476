//! A part of a bucket, and the verbs that the server needs of it.

use std::{
    io::{self, ErrorKind},
    ops::Range,
    path::Path,
    pin::Pin,
    time::Duration,
};

use aws_config::{
    BehaviorVersion, Region, retry::RetryConfig, stalled_stream_protection::StalledStreamProtectionConfig,
};
use aws_sdk_s3::{
    Client,
    config::{Credentials, RequestChecksumCalculation, ResponseChecksumValidation, timeout::TimeoutConfig},
    presigning::PresigningConfig,
    types::ServerSideEncryption,
};
use aws_smithy_http_client::{Builder, tls};
use sync_protocol::{Hash, ids::sha256};
use tokio::io::AsyncRead;

use super::{
    faults::{fault, told, wrong_setting},
    send::{self, Over},
};
use crate::{
    app::or_absent,
    config::{BucketIn, Config, Encryption, S3Prefix},
};

/// Bytes on their way out.
pub type Reader = Pin<Box<dyn AsyncRead + Send>>;

/// Most names of one question.
const PAGE: i32 = 1_000;
/// A store that takes no connection for so long is down.
const CONNECT: Duration = Duration::from_secs(5);
/// One that has not begun to answer for so long, the bytes of a part sent meanwhile, too.
const ANSWER: Duration = Duration::from_secs(60);
/// A stream that stands still for so long is given up.
const STILL: Duration = Duration::from_secs(20);
/// Tries of one request, with pauses that grow.
const TRIES: u32 = 3;

/// How a store is reached.
#[derive(Debug, Clone)]
pub struct Access {
    /// Its address; none: that of AWS.
    pub endpoint: Option<String>,
    /// The region that requests are signed for.
    pub region: String,
    /// Where an address names the bucket.
    pub bucket_in: BucketIn,
    /// What the store is asked to encrypt with.
    pub encryption: Encryption,
    /// The keys; none: they are found as AWS's programs find theirs.
    pub keys: Option<Keys>,
}

/// An access key and its secret.
#[derive(Clone)]
pub struct Keys {
    /// The name.
    pub id: String,
    /// The secret.
    pub secret: String,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Access {
    /// As the settings say.
    pub fn of(config: &Config) -> Self {
        Self {
            endpoint: config.s3_endpoint.clone(),
            region: config.s3_region.clone(),
            bucket_in: config.s3_bucket_in,
            encryption: config.s3_encryption.clone(),
            keys: None,
        }
    }
}

/// The keys of a bucket that begin with a prefix. Names below are without it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Bucket {
    pub(super) client: Client,
    pub(super) at: S3Prefix,
    pub(super) encryption: Encryption,
}

/// What may be wrong with a bucket at the start.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// Something that a person must change.
    #[error("{0}")]
    Wrong(String),
    /// Something that may pass.
    #[error("{0}")]
    Now(String),
}

/// How a photo presents itself to who fetches it by a signed address.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// Its media type.
    pub media_type: &'a str,
    /// Its `Content-Disposition`.
    pub disposition: &'a str,
}

impl Bucket {
    /// That one. Nothing is asked of it yet.
    pub async fn open(at: S3Prefix, access: Access) -> Self {
        let patience = TimeoutConfig::builder().connect_timeout(CONNECT).read_timeout(ANSWER).build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            // The TLS that the database's connections use as well.
            .http_client(
                Builder::new()
                    .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
                    .build_https(),
            )
            .region(Region::new(access.region))
            .retry_config(RetryConfig::standard().with_max_attempts(TRIES))
            .timeout_config(patience)
            .stalled_stream_protection(StalledStreamProtectionConfig::enabled().grace_period(STILL).build());
        if let Some(Keys { id, secret }) = access.keys {
            loader = loader.credentials_provider(Credentials::new(id, secret, None, None, "given"));
        }
        let path_style = access.endpoint.is_some() && access.bucket_in == BucketIn::Path;
        let mut config = aws_sdk_s3::config::Builder::from(&loader.load().await)
            .force_path_style(path_style)
            // Each file is sent with its SHA-256; the checksums that the SDK would add in trailers are unknown to many stores.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        config.set_endpoint_url(access.endpoint);
        Self { client: Client::from_conf(config.build()), at, encryption: access.encryption }
    }

    /// Whether it can be read.
    pub async fn check(&self) -> Result<(), Unusable> {
        let asked =
            self.client.list_objects_v2().bucket(&self.at.bucket).prefix(&self.at.prefix).max_keys(1).send().await;
        let Err(error) = asked else { return Ok(()) };
        Err(match wrong_setting(&error) {
            Some(why) => Unusable::Wrong(format!("{}: {why}", self.at)),
            None => Unusable::Now(format!("{}: {}", self.at, told(&error))),
        })
    }

    pub(super) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.at.prefix)
    }

    pub(super) fn encryption(&self) -> (Option<ServerSideEncryption>, Option<String>) {
        match &self.encryption {
            Encryption::OfBucket => (None, None),
            Encryption::OfStore => (Some(ServerSideEncryption::Aes256), None),
            Encryption::OfKms(key) => (Some(ServerSideEncryption::AwsKms), key.clone()),
        }
    }

    /// Keeps the bytes of a file under that name, whole and durably. What is there under it of the same length stays; of another, goes.
    pub async fn put_file(&self, name: &str, file: &Path, sha256: &Hash) -> io::Result<()> {
        let length = tokio::fs::metadata(file).await?.len();
        let there = self.size(name).await?;
        if there == Some(length) {
            return Ok(());
        }
        let over = if there.is_some() { Over::Anything } else { Over::Nothing };
        let sent = match send::file(self, name, (file, length, sha256), over).await {
            Err(error) if error.kind() == ErrorKind::Unsupported => {
                send::file(self, name, (file, length, sha256), Over::Anything).await
            }
            other => other,
        };
        match sent {
            // An answer may be lost, and another may have been faster: what counts is what is there.
            Err(error) if error.kind() == ErrorKind::InvalidData => Err(error),
            Err(_) if self.size(name).await.is_ok_and(|size| size == Some(length)) => Ok(()),
            other => other,
        }
    }

    /// Keeps bytes under that name, whole and durably, unless there are some; gives whether there were none.
    pub async fn put_new(&self, name: &str, bytes: Vec<u8>) -> io::Result<bool> {
        let sha256 = sha256(&[&bytes]);
        let sent = match send::whole(self, name, bytes.clone().into(), &sha256, Over::Nothing).await {
            // Where the store knows no conditions, whoever writes must be alone.
            Err(error) if error.kind() == ErrorKind::Unsupported && self.size(name).await?.is_none() => {
                send::whole(self, name, bytes.into(), &sha256, Over::Anything).await
            }
            Err(error) if error.kind() == ErrorKind::Unsupported => return Ok(false),
            other => other,
        };
        match sent {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            other => other.map(|()| true),
        }
    }

    /// How many bytes are under that name; none if nothing is.
    pub async fn size(&self, name: &str) -> io::Result<Option<u64>> {
        let head = self.client.head_object().bucket(&self.at.bucket).key(self.key(name)).send().await;
        Ok(or_absent(head.map_err(fault))?.map(|head| head.content_length().unwrap_or_default().unsigned_abs()))
    }

    /// Reads these bytes, cut to what there is; none if nothing is there.
    pub async fn open_range(&self, name: &str, range: Range<u64>) -> io::Result<Option<Reader>> {
        if range.is_empty() {
            return Ok(self.size(name).await?.map(|_| nothing()));
        }
        let get = self.client.get_object().bucket(&self.at.bucket).key(self.key(name));
        // Not every store reads numbers that no file reaches.
        let last = i64::try_from(range.end).map_or_else(|_| String::new(), |end| (end - 1).to_string());
        let get = get.range(format!("bytes={}-{last}", range.start));
        match get.send().await.map_err(fault) {
            Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(Some(nothing())),
            found => Ok(or_absent(found)?.map(|found| Box::pin(found.body.into_async_read()) as Reader)),
        }
    }

    /// All the bytes under that name; none if nothing is there. For small files.
    pub async fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let get = self.client.get_object().bucket(&self.at.bucket).key(self.key(name)).send().await;
        let Some(found) = or_absent(get.map_err(fault))? else { return Ok(None) };
        Ok(Some(found.body.collect().await?.to_vec()))
    }

    /// Deletes; gives whether there was something.
    pub async fn delete(&self, name: &str) -> io::Result<bool> {
        let was = self.size(name).await?.is_some();
        if was {
            let gone = self.client.delete_object().bucket(&self.at.bucket).key(self.key(name)).send().await;
            gone.map_err(fault)?;
        }
        Ok(was)
    }

    /// The next names behind that one, in order, with their sizes; at most a thousand, and none only at the end.
    pub async fn list(&self, after: &str) -> io::Result<Vec<(String, u64)>> {
        let mut asked = self.client.list_objects_v2().bucket(&self.at.bucket).prefix(&self.at.prefix).max_keys(PAGE);
        if !after.is_empty() {
            asked = asked.start_after(self.key(after));
        }
        let found = asked.send().await.map_err(fault)?;
        let named = found.contents().iter().filter_map(|object| {
            let name = object.key()?.strip_prefix(&self.at.prefix)?;
            Some((name.to_owned(), object.size().unwrap_or_default().unsigned_abs()))
        });
        Ok(named.collect())
    }

    /// Ends uploads in parts that were begun before then (ms) and never ended; gives how many. Their parts take room that no list shows.
    pub async fn abort_stale(&self, before_ms: i64) -> io::Result<usize> {
        let (mut aborted, mut markers) = (0, (None, None));
        loop {
            let list = self.client.list_multipart_uploads().bucket(&self.at.bucket).prefix(&self.at.prefix);
            let page = list.set_key_marker(markers.0).set_upload_id_marker(markers.1).send().await.map_err(fault)?;
            for upload in page.uploads() {
                let begun_ms = upload.initiated().and_then(|at| at.to_millis().ok());
                if let (Some(key), Some(id), Some(_)) =
                    (upload.key(), upload.upload_id(), begun_ms.filter(|ms| *ms < before_ms))
                {
                    send::abort(self, key, id).await?;
                    aborted += 1;
                }
            }
            if !page.is_truncated().unwrap_or_default() {
                return Ok(aborted);
            }
            markers = (page.next_key_marker, page.next_upload_id_marker);
        }
    }

    /// An address under which anyone can read it until the time is over. Nothing is asked of the store.
    pub async fn sign(&self, name: &str, holds: Duration, shown: Shown<'_>) -> io::Result<String> {
        let holds = PresigningConfig::expires_in(holds).map_err(io::Error::other)?;
        let get = self.client.get_object().bucket(&self.at.bucket).key(self.key(name));
        let get = get.response_content_type(shown.media_type).response_content_disposition(shown.disposition);
        // Only keys can be wrong here.
        let signed = get.presigned(holds).await.map_err(fault)?;
        Ok(signed.uri().to_owned())
    }
}

fn nothing() -> Reader {
    Box::pin(tokio::io::empty())
}
