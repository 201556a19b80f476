//! Who this phone is, what servers it trusts, and the server time it heard.

use rusqlite::{Connection, OptionalExtension as _, params};
use sync_protocol::{
    InstallId,
    sign::{Certificate, PrivateKey, PublicKey},
};

use super::{Result, count, int};
use crate::{clock::Heard, error::Error};

/// An enrolled phone.
#[derive(Clone)]
pub(crate) struct Identity {
    pub install: InstallId,
    pub person: String,
    pub key: PrivateKey,
    pub certificate: Certificate,
}

pub(crate) fn key(db: &Connection) -> Result<Option<PrivateKey>> {
    let bytes: Option<Vec<u8>> = db.query_row("SELECT key FROM identity", [], |r| r.get(0)).optional()?;
    let Some(bytes) = bytes else { return Ok(None) };
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| Error::DamagedStore("a key"))?;
    PrivateKey::from_bytes(&bytes).map(Some).ok_or(Error::DamagedStore("a key"))
}

pub(crate) fn set_key(db: &Connection, key: &PrivateKey) -> Result<()> {
    db.execute("INSERT INTO identity (one, key) VALUES (1, ?)", [key.to_bytes()])?;
    Ok(())
}

pub(crate) fn get(db: &Connection) -> Result<Option<Identity>> {
    let row: Option<(String, String)> = db
        .query_row("SELECT person, certificate FROM identity WHERE install IS NOT NULL", [], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })
        .optional()?;
    let Some((person, certificate)) = row else { return Ok(None) };
    let certificate: Certificate =
        serde_json::from_str(&certificate).map_err(|_| Error::DamagedStore("a certificate"))?;
    let key = key(db)?.ok_or(Error::DamagedStore("a key"))?;
    Ok(Some(Identity { install: certificate.install, person, key, certificate }))
}

pub(crate) fn enrol(db: &Connection, certificate: &Certificate, keys: &[PublicKey], epoch: &str) -> Result<()> {
    db.execute(
        "UPDATE identity SET install = ?, person = ?, certificate = ?, server_keys = ?, epoch = ?",
        params![
            certificate.install.to_string(),
            certificate.person,
            serde_json::to_string(certificate).map_err(|_| Error::BadCertificate("not written"))?,
            keys_text(keys),
            epoch
        ],
    )?;
    Ok(())
}

pub(crate) fn server_keys(db: &Connection) -> Result<Vec<PublicKey>> {
    let text: Option<String> = db.query_row("SELECT server_keys FROM identity", [], |r| r.get(0)).optional()?;
    let texts: Vec<String> = text.and_then(|t| serde_json::from_str(&t).ok()).unwrap_or_default();
    Ok(texts.iter().filter_map(|t| PublicKey::parse(t)).collect())
}

pub(crate) fn set_server_keys(db: &Connection, keys: &[PublicKey]) -> Result<()> {
    db.execute("UPDATE identity SET server_keys = ?", [keys_text(keys)])?;
    Ok(())
}

fn keys_text(keys: &[PublicKey]) -> String {
    serde_json::json!(keys.iter().map(PublicKey::text).collect::<Vec<_>>()).to_string()
}

pub(crate) fn epoch(db: &Connection) -> Result<Option<String>> {
    Ok(db.prepare_cached("SELECT epoch FROM identity")?.query_row([], |r| r.get(0)).optional()?.flatten())
}

pub(crate) fn set_epoch(db: &Connection, epoch: &str) -> Result<()> {
    db.execute("UPDATE identity SET epoch = ?", [epoch])?;
    Ok(())
}

/// Why this phone must enrol anew, if it must.
pub(crate) fn anew(db: &Connection) -> Result<Option<String>> {
    Ok(db.prepare_cached("SELECT anew FROM identity")?.query_row([], |r| r.get(0)).optional()?.flatten())
}

/// The first reason stays, but for `bad_signature`, after which nothing goes out any more.
pub(crate) fn set_anew(db: &Connection, why: &str) -> Result<()> {
    db.execute("UPDATE identity SET anew = ?1 WHERE anew IS NULL OR ?1 = 'bad_signature'", [why])?;
    Ok(())
}

/// That reason, if it was the one, holds no more.
pub(crate) fn clear_anew(db: &Connection, why: &str) -> Result<()> {
    db.execute("UPDATE identity SET anew = NULL WHERE anew = ?", [why])?;
    Ok(())
}

pub(crate) fn show_cert(db: &Connection) -> Result<bool> {
    Ok(db.prepare_cached("SELECT show_cert FROM identity")?.query_row([], |r| r.get(0)).optional()?.unwrap_or(true))
}

pub(crate) fn set_show_cert(db: &Connection, show: bool) -> Result<()> {
    db.prepare_cached("UPDATE identity SET show_cert = ?1 WHERE show_cert <> ?1")?.execute([show])?;
    Ok(())
}

/// Reserves that many counts for own ids; gives the first.
pub(crate) fn reserve_ids(db: &Connection, n: u64) -> Result<u64> {
    let after: i64 = db.query_row("UPDATE identity SET ids = ids + ? RETURNING ids", [int(n)], |r| r.get(0))?;
    Ok(count(after).saturating_sub(n))
}

pub(crate) fn heard(db: &Connection) -> Result<Option<Heard>> {
    let mut statement = db.prepare_cached("SELECT server_ms, boot, mono_ms, round_trip_ms FROM heard")?;
    let heard = statement.query_row([], |r| {
        Ok(Heard {
            server_ms: count(r.get(0)?),
            boot: r.get(1)?,
            mono_ms: count(r.get(2)?),
            round_trip_ms: count(r.get(3)?),
        })
    });
    Ok(heard.optional()?)
}

pub(crate) fn newest_server_ms(db: &Connection) -> Result<Option<i64>> {
    Ok(db.query_row("SELECT newest_ms FROM heard", [], |r| r.get(0)).optional()?)
}

pub(crate) fn hear(db: &Connection, new: &Heard) -> Result<()> {
    if new.replaces(heard(db)?.as_ref()) {
        db.prepare_cached(
            "INSERT INTO heard (one, server_ms, boot, mono_ms, round_trip_ms, newest_ms) VALUES (1, ?1, ?2, ?3, ?4, ?1)
             ON CONFLICT (one) DO UPDATE SET server_ms = ?1, boot = ?2, mono_ms = ?3, round_trip_ms = ?4,
                 newest_ms = max(newest_ms, ?1)",
        )?
        .execute(params![int(new.server_ms), new.boot, int(new.mono_ms), int(new.round_trip_ms)])?;
    }
    Ok(())
}
