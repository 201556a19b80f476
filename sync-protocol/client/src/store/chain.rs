//! The chain of own lines: the outbox, and what was acknowledged and is kept.

use rusqlite::{Connection, OptionalExtension as _, params};
use sync_protocol::{
    Dot, Hash, InstallId,
    chain::{blank_line, genesis, line_hash, next},
    sign::Receipt,
};

use super::{Result, count, hash, int};
use crate::error::Error;

/// How far the chain is. Lines behind `acked` are queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marks {
    pub install: InstallId,
    pub seq: u64,
    pub head: Hash,
    pub acked: u64,
    pub pulling: u64,
    pub reflected: u64,
}

/// The record a line writes to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About<'a> {
    pub scope: &'a str,
    pub kind: &'a str,
    pub id: &'a str,
}

pub(crate) fn begin(db: &Connection, install: InstallId) -> Result<()> {
    db.execute(
        "INSERT INTO chain VALUES (1, ?, 0, ?, 0, 0, 0) ON CONFLICT DO NOTHING",
        params![install.to_string(), genesis(install)],
    )?;
    Ok(())
}

pub(crate) fn marks(db: &Connection) -> Result<Marks> {
    let mut statement = db.prepare_cached("SELECT install, seq, head, acked, pulling, reflected FROM chain")?;
    let row = statement.query_row([], |r| {
        let (install, head): (String, Vec<u8>) = (r.get(0)?, r.get(2)?);
        Ok((install, head, [count(r.get(1)?), count(r.get(3)?), count(r.get(4)?), count(r.get(5)?)]))
    });
    let (install, head, [seq, acked, pulling, reflected]) = row.optional()?.ok_or(Error::NotEnrolled)?;
    let install = install.parse().map_err(|_| Error::DamagedStore("an install"))?;
    Ok(Marks { install, seq, head: hash(head)?, acked, pulling, reflected })
}

pub(crate) fn set_marks(db: &Connection, marks: &Marks) -> Result<()> {
    db.prepare_cached("UPDATE chain SET seq = ?, head = ?, acked = ?, pulling = ?, reflected = ?")?
        .execute(params![int(marks.seq), marks.head, int(marks.acked), int(marks.pulling), int(marks.reflected)])?;
    Ok(())
}

/// Appends a line; `marks` move with it, and are to be stored by the caller once the batch is complete.
pub(crate) fn append(db: &Connection, marks: &mut Marks, bytes: &[u8], about: Option<About<'_>>) -> Result<Dot> {
    let hash = line_hash(bytes);
    marks.seq += 1;
    marks.head = next(&marks.head, &hash);
    db.prepare_cached("INSERT INTO lines (seq, bytes, hash, head, scope, kind, id) VALUES (?, ?, ?, ?, ?, ?, ?)")?
        .execute(params![
            int(marks.seq),
            bytes,
            hash,
            marks.head,
            about.map(|a| a.scope),
            about.map(|a| a.kind),
            about.map(|a| a.id)
        ])?;
    Ok(Dot::new(marks.install, marks.seq, &hash))
}

/// The head after that line.
pub(crate) fn head_at(db: &Connection, install: InstallId, seq: u64) -> Result<Option<Hash>> {
    if seq == 0 {
        return Ok(Some(genesis(install)));
    }
    let head: Option<Vec<u8>> =
        db.prepare_cached("SELECT head FROM lines WHERE seq = ?")?.query_row([int(seq)], |r| r.get(0)).optional()?;
    head.map(hash).transpose()
}

/// Sizes in bytes of the first queued lines, at most that many.
pub(crate) fn queued_sizes(db: &Connection, acked: u64, most: usize) -> Result<Vec<usize>> {
    let mut statement =
        db.prepare_cached("SELECT coalesce(length(bytes), 69) FROM lines WHERE seq > ? ORDER BY seq LIMIT ?")?;
    let rows = statement.query_map(params![int(acked), int(most as u64)], |r| r.get::<_, i64>(0))?;
    Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().map(|n| count(n) as usize).collect())
}

/// The bytes of a stretch of lines, both ends included. For lines whose bytes were pruned blanks stand.
pub(crate) fn stretch(db: &Connection, from: u64, to: u64) -> Result<Vec<Vec<u8>>> {
    let mut statement = db.prepare_cached("SELECT bytes, hash FROM lines WHERE seq BETWEEN ? AND ? ORDER BY seq")?;
    let rows = statement
        .query_map([int(from), int(to)], |r| Ok((r.get::<_, Option<Vec<u8>>>(0)?, r.get::<_, Vec<u8>>(1)?)))?;
    let mut lines = Vec::new();
    for row in rows {
        let (bytes, line) = row?;
        lines.push(match bytes {
            Some(bytes) => bytes,
            None => blank_line(&hash(line)?),
        });
    }
    Ok(lines)
}

/// The bytes of the lines right before `seq`, in order, at most that many: as far back as they were kept.
pub(crate) fn kept_before(db: &Connection, seq: u64, most: u64) -> Result<Vec<Vec<u8>>> {
    let mut statement = db.prepare_cached("SELECT bytes FROM lines WHERE seq < ? ORDER BY seq DESC LIMIT ?")?;
    let mut rows = statement.query(params![int(seq), int(most)])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        let Some(bytes) = row.get::<_, Option<Vec<u8>>>(0)? else { break };
        lines.push(bytes);
    }
    lines.reverse();
    Ok(lines)
}

/// An own line that the records as fed do not show yet.
#[derive(Debug, Clone)]
pub(crate) struct OwnLine {
    pub seq: u64,
    pub bytes: Vec<u8>,
    pub id: String,
}

/// Own lines after `after` to records of that kind in that scope (to one record, if `id` is given), in order.
pub(crate) fn own_lines(
    db: &Connection,
    scope: &str,
    kind: &str,
    id: Option<&str>,
    after: u64,
) -> Result<Vec<OwnLine>> {
    let line = |r: &rusqlite::Row<'_>| Ok(OwnLine { seq: count(r.get(0)?), bytes: r.get(1)?, id: r.get(2)? });
    let of = "SELECT seq, bytes, id FROM lines WHERE scope = ? AND kind = ? AND seq > ? AND bytes IS NOT NULL";
    let rows: rusqlite::Result<_> = match id {
        Some(id) => db
            .prepare_cached(&format!("{of} AND id = ? ORDER BY seq"))?
            .query_map(params![scope, kind, int(after), id], line)?
            .collect(),
        None => db
            .prepare_cached(&format!("{of} ORDER BY seq"))?
            .query_map(params![scope, kind, int(after)], line)?
            .collect(),
    };
    Ok(rows?)
}

/// Whether lines for that scope are queued.
pub(crate) fn queued_for(db: &Connection, scope: &str, acked: u64) -> Result<bool> {
    let mut statement = db.prepare_cached("SELECT EXISTS (SELECT 1 FROM lines WHERE scope = ? AND seq > ?)")?;
    Ok(statement.query_row(params![scope, int(acked)], |r| r.get(0))?)
}

pub(crate) fn add_receipt(db: &Connection, receipt: &Receipt) -> Result<()> {
    let body = serde_json::to_string(receipt).map_err(|_| Error::BadReceipt("not written"))?;
    db.prepare_cached("INSERT INTO receipts (to_seq, at_ms, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")?
        .execute(params![int(receipt.to), receipt.at, body])?;
    Ok(())
}

pub(crate) fn receipts(db: &Connection) -> Result<Vec<Receipt>> {
    let mut statement = db.prepare_cached("SELECT body FROM receipts ORDER BY to_seq, at_ms")?;
    let bodies = statement.query_map([], |r| r.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    bodies.iter().map(|b| serde_json::from_str(b).map_err(|_| Error::DamagedStore("a receipt"))).collect()
}

/// Forgets the bytes of lines that receipts from before `before_ms` cover, and all those receipts but the newest. Hashes and
/// heads stay: with them a blank can still stand for each line. Gives the number of lines.
pub(crate) fn prune(db: &Connection, acked: u64, before_ms: i64) -> Result<usize> {
    let covered: Option<i64> = db.query_row(
        "SELECT max(to_seq) FROM receipts WHERE at_ms < ? AND to_seq <= ?",
        params![before_ms, int(acked)],
        |r| r.get(0),
    )?;
    let Some(covered) = covered else { return Ok(0) };
    let n = db.execute("UPDATE lines SET bytes = NULL WHERE seq <= ? AND bytes IS NOT NULL", [covered])?;
    db.execute("DELETE FROM receipts WHERE at_ms < ? AND to_seq < (SELECT max(to_seq) FROM receipts)", [before_ms])?;
    Ok(n)
}
