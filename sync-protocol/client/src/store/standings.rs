//! What the server says of own lines.

use rusqlite::{Connection, params};

use super::{Result, count, int};

/// Where an own line stands, as last heard. Lines that are applied are not listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardStanding {
    /// The line.
    pub seq: u64,
    /// `outranked`, `conflict`, `held`, `quarantined`, `refused` or `unreadable`.
    pub state: String,
    /// Why: a stable code.
    pub code: String,
    /// For a person.
    pub sentence: String,
}

pub(crate) fn set(db: &Connection, standing: &HeardStanding) -> Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO standings VALUES (?, ?, ?, ?)")?.execute(params![
        int(standing.seq),
        standing.state,
        standing.code,
        standing.sentence
    ])?;
    Ok(())
}

/// These lines are applied, as far as known.
pub(crate) fn clear(db: &Connection, from: u64, to: u64) -> Result<()> {
    db.prepare_cached("DELETE FROM standings WHERE seq BETWEEN ? AND ?")?.execute([int(from), int(to)])?;
    Ok(())
}

pub(crate) fn all(db: &Connection) -> Result<Vec<HeardStanding>> {
    let mut statement = db.prepare_cached("SELECT seq, state, code, sentence FROM standings ORDER BY seq")?;
    let rows = statement.query_map([], |r| {
        Ok(HeardStanding { seq: count(r.get(0)?), state: r.get(1)?, code: r.get(2)?, sentence: r.get(3)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
