//! The gallery over many photos: how long a manager waits for each kind of question. The photos are written straight into the tables, as the
//! projections would have, and asked for over HTTP of the real server.

use std::{collections::BTreeMap, fmt, path::Path, time::Instant};

use anyhow::{Context as _, Result, ensure};
use mobile_schema::Datum;
use rand::{Rng, SeedableRng, rngs::StdRng};
use sea_orm::{ConnectionTrait as _, EntityTrait, StatementBuilder};
use serde_json::Value;
use zhucun::{
    app::now_ms,
    auth,
    gallery::{
        filter::{PhotoFilter, Sought},
        grid::{Spot, Window},
        projection::Tally,
        store,
    },
    signals::signal::Code,
    storage::{
        Db,
        entities::{gallery, photo, photo_visit, scope, signal, signal_review, stored_blob, visit},
        rows,
    },
};

use super::figures::ms;
use crate::{
    office::{Office, text},
    server::{Database, Server},
};

/// Photos written in one transaction.
const CHUNK: usize = 20_000;
/// How long ago the first was taken, ms: three years.
const YEARS_MS: i64 = 3 * 365 * 86_400_000;
/// Items of checklists.
const ITEMS: u32 = 24;
/// Of so many people who inspect everywhere.
const INSPECTORS: u32 = 20;
/// Campaigns, one behind the other; half of all visits belong to one.
const CAMPAIGNS: u32 = 12;
/// Of so many photos a signal speaks against one; the office decided on half of these.
const SPOKEN_AGAINST: usize = 50;
/// Questions of each kind.
const QUESTIONS: usize = 60;
/// What a question may take, of a hundred 95, ms.
const BAR_MS: f64 = 100.0;

/// How long a kind of question took.
#[derive(Debug, Clone)]
pub struct Kind {
    /// What is asked.
    pub name: &'static str,
    /// Half of them took no longer, ms.
    pub p50_ms: f64,
    /// Of a hundred 95 took no longer, ms.
    pub p95_ms: f64,
}

impl Kind {
    /// The head of a table of them.
    pub const HEAD: &str = "| database | question | p50 ms | p95 ms |\n|---|---|---|---|";

    /// Whether it takes longer than it may.
    pub fn is_below_bar(&self) -> bool {
        self.p95_ms > BAR_MS
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} | {:.1} | {:.1}", self.name, self.p50_ms, self.p95_ms)
    }
}

/// Where photos are taken.
struct Village {
    code: String,
    members: Vec<String>,
    team: String,
    lat: f64,
    lon: f64,
}

/// Fills a server with that many photos and asks; tells how it would go about the questions.
pub async fn measure(binary: &Path, database: Database, photos: usize) -> Result<Vec<Kind>> {
    let mut server = Server::new(binary, database)?;
    server.set("ZHUCUN_LOG", "warn");
    server.succeeds(&["demo"]).await?;
    server.start().await?;
    let manager = Office::sign_in(&server.url(), "manager", "zhucun-demo").await?;
    let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await?;
    let villages = villages(&office).await?;
    let db = Db::open(&server.database_url(), 1).await?;
    let begun = Instant::now();
    fill(&db, &villages, photos).await?;
    eprintln!("{}: {photos} photos in {:.0} s", database.name(), begun.elapsed().as_secs_f64());
    if database == Database::Postgres {
        // As it does by itself, some time after so many rows came.
        db.read.execute_unprepared("VACUUM ANALYZE").await?;
    }
    plans(&db, &manager.person, &villages, database).await?;
    let kinds = ask(&manager, &villages).await?;
    db.close().await?;
    server.stop().await?;
    Ok(kinds)
}

async fn villages(office: &Office) -> Result<Vec<Village>> {
    let mut members: BTreeMap<String, (Vec<String>, String)> = BTreeMap::new();
    let stations = office.get("/v1/stations", &[]).await?;
    for station in stations.as_array().context("stations")? {
        let (people, team) = members.entry(text(station, "village")?).or_default();
        people.push(text(station, "person")?);
        *team = text(station, "team")?;
    }
    ensure!(!members.is_empty(), "the demo has villages");
    let village = |(nth, (code, (members, team))): (usize, (String, (Vec<String>, String)))| {
        let (lat, lon) = (20.9 + 0.03 * (nth / 7) as f64, 110.2 + 0.05 * (nth % 7) as f64);
        Village { code, members, team, lat, lon }
    };
    Ok(members.into_iter().enumerate().map(village).collect())
}

async fn fill(db: &Db, villages: &[Village], photos: usize) -> Result<()> {
    let mut random = StdRng::seed_from_u64(7);
    let end = now_ms();
    let mut visit = Visit::new(&mut random, villages, end - YEARS_MS);
    let mut left = photos;
    while left > 0 {
        let tx = db.begin().await?;
        let (mut promised, mut placed, mut stored, mut tally) = (vec![], vec![], vec![], Tally::default());
        let (mut visits, mut of_visits, mut signals, mut reviews) = (vec![], vec![], vec![], vec![]);
        for nth in 0..left.min(CHUNK) {
            if nth % 4 == 0 {
                let done = (photos - left + nth) as i64;
                visit = Visit::new(&mut random, villages, end - YEARS_MS + YEARS_MS / photos as i64 * done);
                visits.push(visit.row((u64::from(CAMPAIGNS) * done as u64 / photos as u64) as u32));
            }
            let (photo, place) = visit.photo(&mut random);
            tally.add(&place);
            of_visits.push(photo_visit::Model { record: place.record.clone(), visit: visit.record.clone() });
            if nth % SPOKEN_AGAINST == 0 {
                signals.push(speaking(&photo, Code::ALL[nth / SPOKEN_AGAINST % Code::ALL.len()]));
                if nth % (2 * SPOKEN_AGAINST) == 0 {
                    reviews.extend(signals.last().map(|signal| explained(signal, random.random())));
                }
            }
            stored.push(stored_blob::Model {
                sha256: photo.sha256.clone().unwrap_or_default(),
                size: 4_000_000,
                media_type: "image/jpeg".into(),
                stored_ms: place.taken_ms,
            });
            promised.push(photo);
            placed.push(place);
        }
        left -= promised.len();
        rows::insert::<photo::Entity>(&tx, promised).await?;
        rows::insert::<gallery::Entity>(&tx, placed).await?;
        rows::insert::<stored_blob::Entity>(&tx, stored).await?;
        rows::insert::<visit::Entity>(&tx, visits).await?;
        rows::insert::<photo_visit::Entity>(&tx, of_visits).await?;
        rows::insert::<signal::Entity>(&tx, signals).await?;
        rows::insert::<signal_review::Entity>(&tx, reviews).await?;
        store::keep::write(&tx, &tally).await?;
        tx.commit().await?;
    }
    let known = scope::Entity::find().all(&db.read).await?;
    let scopes = villages.iter().flat_map(|v| ["presence", "inspection"].map(|lane| format!("{}/{lane}", v.code)));
    let new = scopes.filter(|scope| known.iter().all(|row| row.scope != *scope)).map(|scope| scope::Model {
        scope,
        pos: 0,
        digest: vec![0; 32],
        horizon: 0,
    });
    let tx = db.begin().await?;
    rows::insert::<scope::Entity>(&tx, new.collect()).await?;
    Ok(tx.commit().await?)
}

fn speaking(photo: &photo::Model, code: Code) -> signal::Model {
    signal::Model {
        record: photo.record.clone(),
        code: code.name().to_owned(),
        other: Vec::new(),
        strength: 0.5,
        scope: photo.scope.clone(),
        id: photo.id.clone(),
        person: photo.person.clone(),
        at_ms: photo.at_ms,
        other_scope: None,
        other_kind: None,
        other_id: None,
        zh: "文件写明的拍摄时间比记录早 2 天".into(),
        en: "By its file it was taken 2 days before it was recorded.".into(),
        facts: "{}".into(),
    }
}

fn explained(signal: &signal::Model, rest: [u8; 20]) -> signal_review::Model {
    signal_review::Model {
        record: rest.to_vec(),
        scope: signal.scope.clone(),
        photo: signal.record.clone(),
        code: signal.code.clone(),
        other: signal.other.clone(),
        verdict: "explained".into(),
        reason: "手机时间不准".into(),
    }
}

/// Four photos of one person in one place.
struct Visit {
    record: Vec<u8>,
    village: String,
    of_campaign: bool,
    scope: String,
    person: String,
    at_ms: i64,
    lat: f64,
    lon: f64,
    neighbourhood: [u8; 4],
}

impl Visit {
    fn new(random: &mut StdRng, villages: &[Village], at_ms: i64) -> Self {
        let village = &villages[random.random_range(0..villages.len())];
        let (lane, person) = match random.random_bool(0.6) {
            true => ("presence", village.members[random.random_range(0..village.members.len())].clone()),
            false => ("inspection", format!("zjedz.p.i-{:04}", random.random_range(0..INSPECTORS))),
        };
        let mut near = |degrees: f64| degrees + random.random_range(-0.012..0.012);
        let (lat, lon) = (near(village.lat), near(village.lon));
        let scope = format!("{}/{lane}", village.code);
        let neighbourhood: [u8; 4] = random.random();
        let record = [&neighbourhood[..], &random.random::<[u8; 16]>()].concat();
        let (village, of_campaign) = (village.code.clone(), random.random_bool(0.5));
        Self { record, village, of_campaign, scope, person, at_ms, lat, lon, neighbourhood }
    }

    fn row(&self, campaign: u32) -> visit::Model {
        visit::Model {
            record: self.record.clone(),
            scope: self.scope.clone(),
            person: self.person.clone(),
            village: Some(self.village.clone()),
            campaign: self.of_campaign.then(|| self::campaign(campaign)),
            lo_ms: Some(self.at_ms),
            hi_ms: Some(self.at_ms),
        }
    }

    fn photo(&mut self, random: &mut StdRng) -> (photo::Model, gallery::Model) {
        self.at_ms += random.random_range(5_000..90_000);
        let rest: [u8; 16] = random.random();
        let record = [&self.neighbourhood[..], &rest].concat();
        let hash: [u8; 32] = random.random();
        let item = random.random_bool(0.75).then(|| format!("item_{:02}", random.random_range(0..ITEMS)));
        let mut near = |degrees: f64| degrees + random.random_range(-0.000_3..0.000_3);
        let spot = Spot::of(near(self.lat), near(self.lon), Datum::Wgs84);
        let photo = photo::Model {
            record: record.clone(),
            scope: self.scope.clone(),
            id: format!("{}.{}", hex::encode(rest), hex::encode(self.neighbourhood)),
            person: self.person.clone(),
            install: Some(rest.to_vec()),
            sha256: Some(hash.to_vec()),
            size: Some(4_000_000),
            media_type: Some("image/jpeg".into()),
            preview_sha256: None,
            preview_size: None,
            subject_kind: Some("visit".into()),
            subject_id: Some(hex::encode(&rest[..8])),
            item: item.clone(),
            at_ms: Some(self.at_ms),
            given_up: None,
        };
        let place = gallery::Model {
            record,
            scope: self.scope.clone(),
            person: self.person.clone(),
            item: item.unwrap_or_default(),
            taken_ms: self.at_ms,
            tile: spot.map(Spot::tile),
            x: spot.map(|s| s.x),
            y: spot.map(|s| s.y),
        };
        (photo, place)
    }
}

fn campaign(nth: u32) -> String {
    format!("campaign-{nth:02}")
}

/// Prints how the database goes about each kind of question.
async fn plans(db: &Db, person: &str, villages: &[Village], database: Database) -> Result<()> {
    let who = auth::store::principal(db, person, None, now_ms()).await?;
    let town = villages[0].code[..9].to_owned();
    let filters = [
        ("everything", PhotoFilter::default()),
        ("a town", PhotoFilter { place: Some(town), ..PhotoFilter::default() }),
        ("a village", PhotoFilter { place: Some(villages[0].code.clone()), ..PhotoFilter::default() }),
        ("a person", PhotoFilter { person: Some(villages[0].members[0].clone()), ..PhotoFilter::default() }),
        ("an item", PhotoFilter { item: Some("item_01".into()), ..PhotoFilter::default() }),
        ("a campaign", PhotoFilter { campaign: Some(campaign(5)), ..PhotoFilter::default() }),
        ("a signal", PhotoFilter { signal: Some("exif_place".into()), ..PhotoFilter::default() }),
    ];
    for (name, filter) in filters {
        let sought: Sought = filter.sought(&who, None)?;
        println!("\n{}: a page of {name}", database.name());
        if let Some(page) = store::page::statement(&db.read, &sought, None, store::page::Towards::Older, 100).await? {
            explain(db, &page).await?;
        }
        println!("\n{}: counts of {name}", database.name());
        explain(db, &sea_orm::QueryTrait::into_query(store::count::kept(&db.read, &sought).await?)).await?;
    }
    let sought = PhotoFilter::default().sought(&who, None)?;
    let scopes = store::scopes(&db.read, &sought).await?;
    let window = Window::of(110.1, 20.8, 110.6, 21.2).context("a window")?;
    println!("\n{}: a map from afar", database.name());
    explain(db, &sea_orm::QueryTrait::into_query(store::map::tiles(&db.read, (&sought, &scopes), &window))).await?;
    let window = Window::of(110.2, 20.9, 110.21, 20.91).context("a window")?;
    println!("\n{}: a map from close by", database.name());
    let spots = store::map::spots(&db.read, (&sought, &scopes), &window, sea_orm::Condition::all());
    explain(db, &sea_orm::QueryTrait::into_query(spots)).await
}

async fn explain(db: &Db, query: &impl StatementBuilder) -> Result<()> {
    let backend = db.read.get_database_backend();
    let mut statement = backend.build(query);
    let (explain, column) = match backend {
        sea_orm::DbBackend::Postgres => ("EXPLAIN (ANALYZE, COSTS OFF, SUMMARY OFF) ", "QUERY PLAN"),
        _ => ("EXPLAIN QUERY PLAN ", "detail"),
    };
    statement.sql.insert_str(0, explain);
    let rows = db.read.query_all_raw(statement).await?;
    // The walks of a union are alike, and so are names of scopes.
    for row in rows.iter().take(12) {
        println!("    {}", row.try_get::<String>("", column)?.chars().take(200).collect::<String>());
    }
    Ok(())
}

/// Asks each kind of question, of ever other places, people and times.
async fn ask(manager: &Office, villages: &[Village]) -> Result<Vec<Kind>> {
    let mut random = StdRng::seed_from_u64(11);
    let mut kinds = Vec::new();
    let page = manager.get("/v1/photos", &[("limit", "200")]).await?;
    let known: Vec<String> =
        page["photos"].as_array().into_iter().flatten().filter_map(|p| text(p, "photo").ok()).collect();
    type Query = Vec<(&'static str, String)>;
    type Make = fn(&mut StdRng, &[Village]) -> Query;
    fn village<'v>(random: &mut StdRng, villages: &'v [Village]) -> &'v Village {
        &villages[random.random_range(0..villages.len())]
    }
    let everything: Make = |_, _| vec![];
    let of_town: Make = |random, villages| vec![("place", village(random, villages).code[..9].to_owned())];
    let of_village: Make = |random, villages| vec![("place", village(random, villages).code.clone())];
    let of_person: Make = |random, villages| vec![("person", village(random, villages).members[0].clone())];
    let of_inspector: Make =
        |random, _| vec![("person", format!("zjedz.p.i-{:04}", random.random_range(0..INSPECTORS)))];
    let of_item: Make = |random, _| vec![("item", format!("item_{:02}", random.random_range(0..ITEMS)))];
    let of_village_item: Make = |random, villages| {
        let item = format!("item_{:02}", random.random_range(0..ITEMS));
        vec![("place", village(random, villages).code.clone()), ("item", item)]
    };
    let of_days: Make = |random, _| {
        let from = now_ms() - random.random_range(0..YEARS_MS);
        let days = 86_400_000 * random.random_range(1..200);
        vec![("from", from.to_string()), ("to", (from + days).to_string())]
    };
    let of_team: Make = |random, villages| vec![("team", village(random, villages).team.clone())];
    let of_campaign: Make = |random, _| vec![("campaign", campaign(random.random_range(0..CAMPAIGNS)))];
    let of_signal: Make = |random, _| {
        let code = Code::ALL[random.random_range(0..Code::ALL.len())];
        vec![("signal", code.name().to_owned())]
    };
    let undecided: Make = |_, _| vec![("decision", "waiting".to_owned())];
    let of_town_days: Make = |random, villages| {
        let from = now_ms() - random.random_range(0..YEARS_MS);
        let town = village(random, villages).code[..9].to_owned();
        vec![("from", from.to_string()), ("to", (from + 40 * 86_400_000).to_string()), ("place", town)]
    };
    let questions: [(&'static str, &'static str, Make); 25] = [
        ("a page of everything", "/v1/photos", everything),
        ("a page of a town", "/v1/photos", of_town),
        ("a page of a village", "/v1/photos", of_village),
        ("a page of a member", "/v1/photos", of_person),
        ("a page of an inspector", "/v1/photos", of_inspector),
        ("a page of an item", "/v1/photos", of_item),
        ("a page of a village and an item", "/v1/photos", of_village_item),
        ("a page of some days", "/v1/photos", of_days),
        ("a page of a town and some days", "/v1/photos", of_town_days),
        ("a page of a team", "/v1/photos", of_team),
        ("a page of a campaign", "/v1/photos", of_campaign),
        ("a page of a signal", "/v1/photos", of_signal),
        ("a page of what nobody decided", "/v1/photos", undecided),
        ("counts of everything", "/v1/photos/counts", everything),
        ("counts of a town", "/v1/photos/counts", of_town),
        ("counts of a village", "/v1/photos/counts", of_village),
        ("counts of a member", "/v1/photos/counts", of_person),
        ("counts of an item", "/v1/photos/counts", of_item),
        ("counts of some days", "/v1/photos/counts", of_days),
        ("counts of a team", "/v1/photos/counts", of_team),
        ("counts of a campaign", "/v1/photos/counts", of_campaign),
        ("counts of a signal", "/v1/photos/counts", of_signal),
        ("counts of what nobody decided", "/v1/photos/counts", undecided),
        ("neighbours of a photo", "neighbours", everything),
        ("neighbours of a photo in a village", "neighbours", of_village),
    ];
    for (name, path, make) in questions {
        let mut took = Vec::new();
        for _ in 0..QUESTIONS {
            let query = make(&mut random, villages);
            let path = match path {
                "neighbours" => format!("/v1/photos/{}/neighbours", known[random.random_range(0..known.len())]),
                path => path.to_owned(),
            };
            took.push(one(manager, &path, &query).await?);
        }
        kinds.push(kind(name, took));
    }
    for (name, filter, sides) in [
        ("a map of everything", everything, [0.4, 0.2]),
        ("a map of a town", of_town, [0.1, 0.05]),
        ("a map of a village", everything, [0.02, 0.012]),
        ("a map of streets", everything, [0.004, 0.002]),
        ("a map of an item", of_item, [0.4, 0.2]),
        ("a map of some days", of_days, [0.4, 0.2]),
        ("a map of a team", of_team, [0.4, 0.2]),
        ("a map of a campaign", of_campaign, [0.4, 0.2]),
        ("a map of a signal", of_signal, [0.4, 0.2]),
    ] {
        let mut took = Vec::new();
        for _ in 0..QUESTIONS {
            let mut query = filter(&mut random, villages);
            let at = village(&mut random, villages);
            let (west, south) = (at.lon - sides[0] / 2.0, at.lat - sides[1] / 2.0);
            // A window some 1,400 pixels wide.
            let zoom = (1_400.0 / 256.0 * 360.0_f64 / sides[0]).log2().floor();
            let edges = [("west", west), ("south", south), ("east", west + sides[0]), ("north", south + sides[1])];
            query.extend(edges.map(|(name, degrees)| (name, degrees.to_string())));
            query.push(("zoom", zoom.to_string()));
            took.push(one(manager, "/v1/photos/map", &query).await?);
        }
        kinds.push(kind(name, took));
    }
    // Page behind page, as one who scrolls.
    let (mut took, mut next) = (Vec::new(), Value::Null);
    for _ in 0..QUESTIONS {
        let query: Query = next.as_str().map(|next| ("cursor", next.to_owned())).into_iter().collect();
        let begun = Instant::now();
        let pairs: Vec<(&str, &str)> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        next = manager.get("/v1/photos", &pairs).await?["next"].take();
        took.push(ms(begun.elapsed()));
    }
    kinds.push(kind("page behind page", took));
    Ok(kinds)
}

async fn one(manager: &Office, path: &str, query: &[(&'static str, String)]) -> Result<f64> {
    let query: Vec<(&str, &str)> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let begun = Instant::now();
    manager.get(path, &query).await?;
    Ok(ms(begun.elapsed()))
}

fn kind(name: &'static str, mut took: Vec<f64>) -> Kind {
    took.sort_by(f64::total_cmp);
    let at = |share: f64| took[((took.len() as f64 * share) as usize).min(took.len() - 1)];
    Kind { name, p50_ms: at(0.5), p95_ms: at(0.95) }
}
