//! One database from an empty folder to its figures.

use std::path::Path;

use anyhow::{Result, ensure};
use serde_json::Value;
use zhucun::storage::Db;

use super::{
    bare::{self, Rows},
    drive::{self, Driven},
    figures::{Ingest, OfDatabase, Pull, Share, median, ms},
    phones::{LoadPhone, Sealed},
    pull,
    stage::Stage,
    visit, wire,
};
use crate::{office::Office, postgres::Cluster, server::Database};

/// How much to do.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Phones.
    pub phones: usize,
    /// Visits that each phone sends in one measurement; a multiple of the largest push.
    pub visits_a_phone: usize,
    /// Standard visits a push.
    pub sizes: Vec<usize>,
    /// Connections for visits.
    pub connections: usize,
    /// Connections for small operations.
    pub note_connections: Vec<usize>,
    /// How often each is measured; the median counts.
    pub repeats: usize,
}

/// What all phones send in one measurement.
struct Burst {
    size: usize,
    connections: usize,
    units: usize,
    queues: Vec<Vec<Sealed>>,
}

/// A measurement of visits and what it wrote.
struct Wrote {
    size: usize,
    driven: Driven,
    /// Of each table, those of visits that were there before.
    before: Vec<u64>,
    /// Those that came.
    rows: Vec<u64>,
    commits: u64,
}

/// Measures one database.
pub async fn measure(binary: &Path, database: Database, plan: &Plan) -> Result<OfDatabase> {
    let stage = Stage::set(binary, database, plan.phones + 1).await?;
    let mut phones = stage.phones(1).await?;
    let Stage { mut server, office, .. } = stage;
    let mut single = phones.pop().expect("one more than planned");
    let (visits, notes) = prepare(&mut phones, plan)?;
    drop(phones);

    let db = Db::open(&server.database_url(), 2).await?;
    let before = Rows::read(&db).await?;
    let start = bare::counts(&db).await?;
    let mut wrote = Vec::new();
    let mut sent = Vec::new();
    for burst in visits {
        let (rows, commits) = (bare::counts(&db).await?, bare::commits(&db).await?);
        let (size, units, connections) = (burst.size, burst.units, burst.connections);
        let driven = drive::send(&server.url(), &office, burst.queues).await?;
        let less = |counts: &[u64], by: &[u64]| counts.iter().zip(by).map(|(n, by)| n - by).collect::<Vec<u64>>();
        let (before, rows) = (less(&rows, &start), less(&bare::counts(&db).await?, &rows));
        let (durable, finished) = (driven.durable.as_secs_f64(), driven.finished.as_secs_f64());
        eprintln!("  {units} visits in pushes of {size}: durable {durable:.2} s, finished {finished:.2} s");
        sent.push((size, connections, units, driven.clone()));
        wrote.push(Wrote { size, driven, before, rows, commits: bare::commits(&db).await? - commits });
    }
    let visits = ingests(&sent);
    let visit_rows = Rows::read(&db).await?.without(&before);
    let mut sent = Vec::new();
    for burst in notes {
        let (units, connections) = (burst.units, burst.connections);
        sent.push((0, connections, units, drive::send(&server.url(), &office, burst.queues).await?));
    }
    let notes = ingests(&sent);
    let pulls = pulls(&office, plan.repeats).await?;
    let weight = wire::weigh(&mut single, server.port()).await?;
    drive::until_idle(&office).await?;
    nothing_left(&office.status().await?)?;
    ensure!(server.faults_logged().is_empty(), "the server logged faults: {:?}", server.faults_logged());
    server.stop().await?;
    let shares = shares(database, plan, wrote, &visit_rows).await?;
    Ok(OfDatabase { database: database.name().to_owned(), visits, notes, shares, pulls, weight })
}

/// All that will be sent, in the order in which it will be: what grows in between grows for all sizes alike.
fn prepare(phones: &mut [LoadPhone], plan: &Plan) -> Result<(Vec<Burst>, Vec<Burst>)> {
    let (mut visits, mut notes) = (Vec::new(), Vec::new());
    for _ in 0..plan.repeats {
        for &size in &plan.sizes {
            let each = each(phones, |phone| {
                phone.make_visits(plan.visits_a_phone)?;
                phone.seal(size * visit::LINES)
            })?;
            let units = phones.len() * plan.visits_a_phone;
            visits.push(Burst {
                size,
                connections: plan.connections,
                units,
                queues: drive::deal(each, plan.connections),
            });
        }
    }
    for _ in 0..plan.repeats {
        for &connections in &plan.note_connections {
            // Enough for a second or two of each.
            let count = if connections == 1 { 10 } else { 40 };
            let each = each(phones, |phone| {
                phone.make_notes(count)?;
                phone.seal(1)
            })?;
            notes.push(Burst {
                size: 0,
                connections,
                units: phones.len() * count,
                queues: drive::deal(each, connections),
            });
        }
    }
    Ok((visits, notes))
}

fn each(phones: &mut [LoadPhone], f: impl Fn(&mut LoadPhone) -> Result<Vec<Sealed>>) -> Result<Vec<Vec<Sealed>>> {
    phones.iter_mut().map(f).collect()
}

/// The median of each (size, connections).
fn ingests(sent: &[(usize, usize, usize, Driven)]) -> Vec<Ingest> {
    let mut kinds: Vec<(usize, usize)> = Vec::new();
    for (size, connections, _, _) in sent {
        if !kinds.contains(&(*size, *connections)) {
            kinds.push((*size, *connections));
        }
    }
    let one = |(size, connections): (usize, usize)| {
        let mine: Vec<_> = sent.iter().filter(|s| (s.0, s.1) == (size, connections)).collect();
        let of = |f: &dyn Fn(&Driven, f64) -> f64| mine.iter().map(|s| f(&s.3, s.2 as f64)).collect::<Vec<f64>>();
        let finished = of(&|d, n| n / d.finished.as_secs_f64());
        Ingest {
            visits_a_push: size,
            connections,
            units: mine.iter().map(|s| s.2).sum(),
            durable_a_second: median(of(&|d, n| n / d.durable.as_secs_f64())),
            p50_ms: median(of(&|d, _| ms(d.percentile(50)))),
            p99_ms: median(of(&|d, _| ms(d.percentile(99)))),
            spread: (finished.iter().copied().fold(f64::MAX, f64::min), finished.iter().copied().fold(0.0, f64::max)),
            finished_a_second: median(finished),
        }
    };
    kinds.into_iter().map(one).collect()
}

async fn pulls(office: &Office, repeats: usize) -> Result<Vec<Pull>> {
    let mut all = Vec::new();
    for encoding in ["identity", "gzip", "zstd"] {
        let mut took = Vec::new();
        let mut bytes = 0;
        for _ in 0..repeats {
            let pulled = pull::page(office, encoding).await?;
            took.push(ms(pulled.took));
            bytes = pulled.bytes;
        }
        all.push(Pull { encoding: encoding.to_owned(), ms: median(took), bytes });
    }
    Ok(all)
}

/// The shares of the median measurement of each size.
async fn shares(database: Database, plan: &Plan, mut wrote: Vec<Wrote>, rows: &Rows) -> Result<Vec<Share>> {
    wrote.sort_by_key(|w| w.driven.finished);
    let mut shares = Vec::new();
    for &size in &plan.sizes {
        let mine: Vec<&Wrote> = wrote.iter().filter(|w| w.size == size).collect();
        let Some(middle) = mine.get(mine.len() / 2) else { continue };
        let count: u64 = middle.rows.iter().sum();
        let mut bare = Vec::new();
        for _ in 0..plan.repeats {
            let folder = tempfile::tempdir()?;
            let url = match database {
                Database::Sqlite => format!("sqlite:{}", folder.path().join("bare.db").display()),
                Database::Postgres => Cluster::shared().database()?,
            };
            let parts = rows.parts(&middle.before, &middle.rows, middle.commits as usize);
            let took = bare::insert(&url, rows.first(&middle.before), parts).await?;
            bare.push(count as f64 / took.as_secs_f64());
        }
        let server_rows_a_second = count as f64 / middle.driven.finished.as_secs_f64();
        let bare_rows_a_second = median(bare);
        shares.push(Share {
            visits_a_push: size,
            rows: count,
            commits: middle.commits,
            server_rows_a_second,
            bare_rows_a_second,
            share: server_rows_a_second / bare_rows_a_second,
        });
    }
    Ok(shares)
}

/// Nothing is left in a queue, and all operations are applied.
fn nothing_left(status: &Value) -> Result<()> {
    let idle = status["jobs_waiting"] == 0 && status["jobs_failing"] == 0;
    let applied = status["standings"].as_object().is_none_or(|s| s.values().all(|n| *n == 0));
    ensure!(idle && applied && status["conflicts"] == 0 && status["forked"] == 0, "not all is done: {status}");
    Ok(())
}
