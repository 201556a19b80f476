//! The phone's store: one SQLite file. Each file here holds the statements of one concern, as functions on an open transaction;
//! what they mean together is decided elsewhere.
//!
//! WAL with `synchronous=FULL`: what a call has returned for is on the disk, also after the battery was pulled.

pub(crate) mod chain;
pub(crate) mod couriers;
pub(crate) mod fillings;
pub(crate) mod healing;
pub(crate) mod identity;
pub(crate) mod photos;
pub(crate) mod records;
pub(crate) mod staging;
pub(crate) mod standings;

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::error::Error;

pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

const VERSION: i64 = 4;

/// The open file. One connection: a phone has one writer, and its reads are short.
pub(crate) struct Store(Mutex<Connection>);

impl Store {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        Self::prepare(Connection::open(path)?)
    }

    pub(crate) fn in_memory() -> Result<Self> {
        Self::prepare(Connection::open_in_memory()?)
    }

    fn prepare(mut db: Connection) -> Result<Self> {
        // Another process of the app (a background service) may have the file open.
        db.busy_timeout(Duration::from_secs(10))?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        // On Apple's systems fsync alone does not reach the flash.
        db.pragma_update(None, "fullfsync", true)?;
        db.set_prepared_statement_cache_capacity(64);
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Each step is written once and never edited: a phone may come from any of them.
        const STEPS: [&str; VERSION as usize] = [
            include_str!("schema.sql"),
            include_str!("schema-2.sql"),
            include_str!("schema-3.sql"),
            include_str!("schema-4.sql"),
        ];
        let version = tx.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))?;
        let done = usize::try_from(version).ok().filter(|n| *n <= STEPS.len()).ok_or(Error::NewerStore(version))?;
        for step in &STEPS[done..] {
            tx.execute_batch(step)?;
        }
        tx.pragma_update(None, "user_version", VERSION)?;
        tx.commit()?;
        Ok(Self(Mutex::new(db)))
    }

    /// Runs `f` in one durable transaction; none of it happened if it fails.
    pub(crate) fn write<T>(&self, f: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        // A panic in `f` dropped its transaction, so the connection behind a poisoned lock is whole.
        let mut db = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let out = f(&tx)?;
        tx.commit()?;
        Ok(out)
    }

    /// Runs `f` on one consistent state.
    pub(crate) fn read<T>(&self, f: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let mut db = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        f(&db.transaction_with_behavior(TransactionBehavior::Deferred)?)
    }
}

/// A stored blob as a hash.
pub(crate) fn hash(blob: Vec<u8>) -> Result<sync_protocol::Hash> {
    blob.try_into().map_err(|_| Error::DamagedStore("a hash"))
}

/// A stored number as a count. Nothing here is ever negative.
pub(crate) fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

/// A count as SQLite stores it. Seqs and sizes stay below 2^53.
pub(crate) fn int(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
