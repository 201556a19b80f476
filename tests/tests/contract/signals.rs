//! Signals on photos depend on what is known, not on when it came.

use std::{collections::BTreeMap, sync::Arc};

use image::codecs::jpeg::JpegEncoder;
use rand::{SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use sea_orm::{EntityTrait as _, QueryOrder as _};
use serde_json::{Value, json};
use sync_protocol::{Dot, Hash, ids::sha256};
use zhucun::{
    app::{self, now_ms},
    jobs,
    signals::{
        store::{handler::handlers, matching},
        subject,
    },
    storage::{
        entities::{alike, job, photo_visit, picture, signal, stored_blob},
        jobs::{JobHandler, enqueue},
        rows,
    },
};
use zhucun_pictures::Sketches;
use zhucun_presence::day::Calendar;
use zhucun_tests::camera;

use crate::bench::{Bench, DATABASES, DISTRICT, MORNING_MS, Made, VILLAGE, at, database, draft, line};

const OTHER_VILLAGE: &str = "440811070202";
const DAY_MS: i64 = 24 * 3_600_000;
/// In how many orders the same things come.
const ORDERS: u64 = 3;

/// Something that comes.
enum Event {
    Push(Box<Made>),
    Seen(Box<picture::Model>),
    Decided(&'static str),
}

/// What comes, and the photos' keys by name.
struct Story {
    events: Vec<Event>,
    refused: Dot,
}

/// The picture, and the same picture made smaller and saved again.
fn pictures() -> [Vec<u8>; 2] {
    let original = camera::take(1).original;
    let smaller = image::load_from_memory(&original).unwrap().thumbnail(900, 900).into_rgb8();
    let mut again = Vec::new();
    JpegEncoder::new_with_quality(&mut again, 60).encode_image(&smaller).unwrap();
    [original, again]
}

/// What would be seen in a file.
fn seen(file: &[u8], camera: &str) -> picture::Model {
    let likeness = zhucun_pictures::open(file).picture.ok().and_then(|picture| picture.likeness);
    picture::Model {
        sha256: sha256(&[file]).to_vec(),
        reason: None,
        width: None,
        height: None,
        orientation: 1,
        taken_local_ms: None,
        taken_offset_min: None,
        lat: None,
        lon: None,
        datum: None,
        make: None,
        model: Some(camera.to_owned()),
        likeness: likeness.map(|likeness| likeness.to_bytes()),
        large: None,
        large_size: None,
        small: None,
        small_size: None,
        processed_ms: 0,
    }
}

fn photo(of: Hash, (kind, id): (&str, &str)) -> Value {
    json!({"sha256": hex::encode(of), "size": 9, "media_type": "image/jpeg", "subject_kind": kind, "subject_id": id})
}

async fn story(bench: &Bench, files: &[Vec<u8>; 2]) -> Story {
    let scope = |village: &str| format!("{village}/inspection");
    let mut phones = Vec::new();
    for (person, n) in [("li", 1), ("li", 2), ("li", 3), ("li", 4), ("wang", 5), ("wang", 6)] {
        let phone = bench.phone(person, n);
        bench.enrol(&phone).await;
        phones.push(phone);
    }
    for person in ["li", "wang"] {
        bench.grant(&format!("{DISTRICT}.p.{person}"), "inspector", DISTRICT, MORNING_MS - DAY_MS, None).await;
    }
    let id = |n: u8, name: &str| format!("{}.{name}", sync_protocol::InstallId([n; 16]));
    let [one, again] = [&files[0], &files[1]].map(|file| sha256(&[file]));
    let (of_visit, of_finding) = (("visit", "visit-1"), ("finding", "finding-1"));
    let write = |village: &str, kind: &str, id: &str, fields: Value, after_ms: i64| {
        line(&scope(village), kind, id, fields, &[], at(MORNING_MS + after_ms))
    };
    let mut push = |n: usize, lines: Vec<Vec<u8>>| phones[n - 1].push(&lines);
    let mut events = vec![
        // The first photo hangs on its visit by way of a finding, the others by themselves.
        push(
            1,
            vec![
                write(VILLAGE, "photo", &id(1, "a"), photo(one, of_finding), 0),
                write(VILLAGE, "photo", &id(1, "usual"), photo([3; 32], of_visit), 60_000),
                write(VILLAGE, "photo", &id(1, "camera"), photo([4; 32], of_visit), 120_000),
            ],
        ),
        push(2, vec![write(VILLAGE, "visit", of_visit.1, json!({"place": VILLAGE, "person": "zjedz.p.li"}), 0)]),
        push(3, vec![write(VILLAGE, "finding", of_finding.1, json!({"visit": of_visit.1, "title": "档案"}), 0)]),
        push(
            4,
            vec![write(
                VILLAGE,
                "fix",
                &id(4, "f"),
                json!({"visit": of_visit.1, "lat": 21.0, "lon": 110.4, "accuracy_m": 20, "datum": "wgs84"}),
                30_000,
            )],
        ),
        push(5, vec![write(OTHER_VILLAGE, "photo", &id(5, "again"), photo(again, ("visit", "visit-2")), DAY_MS)]),
    ];
    let last =
        push(6, vec![write(OTHER_VILLAGE, "photo", &id(6, "same"), photo(one, ("visit", "visit-2")), 2 * DAY_MS)]);
    let refused = last.dots[0];
    events.push(last);
    let mut events: Vec<Event> = events.into_iter().map(|made| Event::Push(Box::new(made))).collect();
    let local_ms = MORNING_MS + 8 * 3_600_000;
    let mut facts = [seen(&files[0], "X100"), seen(&files[1], "X100"), seen(b"3", "X100"), seen(b"4", "Y7")];
    (facts[2].sha256, facts[3].sha256) = (vec![3; 32], vec![4; 32]);
    // Three days before, and by GCJ-02, which is half a kilometre off, some ten kilometres north.
    (facts[0].taken_local_ms, facts[0].lat, facts[0].lon) = (Some(local_ms - 3 * DAY_MS), Some(21.09), Some(110.4));
    facts[0].datum = Some("GCJ-02".to_owned());
    // Taken on time, in the same place by any datum.
    (facts[2].taken_local_ms, facts[2].lat, facts[2].lon) = (Some(local_ms), Some(21.0), Some(110.4));
    events.extend(facts.into_iter().map(|row| Event::Seen(Box::new(row))));
    Story { events, refused }
}

struct Work {
    handlers: Vec<Arc<dyn JobHandler>>,
    known: Sketches,
}

impl Work {
    async fn all(&mut self, bench: &Bench) {
        while matching::once(&bench.db, &mut self.known).await + jobs::once(&bench.db, &self.handlers).await.unwrap()
            > 0
        {}
    }
}

async fn come(bench: &Bench, event: Event, refused: Dot) {
    match event {
        Event::Push(made) => drop(bench.send(&made).await),
        Event::Seen(row) => {
            let tx = bench.db.begin().await.unwrap();
            enqueue(&tx, [subject::picture(&row.sha256)], now_ms()).await.unwrap();
            let stored = stored_blob::Model {
                sha256: row.sha256.clone(),
                size: 9,
                media_type: "image/jpeg".to_owned(),
                stored_ms: 0,
            };
            rows::upsert::<stored_blob::Entity>(&tx, vec![stored]).await.unwrap();
            rows::upsert::<picture::Entity>(&tx, vec![*row]).await.unwrap();
            tx.commit().await.unwrap();
        }
        Event::Decided(decision) => {
            let scope = format!("{OTHER_VILLAGE}/inspection");
            drop(
                bench.write(vec![draft(&scope, "decision", &refused.to_string(), json!({"decision": decision}))]).await,
            );
        }
    }
}

async fn signals(bench: &Bench) -> Vec<signal::Model> {
    let by_weight = signal::Entity::find().order_by_desc(signal::Column::Strength);
    by_weight
        .order_by_asc(signal::Column::Record)
        .order_by_asc(signal::Column::Code)
        .order_by_asc(signal::Column::Other)
        .all(&bench.db.read)
        .await
        .unwrap()
}

/// Of a photo and a code: how strong, and which other photo.
type Told<'a> = BTreeMap<(&'a str, &'a str), Vec<(f64, Option<&'a str>)>>;

fn told(signals: &[signal::Model]) -> Told<'_> {
    let mut told: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in signals {
        let name = |id: &str| -> &'static str {
            let of = ["a", "usual", "camera", "again", "same", "f"];
            of.into_iter().find(|name| id.ends_with(&format!(".{name}"))).unwrap()
        };
        told.entry((name(&row.id), row.code.as_str()))
            .or_default()
            .push((row.strength, row.other_id.as_deref().map(name)));
    }
    for found in told.values_mut() {
        found.sort_by(|a, b| a.1.cmp(&b.1));
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn late_evidence_in_any_order_gives_the_same_signals() {
    let files = pictures();
    let mut first: Option<Vec<signal::Model>> = None;
    for which in DATABASES {
        for order in 0..ORDERS {
            eprintln!("on {which}, order {order}");
            let (url, _dir) = database(which);
            let bench = Bench::new(&url, app::projections()).await;
            let zone = Calendar(jiff::tz::TimeZone::get("Asia/Shanghai").unwrap());
            let mut work = Work { handlers: handlers(&zone), known: Sketches::default() };
            let Story { mut events, refused } = story(&bench, &files).await;
            let mut dice = StdRng::seed_from_u64(order);
            events.shuffle(&mut dice);
            for (n, event) in events.into_iter().enumerate() {
                come(&bench, event, refused).await;
                if (n as u64 + order).is_multiple_of(2) {
                    work.all(&bench).await;
                }
            }
            work.all(&bench).await;
            let now = signals(&bench).await;
            assert_eq!(first.get_or_insert_with(|| now.clone()), &now);
            if order == 0 {
                worth_what_they_are(&now);
                again_by_a_rebuild(&bench, &mut work, &now).await;
                refused_and_back(&bench, &mut work, refused, &now).await;
                gone_with_its_bytes(&bench, &mut work, &sha256(&[&files[1]])).await;
            }
        }
    }
}

fn worth_what_they_are(signals: &[signal::Model]) {
    let told = told(signals);
    let of = |photo, code| told.get(&(photo, code)).cloned().unwrap_or_default();
    assert_eq!(of("a", "same_bytes"), [(1.0, Some("same"))]);
    assert_eq!(of("a", "looks_alike"), [(0.9, Some("again"))]);
    assert_eq!(of("again", "looks_alike"), [(0.9, Some("a")), (0.9 * 0.9, Some("same"))]);
    assert_eq!(of("a", "taken_long_before"), [(0.6, None)]);
    assert_eq!(of("a", "exif_place"), [(0.6, Some("f"))]);
    assert_eq!(of("camera", "camera_changed"), [(0.3, Some("a"))]);
    assert_eq!(of("usual", "exif_place"), [], "without a stated datum the one that fits is taken");
    assert_eq!(of("usual", "exif_time"), []);
    assert!(signals.iter().take_while(|row| row.strength > 0.7).all(|row| row.code != "exif_place"));
    let [first, ..] = signals else { panic!("no signals") };
    assert_eq!(first.code, "same_bytes", "across villages ranks first");
    let long = signals.iter().find(|row| row.code == "taken_long_before" && row.id.ends_with(".a")).unwrap();
    assert_eq!(long.en, "By its file it was taken 3 day(s) before it was recorded.");
    assert_eq!(long.zh, "文件写明的拍摄时间比记录早 3 天");
}

async fn again_by_a_rebuild(bench: &Bench, work: &mut Work, before: &[signal::Model]) {
    let visits =
        photo_visit::Entity::find().order_by_asc(photo_visit::Column::Record).all(&bench.db.read).await.unwrap();
    assert_eq!(visits.len(), 5);
    bench.rebuild().await;
    assert_eq!(signals(bench).await, []);
    work.all(bench).await;
    assert_eq!(signals(bench).await, before);
    let again =
        photo_visit::Entity::find().order_by_asc(photo_visit::Column::Record).all(&bench.db.read).await.unwrap();
    assert_eq!(again, visits);
}

/// What no longer counts speaks against nothing, and nothing against it.
async fn refused_and_back(bench: &Bench, work: &mut Work, refused: Dot, before: &[signal::Model]) {
    come(bench, Event::Decided("refuse"), refused).await;
    work.all(bench).await;
    let now = signals(bench).await;
    assert!(!now.is_empty() && now.iter().all(|row| row.code != "same_bytes" && !row.id.ends_with(".same")), "{now:?}");
    assert!(now.iter().all(|row| row.other_id.as_ref().is_none_or(|id| !id.ends_with(".same"))));
    come(bench, Event::Decided("none"), refused).await;
    work.all(bench).await;
    assert_eq!(signals(bench).await, before);
}

async fn gone_with_its_bytes(bench: &Bench, work: &mut Work, gone: &Hash) {
    let tx = bench.db.begin().await.unwrap();
    picture::Entity::delete_by_id(gone.to_vec()).exec(&tx).await.unwrap();
    enqueue(&tx, [subject::picture(gone)], now_ms()).await.unwrap();
    tx.commit().await.unwrap();
    work.all(bench).await;
    assert!(signals(bench).await.iter().all(|row| row.code != "looks_alike"));
    assert_eq!(alike::Entity::find().all(&bench.db.read).await.unwrap(), []);
    let left = job::Entity::find().all(&bench.db.read).await.unwrap();
    let left = left.into_iter().filter(|job| [subject::MATCH_PICTURE, subject::PHOTO_SIGNALS].contains(&&*job.kind));
    assert_eq!(left.count(), 0, "no job is left");
}
