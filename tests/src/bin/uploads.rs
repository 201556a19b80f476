//! Measures uploads of photos by tus 1.0 beside two peers, in one run: rustus with fsync, and @tus/server (which never syncs). One client
//! speaks to all three, in turns. `make bench-uploads` installs the peers.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use clap::Parser;
use rand::{RngCore as _, SeedableRng as _, rngs::StdRng};
use reqwest::{Client, Method, RequestBuilder, Url, header};
use serde_json::json;
use sync_protocol::ids::sha256;
use tokio::task::JoinSet;
use zhucun_tests::{
    answer::Answer,
    load::{figures::median, people},
    postgres::free_port,
    raw::RawPhone,
    rough::Rough,
    server::{self, Database, Server},
    wait::{self, Seen},
};

/// The demo's stations begin with the year.
const SINCE_MS: i64 = 1_767_225_600_000;
/// How often the connection breaks in one upload.
const CUTS: usize = 20;

/// Measures uploads of photos by tus 1.0, beside rustus and @tus/server
#[derive(Parser)]
struct Arguments {
    /// The server's program, a release build; the one beside this program when missing.
    #[arg(long, env = "ZHUCUN_BIN")]
    server: Option<PathBuf>,
    /// Where the peers are installed.
    #[arg(long, default_value = "target/peers")]
    peers: PathBuf,
    /// Uploads in each measurement.
    #[arg(long, default_value_t = 24)]
    uploads: usize,
    /// Uploads at once.
    #[arg(long, default_value_t = 4)]
    at_once: usize,
    /// How often each is measured; the median counts.
    #[arg(long, default_value_t = 5)]
    repeats: usize,
}

/// So long one upload that is cut may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server of tus.
struct Door {
    name: &'static str,
    port: u16,
    path: &'static str,
    /// Whoever uploads here must say who they are, and upload what they promised.
    phone: Option<RawPhone>,
    token: Option<String>,
    scope: String,
}

/// A peer's process. Dropped, it ends.
struct Peer(Child);

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Door {
    async fn ours(server: &Server) -> Result<Self> {
        let office = people::office(&server.url()).await?;
        let who = people::inspectors(&office, 1, SINCE_MS).await?.pop().context("an inspector")?;
        let phone = RawPhone::enrol(&office, &server.url(), &who.person, 9_000).await?;
        let (token, scope) = (Some(phone.token().await?), format!("{}/inspection", who.village));
        Ok(Self { name: "Zhucun", port: server.port(), path: "/v1/media/uploads", phone: Some(phone), token, scope })
    }

    fn peer(name: &'static str, path: &'static str, command: impl FnOnce(u16) -> Command) -> Result<(Self, Peer)> {
        let port = free_port()?;
        let mut command = command(port);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = child.with_context(|| format!("{name} is not there; `make bench-uploads` installs it"))?;
        Ok((Self { name, port, path, phone: None, token: None, scope: String::new() }, Peer(child)))
    }

    /// Photos of that size; where they must be promised, they are.
    async fn photos(&mut self, seed: u64, size: usize, count: usize) -> Result<Vec<Bytes>> {
        let mut dice = StdRng::seed_from_u64(seed);
        let photo = |_| {
            let mut bytes = vec![0; size];
            dice.fill_bytes(&mut bytes);
            Bytes::from(bytes)
        };
        let photos: Vec<Bytes> = (0..count).map(photo).collect();
        if let Some(phone) = &mut self.phone {
            let line = |(n, bytes): (usize, &Bytes)| {
                let hash = hex::encode(sha256(&[bytes]));
                let fields = json!({"sha256": hash, "size": size, "media_type": "image/jpeg"});
                phone.line(&self.scope, "photo", &phone.own_id(&format!("p{seed}-{n}")), &fields)
            };
            let lines: Vec<Vec<u8>> = photos.iter().enumerate().map(line).collect();
            phone.push(&lines).await?;
        }
        Ok(photos)
    }

    /// Whoever asks, by this port: the server's own, or that of what stands before it.
    fn uploader(&self, port: u16) -> Result<Uploader> {
        let at = Url::parse(&format!("http://127.0.0.1:{port}{}", self.path))?;
        Ok(Uploader { http: Client::new(), at, token: self.token.clone() })
    }
}

/// A client of tus 1.0: the core and the creation of uploads.
#[derive(Clone)]
struct Uploader {
    http: Client,
    at: Url,
    token: Option<String>,
}

impl Uploader {
    fn request(&self, method: Method, at: &Url) -> RequestBuilder {
        let request = self.http.request(method, at.clone()).header("tus-resumable", "1.0.0");
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn begin(&self, bytes: &[u8]) -> Result<Url> {
        let hash = STANDARD.encode(hex::encode(sha256(&[bytes])));
        let request = self.request(Method::POST, &self.at).header("upload-length", bytes.len());
        let answer = Answer::to(request.header("upload-metadata", format!("sha256 {hash}"))).await?;
        let at = answer.header("location").with_context(|| format!("{} {}", answer.status, answer.text))?;
        let mut at = self.at.join(at)?;
        // Some name the port that they listen on, which is not that of a proxy.
        let _ = at.set_port(self.at.port());
        Ok(at)
    }

    async fn send(&self, upload: &Url, bytes: &Bytes, from: usize) -> Result<usize> {
        let request = self.request(Method::PATCH, upload).header("upload-offset", from);
        let request = request.header(header::CONTENT_TYPE, "application/offset+octet-stream");
        offset(&Answer::to(request.body(bytes.slice(from..))).await?)
    }

    /// How far it is. A server that still writes what came before the cut may ask to wait.
    async fn offset(&self, upload: &Url) -> Result<usize> {
        wait::until("an offset", async || {
            let answer = Answer::to(self.request(Method::HEAD, upload)).await;
            Ok(match answer.and_then(|answer| offset(&answer)) {
                Ok(offset) => Seen::Yes(offset),
                Err(error) => Seen::NotYet(format!("{error:#}")),
            })
        })
        .await
    }

    /// All of it, in one request.
    async fn upload(&self, bytes: Bytes) -> Result<()> {
        let upload = self.begin(&bytes).await?;
        let offset = self.send(&upload, &bytes, 0).await?;
        ensure!(offset == bytes.len(), "{offset} of {} arrived", bytes.len());
        Ok(())
    }

    /// All of it, however often the connection breaks.
    async fn persist(&self, bytes: &Bytes) -> Result<()> {
        let upload = self.begin(bytes).await?;
        let mut offset = 0;
        while offset < bytes.len() {
            offset = match self.send(&upload, bytes, offset).await {
                Ok(offset) => offset,
                Err(_) => self.offset(&upload).await?,
            };
        }
        Ok(())
    }
}

fn offset(answer: &Answer) -> Result<usize> {
    let said = answer.header("upload-offset").filter(|_| (200..300).contains(&answer.status));
    Ok(said.with_context(|| format!("{} {}", answer.status, answer.text))?.parse()?)
}

/// So many uploads, so many at once: megabytes a second.
async fn throughput(door: &mut Door, seed: u64, size: usize, count: usize, at_once: usize) -> Result<f64> {
    let mut photos = door.photos(seed, size, count).await?;
    let client = door.uploader(door.port)?;
    let started = Instant::now();
    let mut running = JoinSet::new();
    while let Some(photo) = photos.pop() {
        let client = client.clone();
        running.spawn(async move { client.upload(photo).await });
        if running.len() == at_once {
            running.join_next().await.context("one runs")???;
        }
    }
    while let Some(done) = running.join_next().await {
        done??;
    }
    Ok((size * count) as f64 / 1e6 / started.elapsed().as_secs_f64())
}

/// One upload of 8 MB over a connection that breaks twenty times: how long it takes, and how many times its size goes up.
async fn resumed(door: &mut Door, seed: u64) -> Result<(Duration, f64)> {
    let photo = door.photos(seed, 8 << 20, 1).await?.remove(0);
    let rough = Rough::before(door.port).await?;
    rough.breaks_each(photo.len() / (CUTS + 2), CUTS);
    let started = Instant::now();
    let client = door.uploader(rough.port())?;
    match tokio::time::timeout(PATIENCE, client.persist(&photo)).await {
        Ok(done) => done?,
        // A peer may hang for good once connections were cut; its figures are none, and the others' are told.
        Err(_) => return Ok((Duration::MAX, f64::INFINITY)),
    }
    ensure!(rough.breaks_left() == 0, "the connection was not cut often enough");
    Ok((started.elapsed(), rough.sent() as f64 / photo.len() as f64))
}

async fn run(arguments: &Arguments) -> Result<()> {
    let binary = server::named(arguments.server.as_deref())?;
    if cfg!(debug_assertions) {
        eprintln!("This is a debug build: the figures say nothing.");
    }
    let mut ours = Server::demo(&binary, Database::Sqlite).await?;
    let folders = tempfile::tempdir()?;
    let peers = std::path::absolute(&arguments.peers)?;
    let (rustus, _rustus) = Door::peer("rustus, fsync", "/files", |port| rustus(&peers, port, folders.path()))?;
    let (node, _node) = Door::peer("@tus/server, no fsync", "/files", |port| node(&peers, port, folders.path()))?;
    let mut doors = [Door::ours(&ours).await?, rustus, node];
    for door in &doors {
        let listens = async || Ok(Seen::when(std::net::TcpStream::connect(("127.0.0.1", door.port)).is_ok(), "nobody"));
        wait::until(door.name, listens).await?;
    }

    let mut figures: Vec<[Vec<f64>; 4]> = doors.iter().map(|_| Default::default()).collect();
    for round in 0..arguments.repeats as u64 {
        for (door, figures) in doors.iter_mut().zip(&mut figures) {
            let large = throughput(door, 10 * round + 1, 4_000_000, arguments.uploads, arguments.at_once).await;
            let small = throughput(door, 10 * round + 2, 40_000, arguments.uploads * 4, arguments.at_once).await;
            let resumed = resumed(door, 10 * round + 3).await.with_context(|| door.name)?;
            figures[0].push(large.with_context(|| door.name)?);
            figures[1].push(small.with_context(|| door.name)? * 1e6 / 40_000.0);
            figures[2].push(resumed.0.as_secs_f64() * 1e3);
            figures[3].push(resumed.1);
        }
    }
    println!(
        "| medians of {} | 4 MB photos, MB/s | previews of 40 kB a second | 8 MB cut {CUTS} times, ms | sent, times its size |",
        arguments.repeats
    );
    println!("|---|---|---|---|---|");
    for (door, figures) in doors.iter().zip(figures) {
        let [large, small, resumed, sent] = figures.map(median);
        let cut = if sent.is_finite() { format!("{resumed:.0} | {sent:.3}") } else { "not in 30 s | ".to_owned() };
        println!("| {} | {large:.0} | {small:.0} | {cut} |", door.name);
    }
    ours.stop().await
}

fn rustus(peers: &Path, port: u16, folders: &Path) -> Command {
    let mut command = Command::new(peers.join("bin/rustus"));
    command.args([
        "--force-fsync",
        "true",
        "--max-body-size",
        "1073741824",
        "--host",
        "127.0.0.1",
        "--port",
        &port.to_string(),
        "--url",
        "/files",
    ]);
    command.arg("--data-dir").arg(folders.join("rustus")).arg("--info-dir").arg(folders.join("rustus-info"));
    command
}

fn node(peers: &Path, port: u16, folders: &Path) -> Command {
    let mut command = Command::new("node");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/tus_server.mjs");
    command.current_dir(peers).arg(script).arg(port.to_string()).arg(folders.join("node"));
    command
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("no figures: {error:#}");
            ExitCode::FAILURE
        }
    }
}
