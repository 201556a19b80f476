//! The records as fed, by scope, with a running digest of each scope.

use rusqlite::{Connection, OptionalExtension as _, params};
use sync_protocol::{Hash, record::Digest};

use super::{Result, hash};

/// A scope on this phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeState {
    /// Its name.
    pub scope: String,
    /// Digest of its records here, as hex.
    pub digest: String,
    /// It may no longer be read, and is dropped once its queue is empty.
    pub leaving: bool,
    /// It will be asked for anew with the next pull.
    pub again: bool,
}

pub(crate) fn body(db: &Connection, scope: &str, kind: &str, id: &str) -> Result<Option<String>> {
    let mut statement = db.prepare_cached("SELECT body FROM records WHERE scope = ? AND kind = ? AND id = ?")?;
    Ok(statement.query_row([scope, kind, id], |r| r.get(0)).optional()?)
}

/// (id, body) of the records of that kind in that scope, by id.
pub(crate) fn bodies(db: &Connection, scope: &str, kind: &str) -> Result<Vec<(String, String)>> {
    let mut statement = db.prepare_cached("SELECT id, body FROM records WHERE scope = ? AND kind = ? ORDER BY id")?;
    let rows = statement.query_map([scope, kind], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The ids of the records of that kind in whatever scope that begin so.
pub(crate) fn ids_anywhere(db: &Connection, kind: &str, prefix: &str) -> Result<Vec<String>> {
    let mut statement =
        db.prepare_cached("SELECT DISTINCT id FROM records WHERE kind = ?1 AND substr(id, 1, length(?2)) = ?2")?;
    let rows = statement.query_map([kind, prefix], |r| r.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The body of a record of that kind and id in whatever scope.
pub(crate) fn body_anywhere(db: &Connection, kind: &str, id: &str) -> Result<Option<String>> {
    let mut statement = db.prepare_cached("SELECT body FROM records WHERE kind = ? AND id = ? LIMIT 1")?;
    Ok(statement.query_row([kind, id], |r| r.get(0)).optional()?)
}

/// Hands on the body of each record of that scope.
pub(crate) fn each_body(db: &Connection, scope: &str, mut f: impl FnMut(&str) -> Result<()>) -> Result<()> {
    let mut statement = db.prepare_cached("SELECT body FROM records WHERE scope = ?")?;
    let mut rows = statement.query([scope])?;
    while let Some(row) = rows.next()? {
        f(row.get_ref(0)?.as_str().map_err(|_| crate::error::Error::DamagedStore("a record"))?)?;
    }
    Ok(())
}

pub(crate) fn count_in(db: &Connection, scope: &str) -> Result<u64> {
    Ok(super::count(db.query_row("SELECT count(*) FROM records WHERE scope = ?", [scope], |r| r.get(0))?))
}

pub(crate) fn scopes(db: &Connection) -> Result<Vec<ScopeState>> {
    let mut statement = db.prepare_cached("SELECT scope, digest, leaving, again FROM scopes ORDER BY scope")?;
    let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get::<_, Vec<u8>>(1)?, r.get(2)?, r.get::<_, i64>(3)?)))?;
    let mut scopes = Vec::new();
    for row in rows {
        let (scope, digest, leaving, again) = row?;
        scopes.push(ScopeState { scope, digest: Digest(hash(digest)?).hex(), leaving, again: again > 0 });
    }
    Ok(scopes)
}

pub(crate) fn digest(db: &Connection, scope: &str) -> Result<Digest> {
    let digest: Option<Vec<u8>> =
        db.prepare_cached("SELECT digest FROM scopes WHERE scope = ?")?.query_row([scope], |r| r.get(0)).optional()?;
    digest.map_or(Ok(Digest::default()), |d| Ok(Digest(hash(d)?)))
}

pub(crate) fn set_digest(db: &Connection, scope: &str, digest: &Digest) -> Result<()> {
    db.prepare_cached(
        "INSERT INTO scopes (scope, digest) VALUES (?1, ?2) ON CONFLICT (scope) DO UPDATE SET digest = ?2",
    )?
    .execute(params![scope, digest.0])?;
    Ok(())
}

/// The hash under which a stored record is in its scope's digest.
pub(crate) fn hash_of(db: &Connection, scope: &str, kind: &str, id: &str) -> Result<Option<Hash>> {
    let mut statement = db.prepare_cached("SELECT hash FROM records WHERE scope = ? AND kind = ? AND id = ?")?;
    let blob: Option<Option<Vec<u8>>> = statement.query_row([scope, kind, id], |r| r.get(0)).optional()?;
    blob.flatten().map(hash).transpose()
}

pub(crate) fn put(db: &Connection, scope: &str, kind: &str, id: &str, hash: Option<&Hash>, body: &str) -> Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO records (scope, kind, id, hash, body) VALUES (?, ?, ?, ?, ?)")?
        .execute(params![scope, kind, id, hash.map(|h| &h[..]), body])?;
    Ok(())
}

pub(crate) fn forget(db: &Connection, scope: &str, kind: &str, id: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM records WHERE scope = ? AND kind = ? AND id = ?")?.execute([scope, kind, id])?;
    Ok(())
}

/// Forgets the records of a scope that is sent whole; the scope stays, and is no longer asked for, nor left.
pub(crate) fn clear_scope(db: &Connection, scope: &str) -> Result<()> {
    db.execute("DELETE FROM records WHERE scope = ?", [scope])?;
    db.execute(
        "INSERT INTO scopes (scope, digest) VALUES (?1, ?2) ON CONFLICT (scope) DO UPDATE SET digest = ?2, leaving = 0, again = 0",
        params![scope, Digest::default().0],
    )?;
    Ok(())
}

pub(crate) fn drop_scope(db: &Connection, scope: &str) -> Result<()> {
    db.execute("DELETE FROM records WHERE scope = ?", [scope])?;
    db.execute("DELETE FROM scopes WHERE scope = ?", [scope])?;
    Ok(())
}

pub(crate) fn set_leaving(db: &Connection, scope: &str) -> Result<()> {
    db.execute("UPDATE scopes SET leaving = 1, again = 0 WHERE scope = ?", [scope])?;
    Ok(())
}

pub(crate) fn leaving(db: &Connection) -> Result<Vec<String>> {
    let mut statement = db.prepare_cached("SELECT scope FROM scopes WHERE leaving")?;
    let rows = statement.query_map([], |r| r.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Scopes to be asked for anew with the next page that begins a pull.
pub(crate) fn again(db: &Connection) -> Result<Vec<String>> {
    let mut statement = db.prepare_cached("SELECT scope FROM scopes WHERE again = 1 ORDER BY scope")?;
    let rows = statement.query_map([], |r| r.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(crate) fn set_again(db: &Connection, scope: &str) -> Result<()> {
    db.execute(
        "INSERT INTO scopes (scope, digest, again) VALUES (?1, ?2, 1) ON CONFLICT (scope) DO UPDATE SET again = 1",
        params![scope, Digest::default().0],
    )?;
    Ok(())
}

/// The cursor now stands for a pull that answers what was asked for anew.
pub(crate) fn again_asked(db: &Connection, scopes: &[String]) -> Result<()> {
    for scope in scopes {
        db.execute("UPDATE scopes SET again = 2 WHERE scope = ? AND again = 1", [scope])?;
    }
    Ok(())
}

/// At a checkpoint: what was asked for has been answered.
pub(crate) fn again_answered(db: &Connection) -> Result<()> {
    db.execute("UPDATE scopes SET again = 0 WHERE again = 2", [])?;
    Ok(())
}
