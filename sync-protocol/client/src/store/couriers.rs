//! Pushes of other phones that this one carries, and the answers it brings back.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Result, count, int};

/// A push carried for another phone.
#[derive(Debug, Clone)]
pub(crate) struct Carried {
    pub n: u64,
    pub body: Vec<u8>,
    pub attempts: u32,
}

/// The answer to a carried push.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub install: String,
    pub status: u16,
    pub body: Vec<u8>,
}

pub(crate) fn add(db: &Connection, install: &str, body: &[u8]) -> Result<()> {
    db.execute("INSERT INTO carried (install, body) VALUES (?, ?) ON CONFLICT DO NOTHING", params![install, body])?;
    Ok(())
}

/// How many are still to be delivered.
pub(crate) fn waiting(db: &Connection) -> Result<u64> {
    let mut statement = db.prepare_cached("SELECT count(*) FROM carried WHERE status IS NULL")?;
    Ok(count(statement.query_row([], |r| r.get(0))?))
}

/// The first to be delivered.
pub(crate) fn first(db: &Connection) -> Result<Option<Carried>> {
    let mut statement =
        db.prepare_cached("SELECT n, body, attempts FROM carried WHERE status IS NULL ORDER BY n LIMIT 1")?;
    let row = statement.query_row([], |r| Ok(Carried { n: count(r.get(0)?), body: r.get(1)?, attempts: r.get(2)? }));
    Ok(row.optional()?)
}

pub(crate) fn failed(db: &Connection, n: u64) -> Result<()> {
    db.execute("UPDATE carried SET attempts = attempts + 1 WHERE n = ?", [int(n)])?;
    Ok(())
}

/// Notes the answer. The body of the push is kept until the answer was handed over: it recognises the same file carried twice.
pub(crate) fn answered(db: &Connection, n: u64, status: u16, answer: &[u8]) -> Result<()> {
    db.execute("UPDATE carried SET status = ?, answer = ? WHERE n = ?", params![status, answer, int(n)])?;
    Ok(())
}

pub(crate) fn answers(db: &Connection) -> Result<Vec<Answer>> {
    let mut statement =
        db.prepare_cached("SELECT install, status, answer FROM carried WHERE status IS NOT NULL ORDER BY n")?;
    let rows = statement.query_map([], |r| Ok(Answer { install: r.get(0)?, status: r.get(1)?, body: r.get(2)? }))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(crate) fn forget_answered(db: &Connection) -> Result<()> {
    db.execute("DELETE FROM carried WHERE status IS NOT NULL", [])?;
    Ok(())
}
