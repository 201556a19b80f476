//! Files on their way into a bucket: whole, or in parts. Each goes with its SHA-256, which the store compares before it keeps anything.

use std::{io, ops::Range, path::Path};

use aws_sdk_s3::{
    primitives::{ByteStream, Length},
    types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};
use sync_protocol::Hash;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use super::{bucket::Bucket, faults::fault, parts};

/// What is read of a file at a time.
const BUFFER_BYTES: usize = 64 << 10;

/// A file, its length, and the SHA-256 of its bytes.
pub(super) type File<'a> = (&'a Path, u64, &'a Hash);

/// Whether what is under a name may be written over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// It stays: [`io::ErrorKind::AlreadyExists`].
    Nothing,
    /// It goes.
    Anything,
}

impl Over {
    fn if_none_match(self) -> Option<String> {
        (self == Over::Nothing).then(|| "*".to_owned())
    }
}

/// Sends a file.
pub(super) async fn file(bucket: &Bucket, name: &str, file: File<'_>, over: Over) -> io::Result<()> {
    let (path, length, sha256) = file;
    let parts = parts::parts(length);
    if parts.is_empty() {
        return whole(bucket, name, stream(path, &(0..length)).await?, sha256, over).await;
    }
    let key = bucket.key(name);
    let (encryption, kms_key) = bucket.encryption();
    let begin = bucket.client.create_multipart_upload().bucket(&bucket.at.bucket).key(&key);
    let begin = begin.checksum_algorithm(ChecksumAlgorithm::Sha256);
    let begin = begin.set_server_side_encryption(encryption).set_ssekms_key_id(kms_key);
    let begun = begin.send().await.map_err(fault)?;
    let id = begun.upload_id().unwrap_or_default();
    let sent = in_parts(bucket, (&key, id), path, &parts, over).await;
    if sent.is_err()
        && let Err(error) = abort(bucket, &key, id).await
    {
        tracing::debug!(%error, "an upload in parts is left to the sweep");
    }
    sent
}

/// Sends a body at once.
pub(super) async fn whole(bucket: &Bucket, name: &str, body: ByteStream, sha256: &Hash, over: Over) -> io::Result<()> {
    let (encryption, kms_key) = bucket.encryption();
    let put = bucket.client.put_object().bucket(&bucket.at.bucket).key(bucket.key(name)).body(body);
    let put = put.checksum_sha256(STANDARD.encode(sha256)).set_if_none_match(over.if_none_match());
    let put = put.set_server_side_encryption(encryption).set_ssekms_key_id(kms_key);
    put.send().await.map(drop).map_err(fault)
}

async fn in_parts(
    bucket: &Bucket,
    (key, id): (&str, &str),
    path: &Path,
    parts: &[Range<u64>],
    over: Over,
) -> io::Result<()> {
    let mut done = CompletedMultipartUpload::builder();
    for (number, part) in (1..).zip(parts) {
        let sha256 = STANDARD.encode(hash(path, part).await?);
        let put = bucket.client.upload_part().bucket(&bucket.at.bucket).key(key).upload_id(id).part_number(number);
        let put = put.body(stream(path, part).await?).checksum_sha256(&sha256);
        let sent = put.send().await.map_err(fault)?;
        let part = CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag).checksum_sha256(sha256);
        done = done.parts(part.build());
    }
    let end = bucket.client.complete_multipart_upload().bucket(&bucket.at.bucket).key(key).upload_id(id);
    let end = end.multipart_upload(done.build()).set_if_none_match(over.if_none_match());
    end.send().await.map(drop).map_err(fault)
}

/// Ends an upload in parts that will not be completed.
pub(super) async fn abort(bucket: &Bucket, key: &str, id: &str) -> io::Result<()> {
    let abort = bucket.client.abort_multipart_upload().bucket(&bucket.at.bucket).key(key).upload_id(id);
    abort.send().await.map(drop).map_err(fault)
}

/// A piece of a file as a body that is read while it is sent, and again where it is sent again.
async fn stream(path: &Path, piece: &Range<u64>) -> io::Result<ByteStream> {
    let read = ByteStream::read_from().path(path).buffer_size(BUFFER_BYTES);
    let read = read.offset(piece.start).length(Length::Exact(piece.end - piece.start));
    read.build().await.map_err(io::Error::other)
}

async fn hash(path: &Path, piece: &Range<u64>) -> io::Result<[u8; 32]> {
    let mut file = tokio::fs::File::open(path).await?;
    file.seek(io::SeekFrom::Start(piece.start)).await?;
    let mut rest = file.take(piece.end - piece.start);
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; BUFFER_BYTES]);
    loop {
        match rest.read(&mut buffer).await? {
            0 => return Ok(hasher.finalize().into()),
            n => hasher.update(&buffer[..n]),
        }
    }
}
