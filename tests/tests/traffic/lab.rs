//! Today's server in this process, on a fresh database, with the keys of a recording and the clock of each exchange.

use axum::{
    Router,
    body::{Body, to_bytes},
    http,
};
use futures::StreamExt as _;
use sync_protocol::sign::PrivateKey;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;
use zhucun::{
    app::{self, Running},
    config::Config,
    routes,
    storage::{Db, entities::server_key, server_keys},
    sync::events::watch,
    testing,
};
use zhucun_tests::wait;

use crate::tape::{Answer, Bytes, Keys, Request};

/// Headers of an answer that mean something to a phone.
const MEANT: [&str; 6] =
    ["content-type", "content-encoding", "retry-after", "location", "upload-offset", "tus-resumable"];

/// The server.
pub struct Lab {
    // In this order: what lives in the runtime goes first.
    router: Router,
    _running: Running,
    runtime: Runtime,
    _folder: TempDir,
}

impl Lab {
    /// With these keys.
    pub fn new(keys: &Keys) -> Self {
        testing::set_dice(Some(1));
        testing::set_now(Some(0));
        let folder = tempfile::tempdir().expect("a folder");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let mut config = Config::in_folder(folder.path());
        config.max_push_bytes = keys.max_push_bytes;
        let running = runtime.block_on(async {
            let db = app::open(&config).await.expect("a database");
            let keep = server_keys::Kept {
                keys: vec![key("signing", &keys.signing), key("token", &keys.token)],
                epoch: keys.epoch.clone(),
            };
            server_keys::load_or_keep(&db, keep).await.expect("keys are kept");
            Db::close(db).await.expect("it closes");
            app::start(config).await.expect("the server starts")
        });
        let router = routes::router(running.app.clone());
        // Of what a server does besides answering only this: it pokes who listens.
        runtime.spawn(watch::run(running.app.clone()));
        Self { router, _running: running, runtime, _folder: folder }
    }

    /// Asks it at that time.
    pub fn ask(&self, at: i64, request: &Request) -> Answer {
        testing::set_now(Some(at));
        let mut asked = http::Request::builder().method(request.method.as_str()).uri(&request.target);
        for (name, value) in &request.headers {
            asked = asked.header(name, value);
        }
        let asked = asked.body(Body::from(request.body.wire())).expect("a request");
        let endless = request.target.starts_with("/v1/sync/events?") || request.target == "/v1/sync/events";
        self.runtime.block_on(async {
            let Ok(response) = self.router.clone().oneshot(asked).await;
            let (parts, body) = response.into_parts();
            let header = |name: &&str| Some(((*name).to_owned(), parts.headers.get(*name)?.to_str().ok()?.to_owned()));
            let headers: std::collections::BTreeMap<String, String> = MEANT.iter().filter_map(header).collect();
            let body = match endless && parts.status.is_success() {
                true => beginning(body).await.into(),
                false => to_bytes(body, 16 << 20).await.expect("a whole answer"),
            };
            let encoding = headers.get("content-encoding").map(String::as_str);
            Answer { status: parts.status.as_u16(), body: Bytes::of(&body, encoding), headers }
        })
    }
}

/// Of an answer that does not end: all up to the first poke.
async fn beginning(body: Body) -> Vec<u8> {
    let (mut parts, mut text) = (body.into_data_stream(), Vec::new());
    while !String::from_utf8_lossy(&text).contains("event: poke") {
        let part = tokio::time::timeout(wait::PATIENCE, parts.next()).await.expect("a poke");
        text.extend(part.expect("it does not end").expect("bytes"));
    }
    text
}

fn key(purpose: &str, secret: &str) -> server_key::Model {
    let secret = hex::decode(secret).expect("hex");
    let key = PrivateKey::from_bytes(secret.as_slice().try_into().expect("32 bytes")).expect("a key");
    server_key::Model { kid: key.public().kid(), purpose: purpose.to_owned(), secret, created_ms: 0 }
}
