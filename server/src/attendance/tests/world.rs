//! A database, and records as they come out of the merge.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use jiff::tz::TimeZone;
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait, Schema};
use serde_json::{Value as Json, json, value::to_raw_value};
use sync_protocol::{
    Dot, InstallId, RecordKey,
    judge::Authority,
    merge::{Author, Field, Merged, Value},
    record::RecordName,
    time::{Anchor, Corrected},
};

use zhucun_presence::day::{Calendar, DAY_MS, parse};

use crate::{
    attendance::{
        projections,
        store::{Court, handlers::handlers},
        subject,
    },
    storage::{
        Db,
        entities::{fence, fix, job, matter, presence, presence_history, rule, station},
        jobs::{self, JobKey},
        projection::Changed,
        rows,
    },
};

pub(super) const VILLAGE: &str = "440811070201";
pub(super) const MEMBER: &str = "zjedz.p.m-1";
pub(super) const INSPECTOR: &str = "zjedz.p.i-1";
pub(super) const DAY: &str = "2026-03-02";

/// The middle of the village, and a place 40 m east of its eastern edge.
pub(super) const MIDDLE: [f64; 2] = [21.0, 110.4];
pub(super) const HOME: [f64; 2] = [21.2, 110.4];

pub(super) struct World {
    pub db: Db,
    pub court: Court,
    projections: Vec<Box<dyn crate::storage::projection::Projection>>,
    _folder: tempfile::TempDir,
}

/// One operation's record: scope, kind, id, author, time, fields.
pub(super) struct Written {
    pub scope: String,
    pub kind: &'static str,
    pub id: String,
    pub person: &'static str,
    pub time: Corrected,
    pub fields: Json,
    pub authority: Authority,
    pub existed: bool,
}

pub(super) fn court() -> Court {
    Court { calendar: Calendar(TimeZone::get("Asia/Shanghai").unwrap()), book: Default::default() }
}

pub(super) fn noon(day: &str) -> Corrected {
    let at_ms = court().calendar.bounds(parse(day).unwrap()).start_ms + DAY_MS / 2;
    Corrected::At(Anchor { at_ms, uncertainty_ms: 5_000 })
}

pub(super) fn install(of: &str) -> InstallId {
    let mut id = [0; 16];
    id[..of.len().min(16)].copy_from_slice(&of.as_bytes()[..of.len().min(16)]);
    InstallId(id)
}

pub(super) fn written(scope: &str, kind: &'static str, id: &str, person: &'static str, fields: Json) -> Written {
    let authority = Authority::Other;
    Written { scope: scope.into(), kind, id: id.into(), person, time: noon(DAY), fields, authority, existed: false }
}

pub(super) fn fix_at(person: &'static str, n: usize, [lat, lon]: [f64; 2], more: Json) -> Written {
    let mut fields = json!({"lat": lat, "lon": lon, "accuracy_m": 20, "datum": "wgs84", "village": VILLAGE});
    fields.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    let lane = if person == INSPECTOR { "inspection" } else { "presence" };
    written(&format!("{VILLAGE}/{lane}"), "fix", &format!("{}.{n}", install(person)), person, fields)
}

pub(super) fn called(n: usize, state: &str) -> Written {
    let fields = json!({"person": MEMBER, "state": state, "village": VILLAGE});
    written(&format!("{VILLAGE}/inspection"), "roll_call", &format!("{}.r{n}", install(INSPECTOR)), INSPECTOR, fields)
}

impl World {
    /// An empty database: SQLite in a folder, or where `ZHUCUN_TEST_POSTGRES` says.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match std::env::var("ZHUCUN_TEST_POSTGRES") {
            Ok(server) => fresh_database(&server).await,
            Err(_) => format!("sqlite:{}", folder.path().join("test.db").display()),
        };
        let db = Db::open(&url, 4).await.unwrap();
        let tx = db.begin().await.unwrap();
        let schema = Schema::new(db.backend());
        for mut table in
            [schema.create_table_from_entity(fence::Entity), schema.create_table_from_entity(station::Entity)]
        {
            tx.execute(table.if_not_exists()).await.unwrap();
        }
        tx.commit().await.unwrap();
        Self { db, court: court(), projections: projections(), _folder: folder }
    }

    /// Stations another member there, for all year.
    pub async fn stationed(&self, record: u8, person: &str) {
        let from_ms = self.court.calendar.bounds(parse("2026-01-01").unwrap()).start_ms;
        let (person, village) = (person.to_owned(), VILLAGE.to_owned());
        let row =
            station::Model { record: vec![record], person, team: None, village, lead: false, from_ms, to_ms: None };
        let tx = self.db.begin().await.unwrap();
        rows::upsert::<station::Entity>(&tx, vec![row]).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// With a fence of two kilometres around the middle of the village, and the member stationed there all year.
    pub async fn with_member() -> Self {
        let world = Self::new().await;
        world.fence(1, "2026-01-01", 0.009).await;
        world.stationed(7, MEMBER).await;
        let from_ms = world.court.calendar.bounds(parse("2026-01-01").unwrap()).start_ms;
        world.enqueue(subject::of_station(MEMBER, from_ms, None)).await;
        world.settle().await;
        world
    }

    pub async fn fence(&self, record: u8, from: &str, half: f64) {
        let [lat, lon] = MIDDLE;
        let ring = [[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0]]
            .map(|[x, y]| [lon + x * half, lat + y * half]);
        let row = fence::Model {
            record: vec![record],
            village: VILLAGE.into(),
            from_day: from.into(),
            to_day: None,
            datum: "wgs84".into(),
            geometry: json!({"type": "Polygon", "coordinates": [ring]}).to_string(),
            synthetic: true,
        };
        let tx = self.db.begin().await.unwrap();
        rows::upsert::<fence::Entity>(&tx, vec![row]).await.unwrap();
        tx.commit().await.unwrap();
        self.enqueue(subject::of_fence(VILLAGE, from, None)).await;
    }

    /// A rule of the village, from the beginning of the year on.
    pub async fn rule(&self, body: Json) {
        let row = rule::Model {
            record: vec![9],
            key: zhucun_presence::rule::KEY.into(),
            place: VILLAGE.into(),
            id: "r".into(),
            title: String::new(),
            from_day: "2026-01-01".into(),
            to_day: None,
            body: body.to_string(),
        };
        let tx = self.db.begin().await.unwrap();
        rows::upsert::<rule::Entity>(&tx, vec![row]).await.unwrap();
        tx.commit().await.unwrap();
        self.enqueue(subject::of_rule(zhucun_presence::rule::KEY, VILLAGE, "2026-01-01", None)).await;
        self.settle().await;
    }

    pub async fn enqueue(&self, keys: Vec<JobKey>) {
        let tx = self.db.begin().await.unwrap();
        jobs::enqueue(&tx, keys, 0).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Projects the records, in one transaction, as the committer does.
    pub async fn project(&self, records: &[Written]) {
        let merged: Vec<Merged> = records.iter().map(Written::merged).collect();
        let bodies: Vec<String> = records.iter().map(|w| w.fields.to_string()).collect();
        let changed: Vec<Changed<'_>> = records
            .iter()
            .zip(&merged)
            .zip(&bodies)
            .map(|((w, merged), fields)| Changed {
                key: w.key(),
                name: RecordName { scope: &w.scope, kind: w.kind, id: &w.id },
                merged,
                fields,
                existed: w.existed,
            })
            .collect();
        let tx = self.db.begin().await.unwrap();
        for projection in &self.projections {
            let of_kind: Vec<&Changed<'_>> =
                changed.iter().filter(|c| projection.kinds().contains(&c.name.kind)).collect();
            if !of_kind.is_empty() {
                let keys = projection.apply(&tx, &of_kind).await.unwrap();
                jobs::enqueue(&tx, keys, 0).await.unwrap();
            }
        }
        tx.commit().await.unwrap();
    }

    /// Does all jobs; asserts that none failed.
    pub async fn settle(&self) {
        let mut handlers = handlers(&self.court.calendar);
        // Photos hang on evidence too.
        handlers.extend(crate::signals::store::handler::handlers(&self.court.calendar));
        while job::Entity::find().count(&self.db.read).await.unwrap() > 0 {
            for handler in &handlers {
                jobs::run_due(&self.db, handler.as_ref(), &jobs::Batch { limit: 500, ..Default::default() }, 1)
                    .await
                    .unwrap();
            }
            assert!(job::Entity::find().all(&self.db.read).await.unwrap().iter().all(|j| j.error.is_none()));
        }
    }

    pub async fn arrive(&self, records: &[Written]) {
        self.project(records).await;
        self.settle().await;
    }

    pub async fn verdict(&self, day: &str) -> Option<presence::Model> {
        presence::Entity::find_by_id((MEMBER.to_owned(), day.to_owned())).one(&self.db.read).await.unwrap()
    }

    pub async fn verdict_name(&self, day: &str) -> String {
        self.verdict(day).await.map_or_else(|| "none".to_owned(), |row| row.verdict)
    }

    pub async fn history(&self) -> Vec<presence_history::Model> {
        let mut rows = presence_history::Entity::find().all(&self.db.read).await.unwrap();
        rows.sort_by_key(|r| (r.day.clone(), r.n));
        rows
    }

    /// What waits for a person: day and code.
    pub async fn waiting(&self) -> Vec<(String, String)> {
        let rows = matter::Entity::find().all(&self.db.read).await.unwrap();
        let mut waiting: Vec<_> = rows.into_iter().map(|row| (row.day, row.code)).collect();
        waiting.sort();
        waiting
    }

    pub async fn fixes(&self) -> Vec<fix::Model> {
        let mut rows = fix::Entity::find().all(&self.db.read).await.unwrap();
        rows.sort_by(|a, b| a.record.cmp(&b.record));
        rows
    }

    /// All verdicts, to compare two worlds.
    pub async fn state(&self) -> (Vec<fix::Model>, Vec<presence::Model>) {
        let mut verdicts = presence::Entity::find().all(&self.db.read).await.unwrap();
        verdicts.sort_by_key(|r| (r.person.clone(), r.day.clone()));
        (self.fixes().await, verdicts)
    }

    /// Clears all that is projected, as a rebuild does.
    pub async fn clear(&self) {
        let tx = self.db.begin().await.unwrap();
        for projection in &self.projections {
            projection.clear(&tx).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
}

impl Written {
    pub fn key(&self) -> RecordKey {
        RecordKey::of(&self.scope, self.kind, &self.id)
    }

    pub fn at(mut self, time: Corrected) -> Self {
        self.time = time;
        self
    }

    /// By the office.
    pub fn decided(mut self) -> Self {
        self.authority = Authority::Office;
        self
    }

    pub fn again(mut self, fields: Json) -> Self {
        self.fields = fields;
        self.existed = true;
        self
    }

    pub fn dot(&self) -> Dot {
        Dot { install: install(self.person), seq: 1, hash: self.key().0[..8].try_into().unwrap() }
    }

    /// With no fields left it is deleted.
    fn merged(&self) -> Merged {
        let fields = self.fields.as_object().unwrap();
        let shown = |v: &Json| Some(Value { raw: to_raw_value(v).unwrap(), by: vec![self.dot()] });
        let author = Author { person: self.person.into(), authority: self.authority, time: self.time };
        Merged {
            fields: fields
                .iter()
                .map(|(name, v)| (name.clone(), Field { shown: shown(v), ..Field::default() }))
                .collect(),
            deleted_by: if fields.is_empty() { vec![self.dot()] } else { Vec::new() },
            authors: BTreeMap::from([(self.dot(), author)]),
            tpl: None,
        }
    }
}

async fn fresh_database(server: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let name = format!("attendance_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let admin = sea_orm::Database::connect(format!("{server}/postgres")).await.unwrap();
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    format!("{server}/{name}")
}
