//! Pushes that come when they come, half as many as the server can take: each at a moment drawn beforehand, whether those before it were
//! answered or not. Its latency counts from that moment, so that waiting behind a slow one is not left out, as it is where a connection
//! sends the next push once the last was answered.

use std::{fmt, path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use reqwest::Client;
use serde::Serialize;
use tokio::{sync::Mutex, task::JoinSet, time::Instant};

use super::{
    drive::{self, Driven},
    figures::ms,
    phones::Sealed,
    process,
    stage::Stage,
    visit,
};
use crate::server::Database;

const PHONES: usize = 120;
/// Visits of each phone by which the peak is found.
const FIRST: usize = 15;
const CONNECTIONS: usize = 8;
const LASTS: Duration = Duration::from_secs(20);
/// Of a hundred pushes 99 must not take longer, ms.
const BAR_P99_MS: f64 = 50.0;
/// Most memory of the server, bytes.
const BAR_MEMORY: u64 = 300_000_000;

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Steady {
    /// Standard visits a second that the server finishes, in pushes of one.
    pub peak: f64,
    /// Pushes a second then sent.
    pub rate: f64,
    /// Half of them took no longer, ms.
    pub p50_ms: f64,
    /// 99 of a hundred took no longer, ms.
    pub p99_ms: f64,
    /// The slowest, ms.
    pub max_ms: f64,
    /// The most memory that the server ever had, bytes.
    pub memory: u64,
}

impl Steady {
    /// Whether latency or memory is beyond its bar.
    pub fn is_below_bar(&self) -> bool {
        self.p99_ms > BAR_P99_MS || self.memory > BAR_MEMORY
    }
}

impl fmt::Display for Steady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { peak, rate, p50_ms, p99_ms, max_ms, memory } = self;
        write!(
            f,
            "{peak:.0} visits a second at most, in pushes of one; at {rate:.0} a second p50 {p50_ms:.1} ms, p99 {p99_ms:.1} ms, \
             the slowest {max_ms:.0} ms; the server's memory at most {} MB",
            memory / 1_000_000
        )
    }
}

/// Measures it on an empty server.
pub async fn measure(binary: &Path, database: Database) -> Result<Steady> {
    let mut stage = Stage::set(binary, database, PHONES).await?;
    let mut phones = stage.phones(1).await?;
    let mut first = Vec::new();
    for phone in &mut phones {
        phone.make_visits(FIRST)?;
        first.push(phone.seal(visit::LINES)?);
    }
    let driven = drive::send(&stage.server.url(), &stage.office, drive::deal(first, CONNECTIONS)).await?;
    let peak = (PHONES * FIRST) as f64 / driven.finished.as_secs_f64();

    let rate = peak / 2.0;
    let moments = moments(rate, LASTS);
    let mut queues = Vec::new();
    for mut phone in phones {
        phone.make_visits(moments.len().div_ceil(PHONES))?;
        queues.push(phone.seal(visit::LINES)?);
    }
    let driven = send(&stage.server.url(), queues, &moments).await?;
    drive::until_idle(&stage.office).await?;
    let memory = process::most_memory(stage.server.process().context("the server runs")?)?;
    stage.server.stop().await?;
    let [p50_ms, p99_ms, max_ms] = [50, 99, 100].map(|percent| ms(driven.percentile(percent)));
    Ok(Steady { peak, rate, p50_ms, p99_ms, max_ms, memory })
}

/// When pushes come: at that rate on the whole, each independent of the others.
fn moments(rate: f64, lasts: Duration) -> Vec<Duration> {
    let mut random = StdRng::seed_from_u64(1);
    let mut at = 0.0;
    let gaps = std::iter::repeat_with(|| -(1.0 - random.random::<f64>()).ln() / rate);
    gaps.map_while(|gap| {
        at += gap;
        (at < lasts.as_secs_f64()).then(|| Duration::from_secs_f64(at))
    })
    .collect()
}

/// The phones take turns. A phone's pushes stay in their order: one that is still under way is waited for, and the wait counts.
async fn send(url: &str, queues: Vec<Vec<Sealed>>, moments: &[Duration]) -> Result<Driven> {
    let phones: Vec<_> = queues.into_iter().map(|queue| Arc::new(Mutex::new(queue.into_iter()))).collect();
    let (client, url) = (Client::new(), format!("{url}/v1/sync/push"));
    let started = Instant::now();
    let mut under_way = JoinSet::new();
    for (phone, moment) in phones.iter().cycle().zip(moments) {
        let due = started + *moment;
        tokio::time::sleep_until(due).await;
        let (phone, client, url) = (phone.clone(), client.clone(), url.clone());
        under_way.spawn(async move {
            let mut phone = phone.lock().await;
            drive::post(&client, &url, phone.next().context("a push for every moment")?).await?;
            anyhow::Ok(due.elapsed())
        });
    }
    let mut latencies = under_way.join_all().await.into_iter().collect::<Result<Vec<_>>>()?;
    let durable = started.elapsed();
    latencies.sort_unstable();
    Ok(Driven { durable, finished: durable, latencies })
}
