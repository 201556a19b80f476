//! Phones for load: the engine that real phones embed writes the lines, at the times of a simulated year; then they are sealed into
//! pushes of the sizes wanted. An engine by itself seals a push only when the one before was answered, and then as large as it can, so
//! sealing is done here, with the engine's own key, chain and packing. All of it before the clock starts: what is measured is the server.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use serde_json::json;
use sync_protocol::{
    Hash, InstallId, chain,
    push::{self, Push},
    sign::PrivateKey,
};
use zhucun_client::{
    Engine, Write,
    batch::Limits,
    calls,
    device::{Device as _, ScriptedDevice},
    transport::Http,
};

use super::{
    people::Inspector,
    visit::{self, Trip},
};
use crate::office::Office;

const DAY_MS: i64 = 86_400_000;
/// 2026-01-05, 09:00 in Shanghai: the demo's stations begin with the year.
pub const FIRST_VISIT_MS: i64 = 1_767_574_800_000;
/// A visit in the morning, one in the afternoon.
const AFTERNOON_MS: i64 = 5 * 3_600_000;

/// A push ready to be sent, packed as phones pack it.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// The body, zstd.
    pub body: Bytes,
}

/// A phone.
pub struct LoadPhone {
    /// Its engine.
    pub engine: Engine,
    device: Arc<ScriptedDevice>,
    who: Inspector,
    key: PrivateKey,
    install: InstallId,
    seed: u64,
    visits: u64,
    lines: Vec<Vec<u8>>,
    sealed: usize,
    head: Hash,
}

impl LoadPhone {
    /// Enrols the person's phone, as phones do.
    pub async fn enrol(office: &Office, server: &str, who: &Inspector, seed: u64) -> Result<Self> {
        let device = Arc::new(ScriptedDevice::new(seed, FIRST_VISIT_MS - DAY_MS));
        let engine = Engine::in_memory(device.clone())?;
        let install = engine.enrol(&Http::new(server)?, &office.enrolment_code(&who.person).await?).await?;
        let key = key_of(seed)?;
        ensure!(
            engine.enrol_request()? == key.public().text(),
            "the engine made its key of other bytes than its first"
        );
        let head = chain::genesis(install);
        Ok(Self { engine, device, who: who.clone(), key, install, seed, visits: 0, lines: Vec::new(), sealed: 0, head })
    }

    /// Its first visit comes as many days later as so many visits take.
    pub fn begin_after(&mut self, visits: u64) {
        self.visits = visits;
    }

    /// Makes so many standard visits, two a day.
    pub fn make_visits(&mut self, count: usize) -> Result<()> {
        for _ in 0..count {
            let half_days = (self.visits / 2) as i64 * DAY_MS + (self.visits % 2) as i64 * AFTERNOON_MS;
            let begins_ms = FIRST_VISIT_MS + half_days + (self.seed % 60) as i64 * 60_000;
            let trip = Trip {
                person: &self.who.person,
                village: &self.who.village,
                inside: self.who.inside,
                begins_ms,
                seed: self.seed << 32 | self.visits,
            };
            let id = self.engine.new_id()?;
            let lines = visit::write(&trip, &id, || self.engine.own_id())?;
            // In the field: a boot that heard of no server, and satellites that say when it is.
            self.device.reboot();
            let mut at_ms = 0;
            for (after_ms, write) in &lines {
                self.device.advance((after_ms - at_ms) as u64);
                at_ms = *after_ms;
                self.device.set_satellite(u64::try_from(begins_ms + at_ms).ok());
                self.engine.write(write)?;
            }
            self.visits += 1;
        }
        Ok(())
    }

    /// Makes so many small operations: notes of a work log, each a record of its own, on as many days.
    pub fn make_notes(&mut self, count: usize) -> Result<()> {
        let scope = format!("{}/presence", self.who.village);
        for n in 0..count as i64 {
            let at_ms = FIRST_VISIT_MS + n % 300 * DAY_MS;
            self.device.reboot();
            self.device.set_satellite(u64::try_from(at_ms).ok());
            let day = jiff::Timestamp::from_millisecond(at_ms)?.strftime("%Y-%m-%d").to_string();
            let fields = json!({"person": self.who.person, "village": self.who.village, "day": day, "text": "上午入户两家，下午整理台账。"});
            self.engine.write(&Write::new(&scope, "work_log", &self.engine.new_id()?, fields))?;
        }
        Ok(())
    }

    /// Seals all that was made and not yet sealed into pushes of so many lines.
    pub fn seal(&mut self, lines_a_push: usize) -> Result<Vec<Sealed>> {
        self.take_lines()?;
        let mut pushes = Vec::new();
        while self.sealed < self.lines.len() {
            let lines = &self.lines[self.sealed..(self.sealed + lines_a_push).min(self.lines.len())];
            let header = push::header(self.install, self.sealed as u64 + 1, &self.head, None, None);
            let made = push::make(&header, &self.head, lines, &self.key);
            self.sealed += lines.len();
            self.head = made.head;
            pushes.push(Sealed { body: calls::push(&made.body).body });
        }
        Ok(pushes)
    }

    /// The lines that the engine queued since.
    fn take_lines(&mut self) -> Result<()> {
        let everything = Limits { lines: 1 << 30, bytes: 1 << 40 };
        let queued = self.engine.next_push(everything)?.context("nothing was written")?;
        let read = Push::read(&queued.body)?;
        ensure!(read.header.first == 1, "the engine believes that some of it was acknowledged");
        self.lines = read.lines.iter().map(|line| line.to_vec()).collect();
        Ok(())
    }
}

/// The first bytes that the device gives are those that the engine makes its key of.
fn key_of(seed: u64) -> Result<PrivateKey> {
    let mut bytes = [0; 32];
    ScriptedDevice::new(seed, 0).random(&mut bytes);
    PrivateKey::from_bytes(&bytes).context("not a key")
}
