//! The shipped server, in this process: its router with all that is around it, its committer, its database. One of its lives is a tokio
//! runtime of one thread; to end it is to drop that, with every task in it, wherever it stands.

use std::path::Path;

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    http::{Method, Request},
};
use sea_orm::{ConnectionTrait as _, Database};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;
use zhucun::{
    app::{self, App, Running},
    config::Config,
    routes, testing,
};

use zhucun_tests::wait::{self, Seen};

use crate::trouble::{Result, Trouble, UNEXPECTED, unexpected};

/// A server process.
pub struct Server {
    config: Config,
    /// Which of the world's processes it is, and each of its lives another.
    process: u64,
    // In this order: what lives in the runtime goes first.
    life: Option<Life>,
}

struct Life {
    router: Router,
    running: Running,
    runtime: Runtime,
}

/// An answer, whole.
#[derive(Debug, Clone)]
pub struct Answered {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

impl Answered {
    /// The header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// Most bytes of an answer.
const BODY: usize = 64 << 20;

impl Server {
    /// One on the database in that folder, not yet started.
    pub fn new(folder: &Path, n: u64) -> Self {
        let mut config = Config::in_folder(folder);
        config.database_connections = 2;
        Self { config, process: n, life: None }
    }

    fn life(&mut self) -> Result<&mut Life> {
        testing::set_process(self.process);
        if self.life.is_none() {
            self.life = Some(Life::begin(self.config.clone())?);
        }
        self.life.as_mut().ok_or_else(|| unexpected("a server without a life"))
    }

    /// Ends its life, wherever its tasks stand.
    pub fn kill(&mut self) {
        self.life = None;
        self.process += 2;
    }

    /// Ends it in good order.
    pub fn stop(&mut self) {
        if let Some(Life { router, running, runtime }) = self.life.take() {
            drop(router);
            runtime.block_on(running.stop());
        }
    }

    /// Waits until the database is at rest: all that was committed is in its file, and the log of SQLite is empty or gone.
    pub fn at_rest(&self) -> Result<()> {
        let log = self.config.data.join("zhucun.db-wal");
        let url = self.config.database_url.clone();
        let at_rest = async || {
            let db = Database::connect(&url).await?;
            // Connections that are just being closed may be in its way.
            db.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
            db.close().await?;
            let left = std::fs::metadata(&log).map_or(0, |log| log.len());
            Ok(Seen::when(left == 0, format!("its log has {left} bytes")))
        };
        let waiting = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(unexpected)?;
        waiting.block_on(wait::until("the database to be closed", at_rest)).map_err(unexpected)
    }

    /// Lets it finish the transaction it is in, unless that is held.
    pub fn breathe(&mut self) {
        if let Some(life) = self.life.as_ref().filter(|_| !testing::is_held()) {
            testing::set_process(self.process);
            // There is one writer: its turn comes when nobody else writes. Whether it can then is of no account here.
            let turn = async { life.running.app.db.begin().await?.rollback().await };
            let _ = life.runtime.block_on(turn);
        }
    }

    /// The parts of its present life.
    pub fn app(&mut self) -> Result<App> {
        self.life().map(|life| life.running.app.clone())
    }

    /// Lets something run in it. It dies where it is told to: after so many statements.
    pub fn run<T>(&mut self, dies: Option<u8>, what: impl AsyncFnOnce(App) -> T) -> Result<Option<T>> {
        let life = self.life()?;
        testing::die_after(dies.map(|n| u32::from(n).max(1)));
        let app = life.running.app.clone();
        let work = std::panic::AssertUnwindSafe(|| life.runtime.block_on(what(app)));
        let done = std::panic::catch_unwind(work);
        let died = testing::has_died();
        testing::die_after(None);
        match done {
            _ if died => {
                self.kill();
                Ok(None)
            }
            Ok(done) => Ok(Some(done)),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// Asks it something. None: it died of it.
    pub fn ask(&mut self, request: Request<Body>, dies: Option<u8>) -> Result<Option<Answered>> {
        let router = self.life()?.router.clone();
        // Dead, it has answered nothing, whatever its last breath was.
        self.run(dies, async |_| answered(router, request).await)?.transpose()
    }

    /// Asks it several things at one moment: what comes while the first is written waits, and is written together. Of the commits behind
    /// the first so many fail. Gives the answers; none where it died.
    pub fn ask_together(&mut self, requests: Vec<Request<Body>>, fails: u8, dies: Option<u8>) -> Result<Vec<Answered>> {
        let life = self.life()?;
        testing::hold(true);
        testing::fail_commits(1, fails);
        let mut asked = Vec::new();
        for request in requests {
            let committer = &life.running.app.committer;
            let waiting = committer.waiting();
            let answering = life.runtime.spawn(answered(life.router.clone(), request));
            life.runtime.block_on(async {
                // The first is there when it is held, the others when they are in the queue behind it.
                let held = testing::is_held();
                let there = || if held { committer.waiting() > waiting } else { testing::is_held() };
                while !there() && !answering.is_finished() {
                    tokio::time::sleep(std::time::Duration::from_micros(200)).await;
                }
            });
            asked.push(answering);
        }
        testing::hold(false);
        let all = self.run(dies, async |_| futures::future::join_all(asked).await)?;
        testing::fail_commits(0, 0);
        all.unwrap_or_default().into_iter().map(|one| one.map_err(unexpected)?).collect()
    }

    /// The database, at rest, is copied to that file; or the file is put in its place.
    pub fn copy(&mut self, to: &Path) -> Result<()> {
        self.kill();
        self.at_rest()?;
        std::fs::copy(self.database(), to).map(drop).map_err(unexpected)
    }

    /// See [`Self::copy`].
    pub fn put_back(&mut self, from: &Path) -> Result<()> {
        self.kill();
        self.at_rest()?;
        for log in ["zhucun.db-wal", "zhucun.db-shm"] {
            let _ = std::fs::remove_file(self.config.data.join(log));
        }
        std::fs::copy(from, self.database()).map(drop).map_err(unexpected)
    }

    fn database(&self) -> std::path::PathBuf {
        self.config.data.join("zhucun.db")
    }

    /// Asks it something, and leaves it standing where the push is written and not committed, if it gets there.
    pub fn ask_and_hold(&mut self, request: Request<Body>) -> Result<Held> {
        let life = self.life()?;
        testing::hold(true);
        let answering = life.runtime.spawn(answered(life.router.clone(), request));
        life.runtime.block_on(async {
            while !testing::is_held() && !answering.is_finished() {
                tokio::time::sleep(std::time::Duration::from_micros(200)).await;
            }
        });
        Ok(Held { answering })
    }

    /// Lets it go on.
    pub fn go_on(&mut self, held: Held) -> Result<Answered> {
        testing::hold(false);
        self.life()?.runtime.block_on(held.answering).map_err(unexpected)?
    }
}

/// A request whose answer waits.
pub struct Held {
    answering: tokio::task::JoinHandle<Result<Answered>>,
}

async fn answered(router: Router, request: Request<Body>) -> Result<Answered> {
    let Ok(response) = router.oneshot(request).await;
    let (parts, body) = response.into_parts();
    let headers = parts.headers.iter().map(|(n, v)| (n.to_string(), v.to_str().unwrap_or_default().to_owned()));
    let (status, headers) = (parts.status.as_u16(), headers.collect());
    let body = to_bytes(body, BODY).await.map_err(unexpected)?;
    match status {
        500 => Err(Trouble::new(UNEXPECTED, String::from_utf8_lossy(&body).into_owned())),
        _ => Ok(Answered { status, headers, body }),
    }
}

impl Life {
    fn begin(config: Config) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(unexpected)?;
        let running = runtime.block_on(app::start(config)).map_err(unexpected)?;
        let router = routes::router(running.app.clone());
        Ok(Self { router, running, runtime })
    }
}

/// A request with these headers and that body.
pub fn request(method: Method, target: &str, headers: &[(&str, &str)], body: Body) -> Request<Body> {
    let mut request = Request::new(body);
    *request.method_mut() = method;
    *request.uri_mut() = target.parse().unwrap_or_default();
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (name.parse::<axum::http::HeaderName>(), value.parse()) {
            request.headers_mut().insert(name, value);
        }
    }
    request
}
