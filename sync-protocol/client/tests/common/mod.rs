//! A server in the test's own process: just enough of the protocol, by the pure functions of `sync-protocol`, and phones enrolled at it.
#![allow(dead_code, reason = "each test file uses its part")]

mod media;
mod pull;
mod push;
pub mod server;

use std::sync::Arc;

use serde_json::{Value, json};
use zhucun_client::{Budget, Engine, Report, Write, device::ScriptedDevice, transport::Transport};

pub use server::Server;

pub const VILLAGE: &str = "440811070201/presence";
pub const OTHER: &str = "440811070202/presence";
/// A wall clock that is right.
pub const RIGHT: i64 = 1_780_000_000_000;

/// A phone: its device, and the engine on it.
pub struct Phone {
    pub device: Arc<ScriptedDevice>,
    pub engine: Engine,
    pub person: String,
}

impl Phone {
    /// A phone enrolled for that person, in memory.
    pub fn new(server: &Server, name: &str, seed: u64) -> Self {
        let device = Arc::new(ScriptedDevice::new(seed, RIGHT));
        let engine = Engine::in_memory(device.clone()).unwrap();
        let person = format!("zjedz.p.{name}");
        engine.enrolled(&server.enrol(&person, &engine.enrol_request().unwrap())).unwrap();
        Self { device, engine, person }
    }

    /// Writes a visit.
    pub fn visit(&self, id: &str, note: &str) {
        self.engine.write(&Write::new(VILLAGE, "visit", id, json!({ "note": note }))).unwrap();
    }

    /// What it shows of a visit.
    pub fn note(&self, id: &str) -> Option<String> {
        self.engine.view(VILLAGE, "visit", id).unwrap()?.get("note")
    }

    /// One sync.
    pub async fn sync(&self, transport: &impl Transport) -> Report {
        self.engine.sync(transport, &Budget::ALL).await.unwrap()
    }

    /// Syncs, waiting as the engine says, until all is delivered; gives how often.
    pub async fn drain(&self, transport: &impl Transport) -> usize {
        for round in 1..=2_000 {
            let report = self.sync(transport).await;
            if report.drained && report.failures.is_empty() && report.checkpoints > 0 {
                return round;
            }
            self.device.advance(report.wait_ms.unwrap_or(1_000));
        }
        panic!("it never drains: {:?}", self.engine.pending());
    }
}

/// The fields a view shows.
pub fn shown(engine: &Engine, scope: &str, kind: &str, id: &str) -> Value {
    engine.view(scope, kind, id).unwrap().map_or(Value::Null, |view| view.json())
}
