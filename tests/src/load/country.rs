//! A whole country's roster and one day's evidence of everybody: how many verdicts a second, and how soon all is right again after a boundary
//! moves or a district's rule changes. Stations, boundaries and evidence are written straight into the tables, as the projections would have;
//! the real server derives the day.

use std::{f64::consts::TAU, fmt, path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DbBackend, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    Statement,
};
use serde_json::json;
use tokio::time::Instant;
use zhucun::{
    app::now_ms,
    attendance::{store::handlers::handlers, subject},
    jobs,
    storage::{
        Db,
        entities::{fence, fix, job, place, presence, roll_call, rule, station, team},
        jobs::{JobHandler, JobKey, enqueue},
        rows,
    },
};
use zhucun_presence::{
    day::{Calendar, HOUR_MS, parse},
    rule::{self as rules, shipped},
};

use super::{
    figures::ms,
    process::{self, Disk},
};
use crate::server::{Database, Server};

/// The day, a Monday.
const DAY: &str = "2026-03-02";
/// Members of sixteen villages: three million in 128,000.
const MEMBERS_OF_16: usize = 375;
const VILLAGES_OF_TOWN: usize = 9;
const TOWNS_OF_DISTRICT: usize = 5;
/// Vertices of a village's boundary on average; these are from a third of it to twice as many.
const VERTICES: usize = 116;
/// Villages written in one transaction.
const CHUNK: usize = 1_000;
/// Boundaries that are moved, each by itself, and districts whose rule changes.
const TRIES: usize = 25;
/// After a boundary moved all should be right again within, ms.
const BAR_MOVED_MS: f64 = 50.0;

/// What was measured.
#[derive(Debug, Clone)]
pub struct Country {
    villages: usize,
    teams: usize,
    members: usize,
    /// From the server's start until all verdicts of the day are there.
    derived_in: Duration,
    /// The most memory that the server had, bytes.
    memory: u64,
    /// What a member's day adds to the database, with what the member's phone is told: bytes.
    disk_a_day: u64,
    /// After one boundary moved, median and slowest, ms.
    moved_ms: [f64; 2],
    /// After a district's rule changed, median, ms; and so many members' days hang on it.
    ruled_ms: f64,
    ruled_days: usize,
}

impl Country {
    /// Whether a moved boundary takes longer than it may.
    pub fn is_below_bar(&self) -> bool {
        self.moved_ms[0] > BAR_MOVED_MS
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { villages, teams, members, derived_in, memory, disk_a_day, moved_ms, ruled_ms, ruled_days } = self;
        let seconds = derived_in.as_secs_f64();
        write!(
            f,
            "{villages} villages, {teams} teams, {members} members: the day derived in {seconds:.0} s, {:.0} verdicts a second; \
             the server's memory at most {} MB; a verdict takes {disk_a_day} bytes, those of a member's year {:.2} MB. \
             After one boundary moved all is right again in {:.1} ms (median of {TRIES}; slowest {:.1}), after a district's rule changed \
             ({ruled_days} members' days) in {ruled_ms:.0} ms",
            *members as f64 / seconds,
            memory / 1_000_000,
            *disk_a_day as f64 * 365.0 / 1e6,
            moved_ms[0],
            moved_ms[1],
        )
    }
}

/// Fills an empty server's tables, lets it derive the day, and then changes things.
pub async fn measure(binary: &Path, database: Database, villages: usize) -> Result<Country> {
    ensure!(villages >= VILLAGES_OF_TOWN * TOWNS_OF_DISTRICT, "a country has a district at least");
    let mut server = Server::new(binary, database)?;
    server.set("ZHUCUN_LOG", "warn");
    server.succeeds(&["demo"]).await?;
    let db = Db::open(&server.database_url(), 1).await?;
    let calendar = Calendar(jiff::tz::TimeZone::get("Asia/Shanghai")?);
    // What hangs on the demo is done first.
    let handlers = handlers(&calendar);
    settle(&db, &handlers).await?;
    let begun = Instant::now();
    let members = fill(&db, villages, &calendar).await?;
    if db.backend() == DbBackend::Postgres {
        db.read.execute_unprepared("VACUUM ANALYZE").await?;
    }
    eprintln!("{}: {members} members written in {:.0} s", database.name(), begun.elapsed().as_secs_f64());

    server.start().await?;
    let (begun, before) = (Instant::now(), Disk::of(&server, &db).await?);
    // Far longer than any bar, so that a slow one is still told.
    let deadline = begun + Duration::from_secs(3_600);
    while job::Entity::find().one(&db.read).await?.is_some() {
        ensure!(Instant::now() < deadline, "the day is not derived within an hour");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let derived_in = begun.elapsed();
    let memory = process::most_memory(server.process().context("the server runs")?)?;
    if db.backend() == DbBackend::Sqlite {
        db.read.execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)").await?;
    }
    let grown = Disk::of(&server, &db).await?.files.saturating_sub(before.files);
    server.stop().await?;
    let verdicts = presence::Entity::find().filter(presence::Column::Day.eq(DAY)).count(&db.read).await?;
    ensure!(verdicts as usize >= members, "{verdicts} verdicts of {members}");

    let moved_ms = moved(&db, &handlers, villages).await?;
    let (ruled_ms, ruled_days) = ruled(&db, &handlers, villages).await?;
    let teams = team::Entity::find().count(&db.read).await? as usize;
    db.close().await?;
    let disk_a_day = grown / members as u64;
    Ok(Country { villages, teams, members, derived_in, memory, disk_a_day, moved_ms, ruled_ms, ruled_days })
}

fn town(village: usize) -> usize {
    village / VILLAGES_OF_TOWN
}

fn district(village: usize) -> usize {
    town(village) / TOWNS_OF_DISTRICT
}

fn district_id(district: usize) -> String {
    format!("c{district:05}")
}

/// Six digits of the district, three of the town, three of the village.
fn town_code(town: usize) -> String {
    format!("{}{:03}", 110_000 + town / TOWNS_OF_DISTRICT, town % TOWNS_OF_DISTRICT)
}

fn code(village: usize) -> String {
    format!("{}{:03}", town_code(town(village)), 200 + village % VILLAGES_OF_TOWN)
}

fn person(village: usize, nth: usize) -> String {
    format!("{}.p.m-{:07}", district_id(district(village)), village * 100 + nth)
}

/// Members of a village.
fn members_of(village: usize) -> usize {
    (village + 1) * MEMBERS_OF_16 / 16 - village * MEMBERS_OF_16 / 16
}

/// Where a village is, degrees.
fn centre(village: usize) -> (f64, f64) {
    (20.0 + 0.05 * (village / 400) as f64, 90.0 + 0.05 * (village % 400) as f64)
}

/// Keys of records, in the order in which they are made, as neighbourhoods make them.
struct Keys(u64);

impl Keys {
    fn next(&mut self) -> Vec<u8> {
        self.0 += 1;
        [&self.0.to_be_bytes()[..], &[7; 12]].concat()
    }
}

async fn fill(db: &Db, villages: usize, calendar: &Calendar) -> Result<usize> {
    let mut random = StdRng::seed_from_u64(7);
    let mut keys = Keys(1 << 40);
    let morning = calendar.bounds(parse(DAY).context("a day")?).start_ms + 9 * HOUR_MS;
    let since = morning - 60 * 24 * HOUR_MS;
    let mut members = 0;
    let all: Vec<usize> = (0..villages).collect();
    for chunk in all.chunks(CHUNK) {
        let (mut places, mut teams, mut fences, mut stations) = (vec![], vec![], vec![], vec![]);
        let (mut fixes, mut calls, mut jobs) = (vec![], vec![], vec![]);
        for &village in chunk {
            if village % (VILLAGES_OF_TOWN * TOWNS_OF_DISTRICT) == 0 {
                places.push(district_row(keys.next(), district(village)));
            }
            let code = code(village);
            fences.push(fence::Model {
                record: keys.next(),
                village: code.clone(),
                from_day: "2020-01-01".into(),
                to_day: None,
                datum: "wgs84".into(),
                geometry: boundary(&mut random, centre(village)),
                synthetic: true,
            });
            // Nearly all villages have two teams.
            let of_village = if village % 128 == 0 { 1 } else { 2 };
            teams.extend((0..of_village).map(|nth| team::Model {
                record: keys.next(),
                id: format!("t-{village}-{nth}"),
                village: Some(code.clone()),
                name: Some(format!("{code} 第{}工作队", nth + 1)),
                name_en: None,
                unit: None,
                demo: false,
            }));
            for nth in 0..members_of(village) {
                let person = person(village, nth);
                stations.push(station::Model {
                    record: keys.next(),
                    person: person.clone(),
                    team: Some(format!("t-{village}-{}", nth % of_village)),
                    village: code.clone(),
                    lead: nth < of_village,
                    from_ms: since,
                    to_ms: None,
                });
                for hours in [0, 7] {
                    let at = morning + hours * HOUR_MS + random.random_range(0..HOUR_MS);
                    fixes.push(fix_row(&mut random, (keys.next(), &person, &code), centre(village), at));
                }
                // One in fifty was called.
                if random.random_ratio(1, 50) {
                    calls.push(roll_call::Model {
                        record: keys.next(),
                        scope: format!("{code}/presence"),
                        person: person.clone(),
                        caller: format!("{}.p.i-0001", district_id(district(village))),
                        state: if random.random_bool(0.9) { "seen" } else { "absent" }.into(),
                        village: Some(code.clone()),
                        lo_ms: Some(morning + HOUR_MS),
                        hi_ms: Some(morning + HOUR_MS + 1_000),
                    });
                }
                jobs.push(subject::member_day(&person, DAY));
                members += 1;
            }
        }
        let tx = db.begin().await?;
        rows::insert::<place::Entity>(&tx, places).await?;
        rows::insert::<team::Entity>(&tx, teams).await?;
        rows::insert::<fence::Entity>(&tx, fences).await?;
        rows::insert::<station::Entity>(&tx, stations).await?;
        rows::insert::<fix::Entity>(&tx, fixes).await?;
        rows::insert::<roll_call::Entity>(&tx, calls).await?;
        enqueue(&tx, jobs, now_ms()).await?;
        tx.commit().await?;
    }
    Ok(members)
}

fn district_row(record: Vec<u8>, district: usize) -> place::Model {
    let towns: Vec<String> = (0..TOWNS_OF_DISTRICT).map(|nth| town_code(district * TOWNS_OF_DISTRICT + nth)).collect();
    place::Model {
        record,
        id: district_id(district),
        level: Some("district".into()),
        name: Some(format!("第{district}区")),
        name_en: None,
        parent: None,
        towns: towns.join(" "),
        inspected: true,
        poor: false,
        demo: false,
        code: None,
        former_names: String::new(),
        to_day: None,
        successor: None,
    }
}

/// A ring around a centre, a kilometre across, as ragged as a boundary is.
fn boundary(random: &mut StdRng, (lat, lon): (f64, f64)) -> String {
    let vertices = random.random_range(VERTICES / 3..VERTICES * 5 / 3);
    let mut ring: Vec<[f64; 2]> = (0..vertices)
        .map(|nth| {
            let (sin, cos) = (TAU * nth as f64 / vertices as f64).sin_cos();
            let far = 0.01 * random.random_range(0.8..1.2);
            [lon + far * cos, lat + far * sin].map(|degrees| (degrees * 1e6).round() / 1e6)
        })
        .collect();
    ring.push(ring[0]);
    json!({"type": "Polygon", "coordinates": [ring]}).to_string()
}

/// Nineteen of twenty are in the village.
fn fix_row(
    random: &mut StdRng,
    (record, person, village): (Vec<u8>, &str, &str),
    (lat, lon): (f64, f64),
    at_ms: i64,
) -> fix::Model {
    let far = if random.random_ratio(1, 20) { 0.03 } else { 0.007 * random.random::<f64>() };
    let (sin, cos) = random.random_range(0.0..TAU).sin_cos();
    fix::Model {
        record,
        scope: format!("{village}/presence"),
        person: person.to_owned(),
        village: Some(village.to_owned()),
        lo_ms: Some(at_ms),
        hi_ms: Some(at_ms + 1_000),
        anchored: true,
        lat: lat + far * sin,
        lon: lon + far * cos,
        accuracy_m: Some(random.random_range(4.0..40.0)),
        datum: Some("wgs84".into()),
        mock: false,
        provider: Some("gps".into()),
        speed_mps: None,
        place: None,
        distance_m: None,
        probability: None,
        fence: None,
        reasons: None,
    }
}

async fn settle(db: &Db, handlers: &[Arc<dyn JobHandler>]) -> Result<f64> {
    let begun = Instant::now();
    while jobs::once(db, handlers).await? > 0 {}
    Ok(ms(begun.elapsed()))
}

/// Moves boundaries, one after the other; how long until all that hangs on one is right again.
async fn moved(db: &Db, handlers: &[Arc<dyn JobHandler>], villages: usize) -> Result<[f64; 2]> {
    let mut random = StdRng::seed_from_u64(13);
    let mut took = Vec::new();
    for _ in 0..TRIES {
        let village = random.random_range(0..villages);
        let (lat, lon) = centre(village);
        let known = fence::Entity::find().filter(fence::Column::Village.eq(code(village))).one(&db.read).await?;
        let moved = fence::Model { geometry: boundary(&mut random, (lat + 0.003, lon)), ..known.context("a fence")? };
        let tx = db.begin().await?;
        rows::upsert::<fence::Entity>(&tx, vec![moved]).await?;
        enqueue(&tx, subject::of_fence(&code(village), "2020-01-01", None), now_ms()).await?;
        tx.commit().await?;
        took.push(settle(db, handlers).await?);
    }
    took.sort_by(f64::total_cmp);
    Ok([took[TRIES / 2], took[TRIES - 1]])
}

/// Gives districts a rule of their own; how long until all that hangs on it is right again, and how many days these are.
async fn ruled(db: &Db, handlers: &[Arc<dyn JobHandler>], villages: usize) -> Result<(f64, usize)> {
    let (mut took, mut days) = (Vec::new(), 0);
    for nth in 0..TRIES.min(villages / VILLAGES_OF_TOWN / TOWNS_OF_DISTRICT) {
        let place = district_id(nth);
        let rule = rule::Model {
            record: Keys(nth as u64).next(),
            key: rules::KEY.into(),
            place: place.clone(),
            id: "twice".into(),
            title: "每日两次".into(),
            from_day: "2026-01-01".into(),
            to_day: None,
            body: shipped::ALL.iter().find(|doc| doc.name == "two-windows").context("a rule")?.body.into(),
        };
        let tx = db.begin().await?;
        rows::upsert::<rule::Entity>(&tx, vec![rule]).await?;
        let hangs: Vec<JobKey> = subject::of_rule(rules::KEY, &place, "2026-01-01", None);
        enqueue(&tx, hangs, now_ms()).await?;
        tx.commit().await?;
        took.push(settle(db, handlers).await?);
        let backend = db.backend();
        let sql = format!("SELECT COUNT(*) AS n FROM presence WHERE rule = '{place}/twice' AND day = '{DAY}'");
        let row = db.read.query_one_raw(Statement::from_string(backend, sql)).await?.context("a row")?;
        let of_rule: i64 = row.try_get("", "n")?;
        ensure!(of_rule > 0, "no day of {place} is judged by its new rule");
        days = of_rule as usize;
    }
    took.sort_by(f64::total_cmp);
    Ok((took[took.len() / 2], days))
}
