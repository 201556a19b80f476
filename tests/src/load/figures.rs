//! What was measured.

use std::time::Duration;

use serde::Serialize;

use super::wire::{BAR_BYTES, Weight};

/// Least standard visits a second, on each database. ODK Central finishes about 100 on the same machine.
pub const BAR_VISITS_A_SECOND: f64 = 600.0;
/// Least share of the rows a second that bare `insert_many` writes.
pub const BAR_SHARE: f64 = 0.6;

/// Pushes of one size.
#[derive(Debug, Clone, Serialize)]
pub struct Ingest {
    /// Standard visits in each push; 0 for one small operation.
    pub visits_a_push: usize,
    /// Connections at once.
    pub connections: usize,
    /// Units (visits, or small operations) sent.
    pub units: usize,
    /// A second, until all were durable.
    pub durable_a_second: f64,
    /// A second, until no job waited either: projections and verdicts are done.
    pub finished_a_second: f64,
    /// Half of the pushes took no longer, ms.
    pub p50_ms: f64,
    /// Of a hundred pushes 99 took no longer, ms.
    pub p99_ms: f64,
    /// The lowest and highest `finished_a_second` of the repetitions.
    pub spread: (f64, f64),
}

/// The server's rows a second beside those of bare `insert_many`.
#[derive(Debug, Clone, Serialize)]
pub struct Share {
    /// Standard visits in each push.
    pub visits_a_push: usize,
    /// Rows written.
    pub rows: u64,
    /// Transactions that pushes were committed in.
    pub commits: u64,
    /// The server's rows a second, all work done.
    pub server_rows_a_second: f64,
    /// Rows a second of bare `insert_many`, in transactions of the same size.
    pub bare_rows_a_second: f64,
    /// The one by the other.
    pub share: f64,
}

/// A pull of ten thousand records.
#[derive(Debug, Clone, Serialize)]
pub struct Pull {
    /// `identity`, `gzip` or `zstd`.
    pub encoding: String,
    /// Time to the last byte, ms.
    pub ms: f64,
    /// Bytes of the body on the wire.
    pub bytes: usize,
}

/// All of one database.
#[derive(Debug, Clone, Serialize)]
pub struct OfDatabase {
    /// Its name.
    pub database: String,
    /// Standard visits.
    pub visits: Vec<Ingest>,
    /// Small operations.
    pub notes: Vec<Ingest>,
    /// Rows.
    pub shares: Vec<Share>,
    /// Pulls.
    pub pulls: Vec<Pull>,
    /// What a standard visit weighs on the wire.
    pub weight: Weight,
}

impl OfDatabase {
    /// The bars that are not reached, a sentence each. The measure is the push of one phone's day, 4 visits, and larger; a push of one
    /// visit must reach it too.
    pub fn below_bar(&self) -> Vec<String> {
        let slow = self.visits.iter().filter(|i| i.finished_a_second < BAR_VISITS_A_SECOND);
        let low = self.shares.iter().filter(|s| s.share < BAR_SHARE);
        let slow = slow.map(|i| {
            let (rate, size) = (i.finished_a_second, i.visits_a_push);
            format!("{}: {rate:.0} visits a second in pushes of {size}, below {BAR_VISITS_A_SECOND}", self.database)
        });
        let low = low.map(|s| {
            format!("{}: a share of {:.2} in pushes of {}, below {BAR_SHARE}", self.database, s.share, s.visits_a_push)
        });
        let heavy = (self.weight.later > BAR_BYTES)
            .then(|| format!("{}: a visit of {} bytes, above {BAR_BYTES}", self.database, self.weight.later));
        slow.chain(low).chain(heavy).collect()
    }
}

/// The middle one.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// In milliseconds.
pub fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
