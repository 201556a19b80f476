//! A store that speaks S3, of the tests' own: s3s on a folder, on a free port, behind a door that can be shut, made to refuse, or held open
//! in the middle of a request.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use anyhow::Result;
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use s3s::{
    auth::SimpleAuth,
    service::{S3Service, S3ServiceBuilder},
};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    sync::watch,
    task::{JoinHandle, JoinSet},
};
use tower::Service;
use zhucun::{
    config::{BucketIn, Encryption, S3Prefix},
    s3::{Access, Keys},
};

use crate::{postgres::free_port, server::Server, wait};

mod uploads;

/// Its one bucket.
pub const BUCKET: &str = "zhucun";
/// Its access key, and the secret.
const KEYS: (&str, &str) = ("zhucun-test", "zhucun-test-secret");

/// The store. Dropped, it is gone, and its folder too.
pub struct S3Server {
    port: u16,
    folder: TempDir,
    door: Arc<Door>,
    open: Option<JoinHandle<()>>,
}

/// What happens to requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// They are answered.
    Well,
    /// This status and code is the answer to all.
    Refusing(u16, &'static str),
    /// It does not know conditional writes.
    Unconditional,
    /// Writes stand still before they are done, until the mood changes.
    HeldBefore,
    /// Writes stand still after they are done, before they are answered.
    HeldAfter,
}

struct Door {
    store: S3Service,
    mood: watch::Sender<Mood>,
    held: watch::Sender<usize>,
    /// Headers of all writes.
    writes: Mutex<Vec<HeaderMap>>,
}

impl S3Server {
    /// Begins one, empty, with its bucket.
    pub async fn start() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("zhucun-s3-").tempdir()?;
        fs::create_dir(folder.path().join(BUCKET))?;
        let files = FileSystem::new(folder.path()).map_err(|error| anyhow::anyhow!("{error:?}"))?;
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single(KEYS.0, KEYS.1));
        service.set_route(uploads::Uploads(folder.path().to_owned()));
        let door = Door {
            store: service.build(),
            mood: watch::Sender::new(Mood::Well),
            held: watch::Sender::new(0),
            writes: Mutex::default(),
        };
        let mut server = Self { port: free_port()?, folder, door: Arc::new(door), open: None };
        server.open().await?;
        Ok(server)
    }

    /// Nobody listens any more, and whoever is connected is cut off.
    pub async fn shut(&mut self) {
        if let Some(open) = self.open.take() {
            open.abort();
            // It was told to end; that it did is all there is to learn.
            let _ = open.await;
        }
    }

    /// Listens again, on the same port.
    pub async fn open(&mut self) -> Result<()> {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await?;
        let router = Router::new().fallback(answer).with_state(self.door.clone());
        self.open = Some(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let service = TowerToHyperService::new(router.clone());
                connections.spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        }));
        Ok(())
    }

    /// From now on requests fare so.
    pub fn be(&self, mood: Mood) {
        self.door.held.send_replace(0);
        self.door.mood.send_replace(mood);
    }

    /// Waits until a write is held.
    pub async fn holds_a_write(&self) -> Result<()> {
        let mut held = self.door.held.subscribe();
        tokio::time::timeout(wait::PATIENCE, held.wait_for(|held| *held > 0)).await??;
        Ok(())
    }

    /// Headers of all writes so far.
    pub fn writes(&self) -> Vec<HeaderMap> {
        self.door.writes.lock().expect("nobody panics with it").clone()
    }

    /// Where that file of the bucket lies on the disk.
    pub fn file(&self, key: &str) -> PathBuf {
        self.folder.path().join(BUCKET).join(key)
    }

    /// The names under that prefix, sorted.
    pub fn names(&self, prefix: &str) -> Vec<String> {
        let entries = fs::read_dir(self.file(prefix)).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Uploads in parts that have not ended.
    pub fn unfinished(&self) -> usize {
        uploads::unfinished(self.folder.path()).map_or(0, |uploads| uploads.len())
    }

    /// For who opens a bucket.
    pub fn access(&self) -> Access {
        Access {
            endpoint: Some(format!("http://127.0.0.1:{}", self.port)),
            region: "us-east-1".to_owned(),
            bucket_in: BucketIn::Path,
            encryption: Encryption::OfBucket,
            keys: Some(Keys { id: KEYS.0.to_owned(), secret: KEYS.1.to_owned() }),
        }
    }

    /// A server's settings: with this store, and its keys.
    pub fn settle(&self, server: &mut Server) {
        for (name, value) in [
            ("ZHUCUN_S3_ENDPOINT", format!("http://127.0.0.1:{}", self.port).as_str()),
            ("AWS_ACCESS_KEY_ID", KEYS.0),
            ("AWS_SECRET_ACCESS_KEY", KEYS.1),
        ] {
            server.set(name, value);
        }
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        if let Some(open) = self.open.take() {
            open.abort();
        }
    }
}

/// A part of its bucket.
pub fn at(prefix: &str) -> S3Prefix {
    format!("s3://{BUCKET}/{prefix}").parse().expect("a prefix")
}

async fn answer(State(door): State<Arc<Door>>, request: Request) -> Response {
    let mood = *door.mood.borrow();
    let writes = request.method() == Method::PUT;
    if writes {
        door.writes.lock().expect("nobody panics with it").push(request.headers().clone());
    }
    match mood {
        Mood::Refusing(status, code) => return refusal(status, code),
        Mood::Unconditional if request.headers().contains_key(header::IF_NONE_MATCH) => {
            return refusal(501, "NotImplemented");
        }
        Mood::HeldBefore if writes => door.hold(mood).await,
        _ => {}
    }
    let answer = match Service::call(&mut door.store.clone(), request).await {
        Ok(answer) => answer.map(axum::body::Body::new),
        Err(error) => return (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:?}")).into_response(),
    };
    if mood == Mood::HeldAfter && writes {
        door.hold(mood).await;
    }
    answer
}

impl Door {
    async fn hold(&self, mood: Mood) {
        self.held.send_modify(|held| *held += 1);
        // The door is there as long as its requests are.
        let _ = self.mood.subscribe().wait_for(|now| *now != mood).await;
    }
}

fn refusal(status: u16, code: &str) -> Response {
    let status = StatusCode::from_u16(status).expect("a status");
    let body =
        format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>as the test wants it</Message></Error>");
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"))], body).into_response()
}
