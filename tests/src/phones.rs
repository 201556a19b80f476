//! Simulated phones: the engine that real phones embed, on a device whose clocks the test sets.
//!
//! A phone lives in two times. On the way to the server and back it lives *now*: the server's clock cannot be set, and what it says
//! is remembered. In the field it lives on the simulated day: a boot of its own in which no server was heard, whose satellites say
//! when it is. So lines of the field are anchored by satellite time, as on real phones without a network.

use std::{path::Path, sync::Arc};

use anyhow::{Result, ensure};
use serde_json::Value;
use sync_protocol::Dot;
use zhucun_client::{Budget, Engine, PhotoSource, Report, Write, device::ScriptedDevice, transport::Http};

use crate::{camera::Picture, office::Office};

/// After so many syncs in a row something is wrong: none of the faults here needs more.
const MAX_SYNCS: usize = 40;

/// A phone of a person.
pub struct Phone {
    /// Whose, `district.p.name`.
    pub person: String,
    /// What they are called.
    pub name: String,
    /// The engine.
    pub engine: Engine,
    /// Its clocks.
    pub device: Arc<ScriptedDevice>,
    network: Http,
    now_ms: i64,
    skew_ms: i64,
}

impl Phone {
    /// A phone that enrols with a code from the office, its store in that folder.
    pub async fn enrol(
        office: &Office,
        server: &str,
        (person, name): (&str, &str),
        seed: u64,
        folder: &Path,
    ) -> Result<Self> {
        let phone = Self::open(server, (person, name), seed, &folder.join(format!("phone-{seed}.db")))?;
        phone.engine.enrol(&phone.network, &office.enrolment_code(person).await?).await?;
        Ok(phone)
    }

    /// A phone with that store, switched on for the first time. One that was on before is to be rebooted, as often as it was.
    pub fn open(server: &str, (person, name): (&str, &str), seed: u64, store: &Path) -> Result<Self> {
        let device = Arc::new(ScriptedDevice::new(seed, START_MS));
        let engine = Engine::open(store, device.clone())?;
        let (person, name, network) = (person.to_owned(), name.to_owned(), Http::new(server)?);
        Ok(Self { person, name, engine, device, network, now_ms: START_MS, skew_ms: 0 })
    }

    /// From now on it reaches the server at that address, such as that of a bad network.
    pub fn reaches(&mut self, server: &str) -> Result<()> {
        self.network = Http::new(server)?;
        Ok(())
    }

    /// From now on its wall clock is wrong by so much.
    pub fn set_skew(&mut self, skew_ms: i64) {
        self.skew_ms = skew_ms;
    }

    /// Switched on in the field: no network, and satellites in sight.
    pub fn go_out(&mut self, at_ms: i64) {
        self.device.reboot();
        self.now_ms = at_ms;
        self.at(at_ms);
    }

    /// It is that time in the field; satellites say so, and the wall clock what it will.
    pub fn at(&mut self, at_ms: i64) {
        self.device.advance(u64::try_from(at_ms - self.now_ms).unwrap_or(0));
        self.now_ms = at_ms;
        self.device.set_wall(at_ms + self.skew_ms);
        self.device.set_satellite(u64::try_from(at_ms).ok());
    }

    /// What the wall clock says.
    pub fn wall_ms(&self) -> i64 {
        self.now_ms + self.skew_ms
    }

    /// Back where there is a network: switched off and on, and no sky.
    pub fn come_back(&mut self) {
        self.device.reboot();
    }

    /// Writes a record.
    pub fn write(&self, scope: &str, kind: &str, id: &str, fields: Value) -> Result<Dot> {
        Ok(self.engine.write(&Write::new(scope, kind, id, fields))?)
    }

    /// Writes evidence, under an id of this phone's own, and gives that id.
    pub fn record(&self, scope: &str, kind: &str, fields: Value) -> Result<String> {
        let id = self.engine.own_id()?;
        self.write(scope, kind, &id, fields)?;
        Ok(id)
    }

    /// Attaches a picture to a record, and writes the `photo` record that promises it. Gives its hash.
    pub fn photograph(&self, scope: &str, (kind, id): (&str, &str), picture: Picture) -> Result<String> {
        let (original, preview) = (PhotoSource::Bytes(picture.original), PhotoSource::Bytes(picture.preview));
        let attached = self.engine.attach_photo(original, Some(preview))?;
        let mut fields = serde_json::json!({
            "sha256": attached.sha256, "size": attached.size, "media_type": "image/jpeg", "taken": self.wall_ms(),
            "subject_kind": kind, "subject_id": id,
        });
        if let Some((sha256, size)) = attached.preview {
            fields["preview_sha256"] = sha256.into();
            fields["preview_size"] = size.into();
        }
        self.record(scope, "photo", fields)?;
        Ok(attached.sha256)
    }

    /// Syncs once, within that budget.
    pub async fn sync_once(&self, budget: &Budget) -> Result<Report> {
        Ok(self.engine.sync(&self.network, budget).await?)
    }

    /// Syncs until all of its own is delivered and it has seen how everything stands, waiting (on its own clock) where it is told to.
    pub async fn sync(&self) -> Result<Vec<Report>> {
        self.sync_while(&Budget::ALL, |report| !report.drained || report.checkpoints == 0).await
    }

    /// Likewise, but only until all of its own is delivered: for one who may no longer read.
    pub async fn drain(&self) -> Result<Vec<Report>> {
        self.sync_while(&Budget { pull: false, ..Budget::ALL }, |report| !report.drained).await
    }

    async fn sync_while(&self, budget: &Budget, unfinished: impl Fn(&Report) -> bool) -> Result<Vec<Report>> {
        let mut reports: Vec<Report> = Vec::new();
        while reports.last().is_none_or(&unfinished) {
            ensure!(reports.len() < MAX_SYNCS, "{} ({}) gets nowhere: {:?}", self.name, self.person, reports.last());
            let report = self.sync_once(budget).await?;
            ensure!(report.must_enrol_anew.is_none(), "{} must enrol anew: {:?}", self.name, report.must_enrol_anew);
            self.device.advance(report.wait_ms.unwrap_or(0) + 1);
            reports.push(report);
        }
        Ok(reports)
    }

    /// The shown value of a field of a record.
    pub fn shown(&self, (scope, kind, id): (&str, &str, &str), field: &str) -> Result<Value> {
        let view = self.engine.view(scope, kind, id)?;
        Ok(view.and_then(|view| view.get(field)).unwrap_or(Value::Null))
    }

    /// The fields of all records of a kind in a scope, by id.
    pub fn all(&self, scope: &str, kind: &str) -> Result<Vec<(String, Value)>> {
        let views = self.engine.list(scope, kind)?;
        Ok(views.into_iter().filter(|view| !view.deleted).map(|view| (view.id.clone(), view.json())).collect())
    }

    /// The network it is on.
    pub fn network(&self) -> &Http {
        &self.network
    }
}

/// What a phone's wall clock says out of the box: 2026-01-01 in Shanghai.
const START_MS: i64 = 1_767_196_800_000;
