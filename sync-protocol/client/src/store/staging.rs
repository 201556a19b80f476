//! Pages of a pull on their way to the checkpoint. Each page is durable as it ends; one that is cut leaves nothing.

use rusqlite::{Connection, params};
use sync_protocol::Hash;

use super::{Result, hash};

/// A body as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Staged {
    pub scope: String,
    pub kind: String,
    pub id: String,
    /// It says that nothing of the record stands.
    pub empty: bool,
    /// None for derived records.
    pub hash: Option<Hash>,
    pub body: String,
}

pub(crate) fn cursor(db: &Connection) -> Result<Option<String>> {
    Ok(db.prepare_cached("SELECT cursor FROM pull")?.query_row([], |r| r.get(0))?)
}

pub(crate) fn set_cursor(db: &Connection, cursor: &str) -> Result<()> {
    db.execute("UPDATE pull SET cursor = ?", [cursor])?;
    Ok(())
}

/// Whether pages of a pull are staged, or were and were all empty: the cursor is one within a pull.
pub(crate) fn epoch(db: &Connection) -> Result<Option<String>> {
    Ok(db.prepare_cached("SELECT epoch FROM pull")?.query_row([], |r| r.get(0))?)
}

pub(crate) fn set_epoch(db: &Connection, epoch: Option<&str>) -> Result<()> {
    db.execute("UPDATE pull SET epoch = ?", [epoch])?;
    Ok(())
}

/// Rows of the page being received.
pub(crate) fn add(db: &Connection, rows: &[Staged]) -> Result<()> {
    let mut statement = db.prepare_cached(
        "INSERT OR REPLACE INTO staged (page, scope, kind, id, empty, hash, body) VALUES (1, ?, ?, ?, ?, ?, ?)",
    )?;
    for row in rows {
        let hash = row.hash.as_ref().map(|h| &h[..]);
        statement.execute(params![row.scope, row.kind, row.id, row.empty, hash, row.body])?;
    }
    Ok(())
}

/// The page was cut, or is about to be asked for: what came of it goes.
pub(crate) fn clear_page(db: &Connection) -> Result<()> {
    db.prepare_cached("DELETE FROM staged WHERE page = 1")?.execute([])?;
    Ok(())
}

/// The page is complete: it replaces what earlier pages said of the same records.
pub(crate) fn keep_page(db: &Connection) -> Result<()> {
    db.execute("UPDATE OR REPLACE staged SET page = 0 WHERE page = 1", [])?;
    Ok(())
}

/// Forgets what complete pages brought.
pub(crate) fn clear_kept(db: &Connection) -> Result<()> {
    db.execute("DELETE FROM staged WHERE page = 0", [])?;
    Ok(())
}

/// Hands each row of the complete pages on, by scope.
pub(crate) fn each(db: &Connection, mut f: impl FnMut(Staged) -> Result<()>) -> Result<()> {
    let mut statement =
        db.prepare_cached("SELECT scope, kind, id, empty, hash, body FROM staged WHERE page = 0 ORDER BY scope, kind, id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let blob: Option<Vec<u8>> = row.get(4)?;
        f(Staged {
            scope: row.get(0)?,
            kind: row.get(1)?,
            id: row.get(2)?,
            empty: row.get(3)?,
            hash: blob.map(hash).transpose()?,
            body: row.get(5)?,
        })?;
    }
    Ok(())
}
