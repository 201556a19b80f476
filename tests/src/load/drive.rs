//! Sends pushes over so many connections, one after the other on each, and waits until nothing is left to do.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use reqwest::Client;

use super::phones::Sealed;
use crate::office::Office;

/// How long follow-up work may take at most.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often the server is asked whether jobs wait, once all is sent.
const LOOK: Duration = Duration::from_millis(5);

/// What sending came to.
#[derive(Debug, Clone)]
pub struct Driven {
    /// From the first request to the last answer: all is durable.
    pub durable: Duration,
    /// From the first request until no job waits.
    pub finished: Duration,
    /// How long each push took, sorted.
    pub latencies: Vec<Duration>,
}

impl Driven {
    /// The latency that so many of a hundred pushes stay below.
    pub fn percentile(&self, percent: usize) -> Duration {
        let last = self.latencies.len().saturating_sub(1);
        self.latencies.get(last * percent / 100).copied().unwrap_or_default()
    }
}

/// Sends what stands in the queues, each on a connection of its own. Every push must be acknowledged, and every operation applied.
pub async fn send(url: &str, office: &Office, queues: Vec<Vec<Sealed>>) -> Result<Driven> {
    let mut clients = Vec::new();
    for _ in &queues {
        let client = Client::builder().pool_max_idle_per_host(1).build()?;
        // A phone's connection is opened once for all it has to say.
        client.get(format!("{url}/health/live")).send().await?.bytes().await?;
        clients.push(client);
    }
    let started = Instant::now();
    let tasks: Vec<_> = queues
        .into_iter()
        .zip(clients)
        .map(|(queue, client)| tokio::spawn(one_connection(format!("{url}/v1/sync/push"), client, queue)))
        .collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await??);
    }
    let durable = started.elapsed();
    until_idle(office).await?;
    let finished = started.elapsed();
    latencies.sort_unstable();
    Ok(Driven { durable, finished, latencies })
}

/// Waits until no job waits.
pub async fn until_idle(office: &Office) -> Result<()> {
    let started = Instant::now();
    loop {
        let status = office.status().await?;
        if status["jobs_waiting"] == 0 {
            return Ok(());
        }
        ensure!(started.elapsed() < PATIENCE, "jobs are left: {status}");
        tokio::time::sleep(LOOK).await;
    }
}

async fn one_connection(url: String, client: Client, queue: Vec<Sealed>) -> Result<Vec<Duration>> {
    let mut latencies = Vec::with_capacity(queue.len());
    for sealed in queue {
        let sent = Instant::now();
        post(&client, &url, sealed).await?;
        latencies.push(sent.elapsed());
    }
    Ok(latencies)
}

/// Sends a push, which must be acknowledged, and all of it applied.
pub async fn post(client: &Client, url: &str, sealed: Sealed) -> Result<()> {
    let request = client
        .post(url)
        .header("content-type", "application/x-ndjson")
        .header("content-encoding", "zstd")
        .header("accept", "application/json, application/problem+json")
        .body(sealed.body);
    let answer = request.send().await?;
    let status = answer.status();
    let text = answer.text().await?;
    ensure!(status.is_success(), "{status}: {text}");
    ensure!(text.contains(r#""standings":[]"#), "not all is applied: {text}");
    Ok(())
}

/// Deals what phones have to send to so many connections: a phone's pushes stay in their order, on one.
pub fn deal(phones: Vec<Vec<Sealed>>, connections: usize) -> Vec<Vec<Sealed>> {
    let mut queues = vec![Vec::new(); connections];
    for (n, phone) in phones.into_iter().enumerate() {
        queues[n % connections].push(phone);
    }
    queues.into_iter().map(in_turn).collect()
}

/// The phones of one connection take turns.
fn in_turn(phones: Vec<Vec<Sealed>>) -> Vec<Sealed> {
    let mut phones: Vec<_> = phones.into_iter().map(Vec::into_iter).collect();
    let mut all = Vec::new();
    loop {
        let before = all.len();
        all.extend(phones.iter_mut().filter_map(Iterator::next));
        if all.len() == before {
            return all;
        }
    }
}
