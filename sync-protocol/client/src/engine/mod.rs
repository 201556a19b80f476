//! The engine: what an app calls. Every call here is synchronous and local, and what it changes is one durable transaction.
//!
//! Files by concern: enrolling, writing, filling checklists, looking, photos, pushes (as bodies, for whatever carries them), couriers.

mod courier;
mod enrol;
mod filling;
mod look;
mod photos;
mod push;
mod write;

use std::{
    collections::HashMap,
    ops::Range,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use mobile_schema::Template;
use rusqlite::Connection;

pub use courier::{CarriedOver, Courier, Proved, WithPhotos};
pub use filling::Filling;
pub use look::{Chain, Pending, PhotoCounts};
pub use photos::{Attached, PhotoSource, Pruned};
pub use push::PreparedPush;
pub(crate) use push::{BAD_SIGNATURE, UNKNOWN_KEY, drop_left_scopes, hear_epoch, probe, requeue, suspect};

use crate::{
    batch::Limits,
    clock::{Heard, Reading},
    device::Device,
    error::Error,
    plan::{Lane, Lanes},
    store::{
        Result, Store,
        identity::{self, Identity},
    },
};

/// The engine of one install on one phone. All methods take `&self`: an app writes while a sync is under way.
pub struct Engine {
    pub(crate) store: Store,
    pub(crate) device: Box<dyn Device>,
    live: Mutex<Live>,
}

/// What is known only while the process lives, and costs at most a request to learn again.
#[derive(Default)]
pub(crate) struct Live {
    identity: Option<Arc<Identity>>,
    /// The boot in which the moments below mean something.
    boot: String,
    pub lanes: Lanes,
    pub limits: Limits,
    /// Pushes are not packed against earlier lines any more: once that went wrong.
    pub plain: bool,
    pub session: Option<Session>,
    /// Counts for own ids, reserved in the store.
    ids: Range<u64>,
    pub busy: Vec<Lane>,
    /// Templates never change, and a large one takes a millisecond to read.
    templates: HashMap<String, Arc<Template>>,
}

/// An access token.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub token: String,
    pub until_mono_ms: u64,
    /// It was taken at least once: if it is refused then, it ran out, and a new one will do.
    pub proven: bool,
}

impl Engine {
    /// Opens (or creates) the store at that path. Give a `Device` of the phone, or an `Arc` of one.
    pub fn open(path: impl AsRef<Path>, device: impl Device + 'static) -> Result<Self> {
        Ok(Self::with(Store::open(path.as_ref())?, device))
    }

    /// An engine that forgets all when dropped: for load programs and tests.
    pub fn in_memory(device: impl Device + 'static) -> Result<Self> {
        Ok(Self::with(Store::in_memory()?, device))
    }

    fn with(store: Store, device: impl Device + 'static) -> Self {
        Self { store, device: Box::new(device), live: Mutex::default() }
    }

    /// The phone's clocks now.
    pub fn clocks(&self) -> Reading {
        Reading::take(&*self.device)
    }

    /// What lives only with the process. After a reboot (of a simulated phone) moments of the old boot mean nothing.
    pub(crate) fn live(&self) -> MutexGuard<'_, Live> {
        let mut live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        let boot = self.device.boot_id();
        if live.boot != boot {
            live.boot = boot;
            live.lanes = Lanes::default();
            live.session = None;
            live.plain = false;
        }
        live
    }

    pub(crate) fn identity(&self) -> Result<Arc<Identity>> {
        if let Some(identity) = &self.live().identity {
            return Ok(identity.clone());
        }
        let identity = Arc::new(self.store.read(|tx| identity::get(tx))?.ok_or(Error::NotEnrolled)?);
        self.live().identity = Some(identity.clone());
        Ok(identity)
    }

    /// Remembers the server's time, told in an answer to what was asked at that moment of the monotonic clock.
    pub(crate) fn hear(&self, db: &Connection, server_ms: i64, asked_mono_ms: u64) -> Result<()> {
        match Heard::new(server_ms, asked_mono_ms, &self.clocks()) {
            Some(heard) => identity::hear(db, &heard),
            None => Ok(()),
        }
    }
}
