//! The media queue: photos on this phone, and how far each is on its way.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Result, count, int};
use crate::error::Error;

/// How far a photo is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PhotoState {
    /// On this phone only, as far as known.
    OnPhone,
    /// The server lacks it, and waits for it.
    Wanted,
    /// All bytes are there; the signed receipt is still to come.
    Received,
    /// Proved by a signed receipt to be whole and durable.
    Complete,
    /// The bytes are gone from this phone. The app declares it given up in the photo's record.
    Lost,
    /// Erased by the office: the server does not take it any more, and the bytes are gone from this phone's store.
    Erased,
}

impl PhotoState {
    const ALL: [(PhotoState, &'static str); 6] = [
        (PhotoState::OnPhone, "on_phone"),
        (PhotoState::Wanted, "wanted"),
        (PhotoState::Received, "received"),
        (PhotoState::Complete, "complete"),
        (PhotoState::Lost, "lost"),
        (PhotoState::Erased, "erased"),
    ];

    /// The name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(s, _)| *s == self).map_or("", |(_, name)| name)
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, n)| *n == name).map(|(s, _)| *s)
    }
}

/// A photo in the media queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// SHA-256 of its bytes, hex.
    pub sha256: String,
    /// Whether it is the small picture sent first.
    pub preview: bool,
    /// Size in bytes.
    pub size: u64,
    /// The app's file, if the bytes are not in the store.
    pub path: Option<String>,
    /// How far it is.
    pub state: PhotoState,
    /// Where it is uploaded to.
    pub url: Option<String>,
    /// How many bytes the server has; none: it must be asked.
    pub offset: Option<u64>,
}

impl Photo {
    /// One of which only this phone is known to have the bytes.
    pub(crate) fn new(sha256: String, preview: bool, size: u64) -> Self {
        Self { sha256, preview, size, path: None, state: PhotoState::OnPhone, url: None, offset: None }
    }
}

const COLUMNS: &str = "sha256, preview, size, path, state, url, offset";

fn photo(row: &Row<'_>) -> rusqlite::Result<(Photo, String)> {
    let offset: Option<i64> = row.get(6)?;
    let photo = Photo {
        sha256: row.get(0)?,
        preview: row.get(1)?,
        size: count(row.get(2)?),
        path: row.get(3)?,
        state: PhotoState::OnPhone,
        url: row.get(5)?,
        offset: offset.map(count),
    };
    Ok((photo, row.get(4)?))
}

fn with_state((photo, state): (Photo, String)) -> Result<Photo> {
    let state = PhotoState::parse(&state).ok_or(Error::DamagedStore("the state of a photo"))?;
    Ok(Photo { state, ..photo })
}

/// Adds a photo of another phone; one that is known stays as it is.
pub(crate) fn carry(db: &Connection, photo: &Photo, bytes: &[u8]) -> Result<()> {
    let new = db.execute(
        "INSERT INTO photos (sha256, preview, size, state, carried) VALUES (?, ?, ?, 'on_phone', 1) ON CONFLICT DO NOTHING",
        params![photo.sha256, photo.preview, int(photo.size)],
    )?;
    if new > 0 {
        db.execute("INSERT INTO photo_bytes VALUES (?, ?) ON CONFLICT DO NOTHING", params![photo.sha256, bytes])?;
    }
    Ok(())
}

/// The receipts of photos that were carried for others: hash, JSON.
pub(crate) fn carried_receipts(db: &Connection) -> Result<Vec<(String, String)>> {
    let mut statement =
        db.prepare("SELECT sha256, receipt FROM photos WHERE carried = 1 AND state = 'complete' ORDER BY n")?;
    let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Forgets the carried photos that the server has.
pub(crate) fn forget_delivered(db: &Connection) -> Result<()> {
    let delivered = "SELECT sha256 FROM photos WHERE carried = 1 AND state = 'complete'";
    db.execute(&format!("DELETE FROM photo_bytes WHERE sha256 IN ({delivered})"), [])?;
    db.execute("DELETE FROM photos WHERE carried = 1 AND state = 'complete'", [])?;
    Ok(())
}

/// Adds a photo; one that is known stays as it is, unless its bytes were lost and here they are.
pub(crate) fn add(db: &Connection, photo: &Photo, bytes: Option<&[u8]>) -> Result<()> {
    db.execute(
        "INSERT INTO photos (sha256, preview, size, path, state) VALUES (?1, ?2, ?3, ?4, 'on_phone')
         ON CONFLICT (sha256) DO UPDATE SET path = coalesce(?4, path), carried = 0, state = iif(state = 'lost', 'on_phone', state)
         WHERE state = 'lost' OR carried = 1",
        params![photo.sha256, photo.preview, int(photo.size), photo.path],
    )?;
    if let Some(bytes) = bytes {
        db.execute("INSERT INTO photo_bytes VALUES (?, ?) ON CONFLICT DO NOTHING", params![photo.sha256, bytes])?;
    }
    Ok(())
}

pub(crate) fn get(db: &Connection, sha256: &str) -> Result<Option<Photo>> {
    let row = db
        .prepare_cached(&format!("SELECT {COLUMNS} FROM photos WHERE sha256 = ?"))?
        .query_row([sha256], photo)
        .optional()?;
    row.map(with_state).transpose()
}

/// All photos that still have a way to go, previews first, then in the order taken.
pub(crate) fn under_way(db: &Connection) -> Result<Vec<Photo>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM photos WHERE state IN ('on_phone', 'wanted', 'received') ORDER BY preview DESC, n"
    ))?;
    let rows = statement.query_map([], photo)?.collect::<rusqlite::Result<Vec<_>>>()?;
    rows.into_iter().map(with_state).collect()
}

/// (state, whether a preview, how many).
pub(crate) fn counts(db: &Connection) -> Result<Vec<(PhotoState, bool, u64)>> {
    let mut statement = db.prepare_cached("SELECT state, preview, count(*) FROM photos GROUP BY state, preview")?;
    let rows = statement
        .query_map([], |r| Ok((r.get::<_, String>(0)?, r.get(1)?, count(r.get(2)?))))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let state = |name: &str| PhotoState::parse(name).ok_or(Error::DamagedStore("the state of a photo"));
    rows.into_iter().map(|(name, preview, n)| Ok((state(&name)?, preview, n))).collect()
}

/// Bytes of a photo kept in the store; none if they are not here.
pub(crate) fn bytes(db: &Connection, sha256: &str, offset: u64, most: usize) -> Result<Option<Vec<u8>>> {
    let mut statement = db.prepare_cached("SELECT substr(bytes, ?2, ?3) FROM photo_bytes WHERE sha256 = ?1")?;
    Ok(statement.query_row(params![sha256, int(offset) + 1, int(most as u64)], |r| r.get(0)).optional()?)
}

pub(crate) fn set_state(db: &Connection, sha256: &str, state: PhotoState) -> Result<()> {
    db.execute("UPDATE photos SET state = ? WHERE sha256 = ?", [state.name(), sha256])?;
    Ok(())
}

/// The server does not take it any more, for good: there is no need to keep the bytes.
pub(crate) fn erase(db: &Connection, sha256: &str) -> Result<()> {
    db.execute("DELETE FROM photo_bytes WHERE sha256 = ?", [sha256])?;
    set_state(db, sha256, PhotoState::Erased)
}

/// Where the upload is and how far. Neither: it begins anew.
pub(crate) fn set_upload(db: &Connection, sha256: &str, url: Option<&str>, offset: Option<u64>) -> Result<()> {
    db.execute("UPDATE photos SET url = ?, offset = ? WHERE sha256 = ?", params![url, offset.map(int), sha256])?;
    Ok(())
}

pub(crate) fn complete(db: &Connection, sha256: &str, at_ms: i64, receipt: &str) -> Result<()> {
    db.execute(
        "UPDATE photos SET state = 'complete', at_ms = ?, receipt = ? WHERE sha256 = ?",
        params![at_ms, receipt, sha256],
    )?;
    Ok(())
}

/// The server may have lost photos that it had: all are asked about anew. Their receipts stay.
pub(crate) fn doubt(db: &Connection) -> Result<()> {
    db.execute("UPDATE photos SET state = 'on_phone', url = NULL, offset = NULL WHERE state = 'complete'", [])?;
    Ok(())
}

pub(crate) fn receipt(db: &Connection, sha256: &str) -> Result<Option<String>> {
    Ok(db.query_row("SELECT receipt FROM photos WHERE sha256 = ?", [sha256], |r| r.get(0)).optional()?.flatten())
}

/// Forgets photos whose receipts are from before; gives the files that the app may delete now.
pub(crate) fn prune(db: &Connection, before_ms: i64) -> Result<(usize, Vec<String>)> {
    let mut statement =
        db.prepare("DELETE FROM photos WHERE state = 'complete' AND at_ms < ? RETURNING sha256, path")?;
    let gone = statement
        .query_map([before_ms], |r| Ok((r.get::<_, String>(0)?, r.get::<_, Option<String>>(1)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    for (sha256, _) in &gone {
        db.execute("DELETE FROM photo_bytes WHERE sha256 = ?", [sha256])?;
    }
    Ok((gone.len(), gone.into_iter().filter_map(|(_, path)| path).collect()))
}
