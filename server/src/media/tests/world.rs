//! A server of photos alone, and people who call it.

use std::{io, path::Path, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Method, Request, StatusCode},
};
use base64::Engine as _;
use futures::stream;
use serde_json::{Value, json};
use sync_protocol::{Hash, ids::sha256, sign::PrivateKey};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::{
    keys::ServerKeys,
    media::{Media, blobs::FolderStore, inbox::Inbox, principal::Principal, routes::routes_of},
    storage::{Db, entities::photo, rows},
};

pub const SCOPE: &str = "440811070201/presence";
pub const OTHER_SCOPE: &str = "440811070202/presence";
pub const LI: &str = "zjedz.p.li";
pub const WANG: &str = "zjedz.p.wang";

/// The server.
pub struct World {
    pub media: Media,
    pub dir: TempDir,
}

/// An answer.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{} {:?}", self.status, self.body))
    }

    /// Status and code of a problem.
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        (self.status.as_u16(), self.json()["code"].as_str().unwrap().to_owned())
    }

    pub fn offset(&self) -> u64 {
        self.header("upload-offset").unwrap().parse().unwrap()
    }
}

async fn media(dir: &Path) -> Media {
    let database = format!("sqlite:{}", dir.join("db.sqlite").display());
    let signing = PrivateKey::from_bytes(&[7; 32]).unwrap();
    let public = vec![signing.public()];
    Media {
        db: Db::open(&database, 4).await.unwrap(),
        keys: ServerKeys { token: signing.clone(), signing, public, epoch: "e1".into() },
        blobs: Arc::new(FolderStore::open(dir.join("media/blobs")).unwrap()),
        inbox: Inbox::new(dir.join("media/uploads")),
        renditions: Inbox::new(dir.join("media/renditions")),
        max_bytes: 1_000_000,
        upload_ttl_ms: 7 * 24 * 3_600_000,
        signed_url_ttl: None,
        put_off: Arc::default(),
    }
}

/// Bytes that begin like a JPEG.
pub fn picture(length: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..length as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    bytes[..4].copy_from_slice(&[0xff, 0xd8, 0xff, 0xe0]);
    bytes
}

impl World {
    pub async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { media: media(dir.path()).await, dir }
    }

    /// The process dies and another begins.
    pub async fn restarted(self) -> Self {
        let Self { media: old, dir } = self;
        drop(old);
        Self { media: media(dir.path()).await, dir }
    }

    /// A photo record of that scope promises the bytes, and perhaps a preview.
    pub async fn promise(&self, scope: &str, original: &[u8], preview: Option<&[u8]>) -> Hash {
        let hash = sha256(&[original]);
        let row = photo::Model {
            record: sha256(&[scope.as_bytes(), &hash])[..16].to_vec(),
            scope: scope.into(),
            id: format!("{}.{}", "ab".repeat(16), hex::encode(&hash[..4])),
            person: LI.into(),
            install: Some(vec![0xab; 16]),
            sha256: Some(hash.to_vec()),
            size: Some(original.len() as i64),
            media_type: Some("text/html".into()),
            preview_sha256: preview.map(|bytes| sha256(&[bytes]).to_vec()),
            preview_size: preview.map(|bytes| bytes.len() as i64),
            subject_kind: None,
            subject_id: None,
            item: None,
            at_ms: Some(1_700_000_000_000),
            given_up: None,
        };
        let tx = self.media.db.begin().await.unwrap();
        rows::upsert::<photo::Entity>(&tx, vec![row]).await.unwrap();
        tx.commit().await.unwrap();
        hash
    }

    /// The routes, of which the document must speak.
    pub fn api(&self) -> utoipa::openapi::OpenApi {
        routes_of::<Media>().split_for_parts().1
    }

    pub fn router(&self) -> Router {
        routes_of().split_for_parts().0.with_state(self.media.clone())
    }

    /// Sends a request on behalf of a person, who may read [`SCOPE`] alone; of nobody if empty.
    pub async fn send(&self, person: &str, method: Method, path: &str, headers: &[(&str, &str)], body: Body) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(body).unwrap();
        if !person.is_empty() {
            request.extensions_mut().insert(principal(person));
        }
        let response = self.router().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(LI, Method::GET, path, headers, Body::empty()).await
    }

    /// `POST` where uploads begin.
    pub async fn post(&self, person: &str, headers: &[(&str, &str)], body: Body) -> Answer {
        let headers = [&[("tus-resumable", "1.0.0")], headers].concat();
        self.send(person, Method::POST, "/v1/media/uploads", &headers, body).await
    }

    /// `PATCH` with more headers than it needs.
    pub async fn patch_with(&self, url: &str, offset: u64, headers: &[(&str, &str)], body: Body) -> Answer {
        let offset = offset.to_string();
        let usual = [
            ("tus-resumable", "1.0.0"),
            ("upload-offset", &*offset),
            ("content-type", "application/offset+octet-stream"),
        ];
        self.send(LI, Method::PATCH, url, &[&usual, headers].concat(), body).await
    }

    /// Asks to upload; gives the answer.
    pub async fn ask(&self, person: &str, length: usize, metadata: &str) -> Answer {
        let length = length.to_string();
        let headers = [("tus-resumable", "1.0.0"), ("upload-length", &length), ("upload-metadata", metadata)];
        self.send(person, Method::POST, "/v1/media/uploads", &headers, Body::empty()).await
    }

    /// Begins an upload; gives its address.
    pub async fn begin(&self, person: &str, hash: &Hash, length: usize) -> String {
        let answer = self.ask(person, length, &metadata(hash)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.body);
        assert_eq!(answer.header("tus-resumable"), Some("1.0.0"));
        answer.header("location").unwrap().to_owned()
    }

    pub async fn patch(&self, person: &str, url: &str, offset: u64, body: Body) -> Answer {
        let offset = offset.to_string();
        let headers = [
            ("tus-resumable", "1.0.0"),
            ("upload-offset", &*offset),
            ("content-type", "application/offset+octet-stream"),
        ];
        self.send(person, Method::PATCH, url, &headers, body).await
    }

    pub async fn head(&self, person: &str, url: &str) -> Answer {
        self.send(person, Method::HEAD, url, &[("tus-resumable", "1.0.0")], Body::empty()).await
    }

    /// Waits until the upload has at least so many bytes.
    pub async fn until_offset(&self, person: &str, url: &str, offset: u64) {
        let reached = async {
            while self.head(person, url).await.offset() < offset {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        let deadline = std::time::Duration::from_secs(30);
        tokio::time::timeout(deadline, reached).await.unwrap_or_else(|_| panic!("{url} never came to {offset} bytes"));
    }

    /// Waits until those bytes are complete: with the last of them here, they are still hashed and put.
    pub async fn until_complete(&self, hash: &Hash) {
        let complete = async {
            while self.missing(&[*hash]).await["complete"] != serde_json::json!([hex::encode(hash)]) {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        };
        let deadline = std::time::Duration::from_secs(30);
        tokio::time::timeout(deadline, complete)
            .await
            .unwrap_or_else(|_| panic!("{} never completes", hex::encode(hash)));
    }

    /// Uploads all of it.
    pub async fn upload(&self, bytes: &[u8]) -> String {
        let url = self.begin(LI, &sha256(&[bytes]), bytes.len()).await;
        let answer = self.patch(LI, &url, 0, Body::from(bytes.to_vec())).await;
        assert_eq!((answer.status, answer.offset()), (StatusCode::NO_CONTENT, bytes.len() as u64), "{:?}", answer.body);
        url
    }

    pub async fn missing(&self, hashes: &[Hash]) -> Value {
        let hashes: Vec<String> = hashes.iter().map(hex::encode).collect();
        let body = Body::from(json!({ "hashes": hashes }).to_string());
        let answer =
            self.send(LI, Method::POST, "/v1/media/missing", &[("content-type", "application/json")], body).await;
        assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
        answer.json()
    }

    /// Files of uploads under way.
    pub fn inbox_files(&self) -> usize {
        std::fs::read_dir(self.dir.path().join("media/uploads")).map_or(0, Iterator::count)
    }

    /// Files of complete photos.
    pub fn blob_files(&self) -> usize {
        let folders = std::fs::read_dir(self.dir.path().join("media/blobs")).unwrap();
        folders.map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap().count()).sum()
    }
}

/// Someone who may read [`SCOPE`] alone.
pub fn principal(person: &str) -> Principal {
    Principal {
        person: person.into(),
        install: None,
        may_read: Arc::new(|scope: &str| scope == SCOPE),
        looks_through: Arc::new(|_: &str| false),
    }
}

/// As stock clients send it.
pub fn metadata(hash: &Hash) -> String {
    let b64 = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    format!("filename {},sha256 {}", b64("../../../etc/passwd"), b64(&hex::encode(hash)))
}

/// A body that breaks off after these bytes.
pub fn cut(bytes: &[u8]) -> Body {
    let reset = io::Error::from(io::ErrorKind::ConnectionReset);
    Body::from_stream(stream::iter([Ok(Bytes::copy_from_slice(bytes)), Err(reset)]))
}
