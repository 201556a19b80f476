//! Connections that only listen: what each costs the server in memory, and how long it takes until all of them know that something moved.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
};

use super::{people, process::memory};
use crate::{
    raw::RawPhone,
    server::Server,
    wait::{self, Seen},
};

/// Phones whose tokens the connections share.
const PHONES: usize = 20;
/// A source address has some 28,000 ports.
const FROM_ONE_ADDRESS: usize = 10_000;
/// Opened at once: a listening socket keeps no more waiting than some hundreds.
const AT_ONCE: usize = 200;
/// A comment, which no event holds.
const SIGN_OF_LIFE: &str = "\n:\n\n";
/// The demo's stations begin with the year.
const SINCE_MS: i64 = 1_767_225_600_000;

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Idle {
    /// Connections.
    pub connections: usize,
    /// The server's memory (resident) before the first of them, bytes.
    pub before: u64,
    /// The moment all of them are there, bytes: with what connecting them took and has not been given back yet.
    pub with_all: u64,
    /// Once each has had a sign of life, bytes: what they cost that are idle.
    pub idle: u64,
    /// The moment all were poked, bytes.
    pub poked: u64,
    /// From the push until the last of them had been poked.
    pub told_in: Duration,
}

impl Idle {
    /// What a connection costs, bytes.
    pub fn each(&self) -> u64 {
        self.idle.saturating_sub(self.before) / self.connections.max(1) as u64
    }
}

impl std::fmt::Display for Idle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mb = |bytes: u64| bytes as f64 / 1e6;
        write!(
            f,
            "{} connections that listen: {:.0} MB before, {:.0} MB the moment they are there, {:.0} MB idle ({} bytes each), \
             {:.0} MB the moment all are poked; the last was poked {:.0} ms after the push was sent",
            self.connections,
            mb(self.before),
            mb(self.with_all),
            mb(self.idle),
            self.each(),
            mb(self.poked),
            self.told_in.as_secs_f64() * 1e3
        )
    }
}

/// How many connections have heard of what.
#[derive(Default)]
struct Heard {
    beginning: AtomicUsize,
    push: AtomicUsize,
    beats: AtomicUsize,
    ended: AtomicUsize,
}

/// Measures it on a running server of the demo district.
pub async fn measure(server: &Server, connections: usize) -> Result<Idle> {
    ensure!(zhucun::open_files::raise() > connections + 100, "this process may not open so many connections");
    let office = people::office(&server.url()).await?;
    let mut tokens = Vec::new();
    let mut writer = None;
    for (seed, who) in (9_000..).zip(people::inspectors(&office, PHONES, SINCE_MS).await?) {
        let phone = RawPhone::enrol(&office, &server.url(), &who.person, seed).await?;
        tokens.push(phone.token().await?);
        writer = Some((phone, format!("{}/inspection", who.village)));
    }
    let (mut writer, scope) = writer.context("nobody listens")?;
    office.settled().await?;

    let process = server.process().context("the server does not run")?;
    let before = memory(process)?;
    let heard = Arc::new(Heard::default());
    let mut listening = JoinSet::new();
    for n in 0..connections {
        if n % AT_ONCE == 0 {
            all("connections to be there", &heard.beginning, n).await?;
        }
        let stream = connect(server.port(), n / FROM_ONE_ADDRESS).await?;
        listening.spawn(listen(stream, tokens[n % tokens.len()].clone(), scope.clone(), heard.clone()));
    }
    all("connections to be there", &heard.beginning, connections).await?;
    let with_all = memory(process)?;
    // Each has its turn once a round.
    all("a sign of life to each", &heard.beats, heard.beats.load(Ordering::Relaxed) + connections).await?;
    let idle = memory(process)?;

    let line = writer.line(&scope, "finding", "the-one-that-pokes", &json!({"title": "台账不全"}));
    let sent = Instant::now();
    writer.push(&[line]).await?;
    all("all to be poked", &heard.push, connections).await?;
    let told_in = sent.elapsed();
    let poked = memory(process)?;
    ensure!(heard.ended.load(Ordering::Relaxed) == 0, "some were sent away");
    listening.shutdown().await;
    Ok(Idle { connections, before, with_all, idle, poked, told_in })
}

async fn connect(port: u16, source: usize) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2 + u8::try_from(source)?), 0)))?;
    Ok(socket.connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?)
}

/// Asks for events, and counts what it hears. As little as will do: this side shares the machine.
async fn listen(mut stream: TcpStream, token: String, scope: String, heard: Arc<Heard>) -> Result<()> {
    let request = format!(
        "GET /v1/sync/events HTTP/1.1\r\nhost: zhucun\r\naccept: text/event-stream\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let (mut text, mut buffer) = (String::new(), [0; 1024]);
    let (mut begun, mut poked) = (false, false);
    loop {
        let n = stream.read(&mut buffer).await.unwrap_or(0);
        if n == 0 {
            heard.ended.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        let came = String::from_utf8_lossy(&buffer[..n]);
        heard.beats.fetch_add(came.matches(SIGN_OF_LIFE).count(), Ordering::Relaxed);
        text.push_str(&came);
        if !begun && text.contains("event: poke") {
            begun = true;
            heard.beginning.fetch_add(1, Ordering::Relaxed);
        }
        if !poked && text.contains(&scope) {
            poked = true;
            heard.push.fetch_add(1, Ordering::Relaxed);
        }
        // What was looked at is not kept; an event may have come in two parts.
        let keep = text.char_indices().rev().nth(200).map_or(0, |(at, _)| at);
        text.drain(..keep);
    }
}

async fn all(what: &str, counted: &AtomicUsize, wanted: usize) -> Result<()> {
    wait::until(what, async || {
        let now = counted.load(Ordering::Relaxed);
        Ok(Seen::when(now >= wanted, format!("{now} of {wanted}")))
    })
    .await
}
