//! Filling a server: how fast it still is when it holds millions of records. New phones of the same people come with each part, later in
//! time, as years go by; what they send is made between the parts, while the clock stands.

use std::{fmt, path::Path};

use anyhow::{Context as _, Result};
use serde::Serialize;
use zhucun::storage::Db;

use super::{
    drive,
    figures::ms,
    process::{self, Disk},
    stage::Stage,
    visit,
};
use crate::server::Database;

/// Records that come between two looks.
pub const PART: usize = 500_000;
/// Most phones that come with a part; fewer would have years of visits to send.
const PHONES: usize = 100;
const VISITS_A_PUSH: usize = 20;
const CONNECTIONS: usize = 8;
/// How much slower a full server may be than an empty one.
const BAR_SLOWER: f64 = 0.15;

/// One part.
#[derive(Debug, Clone, Serialize)]
pub struct Part {
    /// Records of visits there are at its end.
    pub records: usize,
    /// Standard visits a second, durable and with all follow-up work done.
    pub visits_a_second: f64,
    /// Half of the pushes took no longer, ms.
    pub p50_ms: f64,
    /// Of a hundred pushes 99 took no longer, ms.
    pub p99_ms: f64,
    /// Bytes of the database's files for each record.
    pub disk_a_record: u64,
    /// Bytes written for each visit of this part.
    pub written_a_visit: u64,
    /// The server's memory at the end, bytes.
    pub memory: u64,
}

impl Part {
    /// The head of a table of parts.
    pub const HEAD: &str = "| database | records | visits a second | p50 ms | p99 ms | disk a record | written a visit | memory MB |\n\
                            |---|---|---|---|---|---|---|---|";
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Part { records, visits_a_second, p50_ms, p99_ms, disk_a_record, written_a_visit, memory } = self;
        let mb = memory / 1_000_000;
        write!(
            f,
            "{records} | {visits_a_second:.0} | {p50_ms:.0} | {p99_ms:.0} | {disk_a_record} | {written_a_visit} | {mb}"
        )
    }
}

/// Fills a server with so many records, and tells of each part as it ends.
pub async fn measure(binary: &Path, database: Database, records: usize, tell: impl Fn(&Part)) -> Result<Vec<Part>> {
    let part = records.min(PART);
    let (phones, each) = shares(part);
    let mut stage = Stage::set(binary, database, phones).await?;
    let db = Db::open(&stage.server.database_url(), 1).await?;
    let start = Disk::of(&stage.server, &db).await?;
    let mut parts = Vec::new();
    for nth in 0..records.div_ceil(part) {
        let mut queues = Vec::new();
        for mut phone in stage.phones((nth * phones + 1) as u64).await? {
            phone.begin_after((nth * each) as u64);
            phone.make_visits(each)?;
            queues.push(phone.seal(VISITS_A_PUSH * visit::LINES)?);
        }
        let before = Disk::of(&stage.server, &db).await?;
        let driven = drive::send(&stage.server.url(), &stage.office, drive::deal(queues, CONNECTIONS)).await?;
        let disk = Disk::of(&stage.server, &db).await?;
        let visits = phones * each;
        let records = (nth + 1) * visits * visit::LINES;
        let one = Part {
            records,
            visits_a_second: visits as f64 / driven.finished.as_secs_f64(),
            p50_ms: ms(driven.percentile(50)),
            p99_ms: ms(driven.percentile(99)),
            disk_a_record: (disk.files - start.files) / records as u64,
            written_a_visit: (disk.written - before.written) / visits as u64,
            memory: process::memory(stage.server.process().context("the server runs")?)?,
        };
        tell(&one);
        parts.push(one);
    }
    db.close().await?;
    stage.server.stop().await?;
    Ok(parts)
}

/// How many phones share so many records, and how many visits each makes: whole pushes.
fn shares(records: usize) -> (usize, usize) {
    let pushes = records.div_ceil(VISITS_A_PUSH * visit::LINES);
    let phones = pushes.min(PHONES);
    (phones, pushes.div_ceil(phones) * VISITS_A_PUSH)
}

/// The slowest part by the first, if that is below the bar.
pub fn below_bar(parts: &[Part]) -> Option<f64> {
    let first = parts.first()?.visits_a_second;
    let slowest = parts.iter().map(|part| part.visits_a_second / first).fold(1.0, f64::min);
    (slowest < 1.0 - BAR_SLOWER).then_some(slowest)
}
