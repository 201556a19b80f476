//! The requests of the protocol, and reading their answers.

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use sync_protocol::{
    earlier::{self, Earlier},
    sign::Receipt,
    upload,
};

use crate::{
    error::Error,
    transport::{Answer, Method, Problem, Request, Transport},
    wire::{EnrolmentAsk, MissingAsk, NonceAsk, PullAsk, ReceiptsAsk, TokenAsk, UnknownAsk},
};

/// No answer but a pull is longer: a push of 512 lines, all with a standing, has some 60 kB.
const MAX_ANSWER_BYTES: usize = 4 << 20;
/// Packs a push of 512 lines in some milliseconds; higher levels gain little on such small bodies.
const ZSTD_LEVEL: i32 = 3;
/// The version of tus spoken.
const TUS: (&str, &str) = ("tus-resumable", "1.0.0");

fn json(method: Method, target: &str, body: &impl Serialize) -> Request {
    // These are plain structs of strings and numbers; an empty body would be answered as a bad request.
    let body = serde_json::to_vec(body).unwrap_or_default();
    Request::new(method, target)
        .header("accept", "application/json, application/problem+json")
        .body("application/json", body)
}

/// `POST /v1/enrolments`.
pub fn enrol(ask: &EnrolmentAsk) -> Request {
    json(Method::Post, "/v1/enrolments", ask)
}

/// `GET /v1/keys`.
pub fn keys() -> Request {
    Request::new(Method::Get, "/v1/keys")
}

/// `POST /v1/auth/nonce`.
pub fn nonce(ask: &NonceAsk) -> Request {
    json(Method::Post, "/v1/auth/nonce", ask)
}

/// `POST /v1/auth/token`.
pub fn token(ask: &TokenAsk) -> Request {
    json(Method::Post, "/v1/auth/token", ask)
}

/// `POST /v1/sync/push`, packed. Whoever carries it, the body is the same.
pub fn push(body: &[u8]) -> Request {
    match zstd::bulk::compress(body, ZSTD_LEVEL) {
        Ok(packed) => push_as(packed).header("content-encoding", "zstd"),
        // Packing only fails for want of memory; the push itself is what counts.
        Err(_) => push_as(body.to_vec()),
    }
}

/// Likewise, packed against lines that the server has. `lines` are their bytes.
pub fn push_after(body: &[u8], earlier: Earlier, lines: &[u8]) -> Request {
    let packed = zstd::bulk::Compressor::with_dictionary(ZSTD_LEVEL, lines).and_then(|mut with| with.compress(body));
    match packed {
        Ok(packed) => {
            push_as(packed).header("content-encoding", earlier::ENCODING).header(earlier::HEADER, earlier.to_string())
        }
        Err(_) => push(body),
    }
}

fn push_as(body: Vec<u8>) -> Request {
    Request::new(Method::Post, "/v1/sync/push")
        .header("accept", "application/json, application/problem+json")
        .body("application/x-ndjson", body)
}

/// `POST /v1/sync/receipts`. No token: receipts are signed.
pub fn receipts(receipts: &[Receipt]) -> Request {
    json(Method::Post, "/v1/sync/receipts", &ReceiptsAsk { receipts: receipts.to_vec() })
}

/// `POST /v1/sync/unknown`.
pub fn unknown(token: &str, ask: &UnknownAsk) -> Request {
    json(Method::Post, "/v1/sync/unknown", ask).token(token)
}

/// `POST /v1/sync/pull`.
pub fn pull(token: &str, ask: &PullAsk) -> Request {
    let mut request = json(Method::Post, "/v1/sync/pull", ask).token(token);
    request.headers.retain(|(name, _)| *name != "accept");
    request.header("accept", "application/x-ndjson, application/problem+json").header("accept-encoding", "zstd")
}

/// `GET /v1/sync/events`: an answer that does not end by itself. Read it with [`crate::listen::Events`].
pub fn events(token: &str) -> Request {
    Request::new(Method::Get, "/v1/sync/events")
        .token(token)
        .header("accept", "text/event-stream, application/problem+json")
}

/// `POST /v1/media/missing`.
pub fn missing(token: &str, hashes: &[String]) -> Request {
    json(Method::Post, "/v1/media/missing", &MissingAsk { hashes: hashes.to_vec() }).token(token)
}

/// `POST /v1/media/uploads`: creates an upload (tus).
pub fn create_upload(token: &str, sha256: &str, size: u64) -> Request {
    Request::new(Method::Post, "/v1/media/uploads")
        .token(token)
        .header(TUS.0, TUS.1)
        .header("upload-length", size.to_string())
        .header("upload-metadata", upload::metadata(sha256))
}

/// `HEAD` of an upload: how many bytes are there (tus).
pub fn upload_offset(token: &str, url: &str) -> Request {
    Request::new(Method::Head, url).token(token).header(TUS.0, TUS.1)
}

/// `PATCH` of an upload: more bytes from there on (tus).
pub fn upload_part(token: &str, url: &str, offset: u64, part: impl Into<Bytes>) -> Request {
    Request::new(Method::Patch, url)
        .token(token)
        .header(TUS.0, TUS.1)
        .header("upload-offset", offset.to_string())
        .body("application/offset+octet-stream", part)
}

/// `GET /v1/media/{sha256}/receipt`.
pub fn photo_receipt(token: &str, sha256: &str) -> Request {
    Request::new(Method::Get, format!("/v1/media/{sha256}/receipt")).token(token)
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Read {
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub body: Vec<u8>,
    retry_after: Option<String>,
    location: Option<String>,
    upload_offset: Option<String>,
}

impl Read {
    /// An answer that came by another way than a [`Transport`].
    pub fn new(status: u16, retry_after: Option<&str>, body: Vec<u8>) -> Self {
        Self { status, body, retry_after: retry_after.map(str::to_owned), location: None, upload_offset: None }
    }

    /// Reads an answer to its end.
    pub async fn all(mut answer: impl Answer) -> Result<Self, Error> {
        let header = |name: &str| answer.header(name).map(str::to_owned);
        let mut read = Self {
            status: answer.status(),
            body: Vec::new(),
            retry_after: header("retry-after"),
            location: header("location"),
            upload_offset: header("upload-offset"),
        };
        while let Some(chunk) = answer.chunk().await? {
            read.body.extend_from_slice(&chunk);
            if read.body.len() > MAX_ANSWER_BYTES {
                return Err(Error::BadAnswer("longer than any answer"));
            }
        }
        // What refuses a pull comes packed like the page would have.
        if answer.header("content-encoding") == Some("zstd") {
            let unpacked = zstd::bulk::decompress(&read.body, MAX_ANSWER_BYTES);
            read.body = unpacked.map_err(|_| Error::BadAnswer("its packing"))?;
        }
        Ok(read)
    }

    /// The problem it tells, unless it is a success.
    pub fn success(&self) -> Result<&Self, Error> {
        match self.status {
            200..=299 => Ok(self),
            status => Err(Problem::read(status, self.retry_after.as_deref(), &self.body).into()),
        }
    }

    /// The JSON it brings.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.success()?.body).map_err(|_| Error::BadAnswer("its JSON"))
    }

    /// Where the upload was created.
    pub fn location(&self) -> Result<&str, Error> {
        self.success()?.location.as_deref().ok_or(Error::BadAnswer("no Location"))
    }

    /// How many bytes of the upload are there.
    pub fn offset(&self) -> Result<u64, Error> {
        let text = self.success()?.upload_offset.as_deref();
        text.and_then(|t| t.trim().parse().ok()).ok_or(Error::BadAnswer("no Upload-Offset"))
    }
}

/// Sends a request and reads its answer to the end.
pub async fn ask(transport: &impl Transport, request: Request) -> Result<Read, Error> {
    Read::all(transport.send(request).await?).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_refusal_that_comes_packed_keeps_its_code() {
        let packed = zstd::bulk::compress(br#"{"code":"bad_cursor","status":400}"#, ZSTD_LEVEL).unwrap();
        let answer = crate::transport::Whole::new(400, packed).header("content-encoding", "zstd");
        let Err(refused) = Read::all(answer).await.unwrap().success().cloned() else { panic!("a success") };
        assert_eq!(refused.code(), "bad_cursor");
    }

    #[test]
    fn a_push_is_packed() {
        let body = b"{\"push\":1}\n".repeat(100);
        let request = push(&body);
        assert!(request.body.len() < body.len() / 10);
        assert_eq!(zstd::bulk::decompress(&request.body, body.len()).unwrap(), body);
    }
}
