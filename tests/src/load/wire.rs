//! Bytes that a phone sends up for a standard visit: its engine syncs through a relay that counts.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};
use zhucun_client::{Budget, PreparedPush, batch::Limits, transport::Http};

use super::phones::LoadPhone;

/// What one standard visit weighs in one push.
#[derive(Debug, Clone, Serialize)]
pub struct Weight {
    /// The first visit of a phone, all on the wire.
    pub first: usize,
    /// A later one, all on the wire.
    pub later: usize,
    /// Of that, HTTP's headers.
    pub headers: usize,
    /// Of its body: what it is, and by how many bytes the body is smaller without it and all named before it.
    pub parts: Vec<(&'static str, usize)>,
}

/// The bar for [`Weight::later`].
pub const BAR_BYTES: usize = 1_600;

/// Weighs the visits of a phone that has pushed nothing yet.
pub async fn weigh(phone: &mut LoadPhone, server_port: u16) -> Result<Weight> {
    phone.make_visits(1)?;
    let first = bytes_up(phone, server_port).await?;
    phone.make_visits(1)?;
    let push = phone.engine.next_push(Limits::MOST)?.context("nothing was written")?;
    let later = bytes_up(phone, server_port).await?;
    let body = push.request().body.len();
    Ok(Weight { first, later, headers: later - body, parts: parts(&push)? })
}

/// Takes one kind of content after the other out of the push, and packs what is left.
fn parts(push: &PreparedPush) -> Result<Vec<(&'static str, usize)>> {
    type Without = (&'static str, fn(&mut Value));
    const WITHOUT: [Without; 4] = [
        ("signature", |value| blank_texts(value, |text| text.len() == 86)),
        ("hashes of photos and previews", |value| blank_texts(value, |text| text.len() == 64)),
        ("what people wrote", |value| blank_texts(value, |text| !text.is_ascii())),
        ("numbers: times, places, sizes, scores", zero_numbers),
    ];
    let lines = push.body.split(|b| *b == b'\n').filter(|line| !line.is_empty());
    let mut lines: Vec<Value> = lines.map(serde_json::from_slice).collect::<serde_json::Result<_>>()?;
    let mut push = push.clone();
    let mut left = push.request().body.len();
    let mut parts = Vec::new();
    for (name, take_out) in WITHOUT {
        lines.iter_mut().for_each(take_out);
        push.body = lines.iter().map(|line| format!("{line}\n")).collect::<String>().into_bytes();
        let now = push.request().body.len();
        parts.push((name, left.saturating_sub(now)));
        left = now;
    }
    parts.push(("names, ids, form", left));
    Ok(parts)
}

fn blank_texts(value: &mut Value, which: fn(&str) -> bool) {
    match value {
        Value::String(text) if which(text) => text.clear(),
        Value::Array(list) => list.iter_mut().for_each(|v| blank_texts(v, which)),
        Value::Object(members) => members.values_mut().for_each(|v| blank_texts(v, which)),
        _ => {}
    }
}

fn zero_numbers(value: &mut Value) {
    match value {
        Value::Number(number) => *number = 0.into(),
        Value::Array(list) => list.iter_mut().for_each(zero_numbers),
        Value::Object(members) => members.values_mut().for_each(zero_numbers),
        _ => {}
    }
}

/// Pushes all that the phone has queued, and counts what went up.
async fn bytes_up(phone: &LoadPhone, server_port: u16) -> Result<usize> {
    let (port, counted) = relay(server_port).await?;
    let report = phone.engine.sync(&Http::new(&format!("http://127.0.0.1:{port}"))?, &Budget::PUSH).await?;
    ensure!(report.drained, "the phone could not deliver: {report:?}");
    Ok(counted.load(Ordering::Relaxed))
}

async fn relay(server_port: u16) -> Result<(u16, Arc<AtomicUsize>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let (port, counted) = (listener.local_addr()?.port(), Arc::new(AtomicUsize::new(0)));
    let up = counted.clone();
    tokio::spawn(async move {
        while let Ok((phone, _)) = listener.accept().await {
            let Ok(server) = TcpStream::connect(("127.0.0.1", server_port)).await else { break };
            let ((from_phone, to_phone), (from_server, to_server)) = (phone.into_split(), server.into_split());
            tokio::spawn(copy(from_phone, to_server, up.clone()));
            tokio::spawn(copy(from_server, to_phone, Arc::default()));
        }
    });
    Ok((port, counted))
}

/// Ends when either side does.
async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, counted: Arc<AtomicUsize>) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(n @ 1..) = from.read(&mut buffer).await {
        counted.fetch_add(n, Ordering::Relaxed);
        if to.write_all(&buffer[..n]).await.is_err() {
            break;
        }
    }
}
