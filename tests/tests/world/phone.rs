//! A phone: the shipped engine on a store in a folder, with clocks that the story sets.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::FutureExt as _;
use serde_json::json;
use zhucun_client::{Budget, Engine, Error, Report, Write, device::ScriptedDevice};

use crate::{
    cast::{self, VILLAGES},
    net::Link,
    story::What,
    trouble::{Result, unexpected},
};

/// A phone of a person.
pub struct Phone {
    /// Its number: of all phones that ever were.
    pub n: usize,
    /// Whose, by number.
    pub owner: usize,
    pub device: Arc<ScriptedDevice>,
    store: PathBuf,
    engine: Option<Engine>,
    /// How many lines of it have been looked at.
    pub noted: u64,
    backed_up: bool,
}

/// How far two clocks may be apart: the wall clock is set by years.
const YEAR_MS: i64 = 365 * 86_400_000;

impl Phone {
    /// On the store in that folder, if there is one; else a new one.
    pub fn open(folder: &Path, (n, owner): (usize, usize), seed: u64, now_ms: i64) -> Result<Self> {
        let device = Arc::new(ScriptedDevice::new(seed ^ (n as u64 + 1) << 32, now_ms));
        // The store may remember a boot of the first chapter.
        device.reboot();
        let store = folder.join(format!("{n}.phone"));
        let mut phone = Self { n, owner, device, store, engine: None, noted: 0, backed_up: false };
        phone.reopen()?;
        Ok(phone)
    }

    /// The engine begins anew on what its store holds.
    pub fn reopen(&mut self) -> Result<()> {
        self.engine = None;
        self.engine = Some(Engine::open(&self.store, self.device.clone()).map_err(unexpected)?);
        Ok(())
    }

    /// It is switched off and on.
    pub fn restart(&mut self) -> Result<()> {
        self.device.reboot();
        self.reopen()
    }

    /// The engine.
    pub fn engine(&self) -> Result<&Engine> {
        self.engine.as_ref().ok_or_else(|| unexpected("the phone is off"))
    }

    /// Whose it is.
    pub fn person(&self) -> String {
        cast::person(self.owner)
    }

    /// Time passes.
    pub fn pass(&self, ms: u64) {
        self.device.advance(ms);
    }

    /// Its wall clock is wrong by so many years from now on.
    pub fn set_clock(&self, now_ms: i64, years: i8) {
        self.device.set_wall(now_ms + i64::from(years) * YEAR_MS);
    }

    /// Syncs. None: the phone died of it, and has been switched on again.
    pub fn sync(&mut self, link: &Link, budget: &Budget) -> Result<Option<Report>> {
        // Each request is answered, or will never be, before the engine is asked again: it has nothing to wait for.
        match self.engine()?.sync(link, budget).now_or_never() {
            Some(Ok(report)) => Ok(Some(report)),
            Some(Err(error)) => Err(unexpected(error)),
            None => self.restart().map(|()| None),
        }
    }

    /// A copy of the store is made.
    pub fn back_up(&mut self) -> Result<()> {
        self.copy_store(&self.store.clone(), &self.backup())?;
        self.backed_up = true;
        Ok(())
    }

    /// The copy is put back, if there is one: what was written since is forgotten here.
    pub fn put_back(&mut self) -> Result<()> {
        if self.backed_up {
            self.copy_store(&self.backup(), &self.store.clone())?;
            self.device.reboot();
            self.noted = 0;
        }
        Ok(())
    }

    fn backup(&self) -> PathBuf {
        self.store.with_extension("backup")
    }

    /// With the engine off, a store is one file.
    fn copy_store(&mut self, from: &Path, to: &Path) -> Result<()> {
        self.engine = None;
        std::fs::copy(from, to).map_err(unexpected)?;
        self.reopen()
    }

    /// Another phone, with a copy of all that is on this one.
    pub fn cloned(&mut self, folder: &Path, n: usize, seed: u64, now_ms: i64) -> Result<Self> {
        self.copy_store(&self.store.clone(), &folder.join(format!("{n}.phone")))?;
        let copy = Self::open(folder, (n, self.owner), seed, now_ms)?;
        // Two phones have no boot in common.
        (0..40).for_each(|_| copy.device.reboot());
        Ok(copy)
    }

    /// The person writes something.
    pub fn write(&self, what: What, which: u8, value: u8) -> Result<()> {
        match self.try_write(what, which, value) {
            // What nobody could want written, and an untagging of what has no such tag.
            Ok(()) | Err(Error::Refused(_) | Error::BadFields) => Ok(()),
            Err(error) => Err(unexpected(error)),
        }
    }

    fn try_write(&self, what: What, which: u8, value: u8) -> Result<(), Error> {
        let Some(engine) = &self.engine else { return Ok(()) };
        let village = VILLAGES[usize::from(which) % VILLAGES.len()];
        let (inspection, presence) = (format!("{village}/inspection"), format!("{village}/presence"));
        let person = self.person();
        let finding = format!("f{}", which % 2);
        let tag = format!("t{}", value % 2);
        let severity = ["minor", "serious", "grave"][usize::from(value) % 3];
        match what {
            What::Title => {
                engine.write(&Write::new(&inspection, "finding", &finding, json!({"title": format!("标题{value}")})))?
            }
            What::Severity => {
                engine.write(&Write::new(&inspection, "finding", &finding, json!({"severity": severity})))?
            }
            What::Tag => engine.add_to_set(&inspection, "finding", &finding, "tags", &[tag])?,
            What::Untag => engine.remove_from_set(&inspection, "finding", &finding, "tags", &[tag])?,
            What::Delete => engine.delete(&inspection, "finding", &finding)?,
            What::Note => {
                let scope = if self.owner % 5 < 2 { &inspection } else { &presence };
                engine.write(&Write::new(scope, "visit", "v", json!({"note": format!("记录{value}")})))?
            }
            What::RollCall => {
                let fields = json!({"person": cast::person(2), "state": "seen", "head_count": value % 4});
                engine.write(&Write::new(&inspection, "roll_call", &engine.own_id()?, fields))?
            }
            What::Correction => {
                let called = engine.list(&inspection, "roll_call")?;
                let Some(one) = called.get(usize::from(value) % called.len().max(1)) else { return Ok(()) };
                let fields = json!({"state": "absent", "head_count": value % 4});
                engine.write(&Write::new(&inspection, "roll_call", &one.id, fields))?
            }
            What::Answer => {
                let tpl = format!("check@{}", 1 + value % cast::VERSIONS);
                let id = mobile_schema::derived_id("response", &["v", "check"]);
                let fields =
                    json!({"i.diligence": value % 10, "i.in_village": value.is_multiple_of(2), "i.note": "好"});
                engine.write(&Write::new(&inspection, "response", &id, fields).tpl(&tpl).unchecked())?
            }
            What::HeadCount => {
                let scope = format!("{village}/household");
                engine.write(&Write::new(&scope, "household", "h1", json!({"head_count": value % 5})))?
            }
            What::WorkLog => {
                let fields = json!({"person": person, "village": village, "text": format!("走访{value}户")});
                engine.write(&Write::new(&presence, "work_log", &format!("w{}", value % 3), fields))?
            }
            What::Leave => {
                let fields = json!({"person": person, "kind": "sick", "from": "2026-11-21", "to": "2026-11-22"});
                engine.write(&Write::new(&format!("{person}/own"), "leave", &format!("l{}", value % 3), fields))?
            }
            What::UnknownKind => {
                engine.write(&Write::new(&inspection, "drone_flight", "d", json!({"n": value})).unchecked())?
            }
            What::Usurped => {
                let fields = json!({"person": person, "role": "office", "place": cast::DISTRICT, "from": 0});
                engine.write(&Write::new(&format!("{person}/own"), "grant", "mine", fields).unchecked())?
            }
            What::Garbage => {
                engine.append_raw_line(format!("{{\"k\":\"finding\",\"n\":\"\\u0000{value}").as_bytes())?
            }
            What::Time => engine.write_time_line()?,
        };
        Ok(())
    }

    /// The record exactly as fed to it.
    pub fn fed(&self, scope: &str, kind: &str, id: &str) -> Result<Option<String>> {
        self.engine()?.fed_body(scope, kind, id).map_err(unexpected)
    }
}
