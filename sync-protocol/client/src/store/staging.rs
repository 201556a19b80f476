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

/// Forgets how far this phone is: the next pull begins without a cursor. What is shown stays until its checkpoint.
pub(crate) fn reset(db: &Connection) -> Result<()> {
    db.execute("UPDATE pull SET cursor = NULL, epoch = NULL, whole = 0", [])?;
    db.execute("DELETE FROM staged", [])?;
    Ok(())
}

/// Whether the pull under way began without a cursor.
pub(crate) fn is_whole(db: &Connection) -> Result<bool> {
    Ok(db.query_row("SELECT whole FROM pull", [], |r| r.get(0))?)
}

pub(crate) fn set_cursor(db: &Connection, cursor: &str) -> Result<()> {
    db.execute("UPDATE pull SET cursor = ?", [cursor])?;
    Ok(())
}

/// The epoch of the pull under way, if one is: then the cursor stands within it.
pub(crate) fn epoch(db: &Connection) -> Result<Option<String>> {
    Ok(db.prepare_cached("SELECT epoch FROM pull")?.query_row([], |r| r.get(0))?)
}

/// A pull begins: in that epoch, and `whole` if without a cursor.
pub(crate) fn begin(db: &Connection, epoch: &str, whole: bool) -> Result<()> {
    db.execute("DELETE FROM staged WHERE page = 0", [])?;
    db.execute("UPDATE pull SET epoch = ?, whole = ?", params![epoch, whole])?;
    Ok(())
}

/// The pull has come to its checkpoint.
pub(crate) fn end(db: &Connection, cursor: &str) -> Result<()> {
    db.execute("DELETE FROM staged WHERE page = 0", [])?;
    db.execute("UPDATE pull SET cursor = ?, epoch = NULL, whole = 0", [cursor])?;
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

/// Hands each row of the complete pages on, by scope.
pub(crate) fn each(db: &Connection, mut f: impl FnMut(Staged) -> Result<()>) -> Result<()> {
    let mut statement = db.prepare_cached(
        "SELECT scope, kind, id, empty, hash, body FROM staged WHERE page = 0 ORDER BY scope, kind, id",
    )?;
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
