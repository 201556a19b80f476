//! What is kept for a server that may have been put back to an earlier state: how far it is doubted, and operations it may have lost.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::Result;

/// How far the server is doubted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Doubt {
    /// It may lack what it acknowledged: the newest receipt is to be presented.
    pub unproved: bool,
    /// It did lose lines. Once it has all again it is to be shown when it had received them first.
    pub refilling: bool,
}

impl Doubt {
    /// Whether it is doubted at all.
    pub(crate) fn any(self) -> bool {
        self.unproved || self.refilling
    }
}

pub(crate) fn doubt(db: &Connection) -> Result<Doubt> {
    let bits: Option<i64> = db.prepare_cached("SELECT doubt FROM identity")?.query_row([], |r| r.get(0)).optional()?;
    let bits = bits.unwrap_or(0);
    Ok(Doubt { unproved: bits & 1 != 0, refilling: bits & 2 != 0 })
}

pub(crate) fn set_doubt(db: &Connection, doubt: Doubt) -> Result<()> {
    let bits = i64::from(doubt.unproved) | i64::from(doubt.refilling) << 1;
    db.prepare_cached("UPDATE identity SET doubt = ?1 WHERE doubt <> ?1")?.execute([bits])?;
    Ok(())
}

/// An operation that was shown once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unseen {
    pub dot: String,
    pub scope: String,
    pub kind: String,
    pub id: String,
}

/// So many are kept for naming; what is beyond says nothing new to an office.
const MOST: i64 = 5_000;

pub(crate) fn add_unseen(db: &Connection, unseen: &[Unseen]) -> Result<()> {
    let mut statement = db.prepare_cached(
        "INSERT INTO unseen SELECT ?1, ?2, ?3, ?4 WHERE (SELECT count(*) FROM unseen) < ?5 ON CONFLICT DO NOTHING",
    )?;
    for one in unseen {
        statement.execute(params![one.dot, one.scope, one.kind, one.id, MOST])?;
    }
    Ok(())
}

/// Some of them, at most that many.
pub(crate) fn unseen(db: &Connection, most: usize) -> Result<Vec<Unseen>> {
    let mut statement = db.prepare_cached("SELECT dot, scope, kind, id FROM unseen ORDER BY dot LIMIT ?")?;
    let rows = statement.query_map([most as i64], |r| {
        Ok(Unseen { dot: r.get(0)?, scope: r.get(1)?, kind: r.get(2)?, id: r.get(3)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// They have been named.
pub(crate) fn forget_unseen(db: &Connection, named: &[Unseen]) -> Result<()> {
    for one in named {
        db.prepare_cached("DELETE FROM unseen WHERE dot = ?")?.execute([&one.dot])?;
    }
    Ok(())
}
