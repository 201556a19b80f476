//! Pushes as bodies, and what their answers change. The sync driver sends them over a transport; a load program or a courier may take
//! them from here as well.

use rusqlite::Connection;
use sync_protocol::{
    earlier::{self, Earlier},
    push,
    sign::{PublicKey, Receipt},
};

use super::Engine;
use crate::{
    batch::{self, Limits},
    calls::{self, Read},
    error::Error,
    store::{
        Result, chain,
        healing::{self, Doubt},
        identity, photos, records,
        standings::{self, HeardStanding},
    },
    transport::Request,
    verdict::{AfterPush, after_failed_push, highest_common},
    wire::PushAnswer,
};

/// A push, ready to be sent as often as it takes.
#[derive(Debug, Clone)]
pub struct PreparedPush {
    /// First seq.
    pub from: u64,
    /// Last seq.
    pub to: u64,
    /// Whether its header shows the certificate.
    pub cert: bool,
    /// The body, unpacked.
    pub body: Vec<u8>,
    /// Lines that the server acknowledged, and their bytes: the body may be packed against them.
    pub earlier: Option<(Earlier, Vec<u8>)>,
}

/// Some visits. What they hold is in a receiver's memory when a push is unpacked, so not more than helps.
const EARLIER_LINES: u64 = 32;

impl PreparedPush {
    /// How many lines it holds.
    pub fn lines(&self) -> usize {
        (self.to - self.from + 1) as usize
    }

    /// The request that sends it.
    pub fn request(&self) -> Request {
        match &self.earlier {
            Some((earlier, lines)) => calls::push_after(&self.body, *earlier, lines),
            None => calls::push(&self.body),
        }
    }
}

impl Engine {
    /// The next push: as many queued lines as fit, from the first. None if nothing is queued, or the key no longer verifies.
    pub fn next_push(&self, limits: Limits) -> Result<Option<PreparedPush>> {
        let range = self.store.read(|tx| {
            let marks = chain::marks(tx)?;
            let sizes = chain::queued_sizes(tx, marks.acked, limits.lines)?;
            let n = batch::fitting(&sizes, limits) as u64;
            let blocked = identity::anew(tx)?.is_some_and(|why| why == BAD_SIGNATURE);
            Ok((n > 0 && !blocked).then_some((marks.acked + 1, marks.acked + n)))
        })?;
        range.map(|(from, to)| self.prepare_push(from, to, false)).transpose()
    }

    /// The push of these lines, both ends included.
    pub(crate) fn prepare_push(&self, from: u64, to: u64, always_cert: bool) -> Result<PreparedPush> {
        let identity = self.identity()?;
        let plain = self.live().plain;
        self.store.read(|tx| {
            let before = chain::head_at(tx, identity.install, from.saturating_sub(1))?;
            let before = before.ok_or(Error::DamagedStore("a chain with a gap"))?;
            let lines = chain::stretch(tx, from, to)?;
            let to = from + lines.len() as u64 - 1;
            let cert = always_cert || identity::show_cert(tx)?;
            let epoch = identity::epoch(tx)?;
            let shown = cert.then(|| identity.certificate.clone());
            let header = push::header(identity.install, from, &before, epoch.as_deref(), shown);
            let made = push::make(&header, &before, &lines, &identity.key);
            let earlier = if plain { None } else { earlier(tx)? };
            Ok(PreparedPush { from, to, cert, body: made.body, earlier })
        })
    }

    /// Takes the server's answer to a push: `None` when it was acknowledged, else what to do next. What the outbox must remember of it is
    /// durable then. `retry_after` is the header of that name.
    pub fn push_answered(
        &self,
        push: &PreparedPush,
        status: u16,
        retry_after: Option<&str>,
        answer: &[u8],
    ) -> Result<Option<AfterPush>> {
        let read = Read::new(status, retry_after, answer.to_vec());
        match read.json::<PushAnswer>() {
            Ok(answer) => self.acknowledge(&answer, Some(push), self.device.mono_ms()).map(|_| None),
            Err(error) => self.push_failed(push, &error).map(Some),
        }
    }

    /// Marks lines as acknowledged once the receipt has been proved: signed by a key of the server, and over this phone's own chain.
    /// `sent` is the push just answered; none for an answer that was carried here. Gives how many lines it newly covers.
    pub(crate) fn acknowledge(
        &self,
        answer: &PushAnswer,
        sent: Option<&PreparedPush>,
        asked_mono_ms: u64,
    ) -> Result<u64> {
        self.store.write(|tx| {
            let receipt = &answer.receipt;
            let mut marks = chain::marks(tx)?;
            prove(tx, receipt, &identity::server_keys(tx)?)?;
            if sent.is_some_and(|push| (push.from, push.to) != (receipt.from, receipt.to)) {
                return Err(Error::BadReceipt("it is of other lines than were sent"));
            }
            let newly = receipt.to.saturating_sub(marks.acked);
            // The head covers every line before, so that what was acknowledged out of order is so for good.
            marks.acked = marks.acked.max(receipt.to);
            chain::add_receipt(tx, receipt)?;
            standings::clear(tx, receipt.from, receipt.to)?;
            for standing in heard_standings(answer) {
                standings::set(tx, &standing)?;
            }
            if answer.forked || answer.high > marks.seq {
                // There are lines of this install that this phone never wrote.
                identity::set_anew(tx, FORKED)?;
            }
            if sent.is_some() {
                identity::set_show_cert(tx, false)?;
                hear_epoch(tx, &receipt.epoch)?;
                // A server that was restored says itself how far it is.
                marks.acked = marks.acked.min(answer.high.max(receipt.to));
                self.hear(tx, answer.now, asked_mono_ms)?;
            }
            marks.reflected = marks.reflected.min(marks.acked);
            marks.pulling = marks.pulling.min(marks.acked);
            chain::set_marks(tx, &marks)?;
            drop_left_scopes(tx)?;
            Ok(newly)
        })
    }

    /// Notes a push that was not acknowledged; gives what to do.
    pub(crate) fn push_failed(&self, push: &PreparedPush, error: &Error) -> Result<AfterPush> {
        let next = after_failed_push(error, push);
        // Lines other than those here would unpack to something that was cut.
        if next == AfterPush::SendPlain || (push.earlier.is_some() && error.code() == "push_cut") {
            self.live().plain = true;
        }
        self.store.write(|tx| match &next {
            AfterPush::Rewind(have) => {
                // It lost what it had acknowledged. That it did is to be proved before anything is sent again.
                suspect(tx)?;
                requeue(tx, *have)
            }
            AfterPush::Branch(heads) => {
                let install = chain::marks(tx)?.install;
                let common = highest_common(heads, |seq| chain::head_at(tx, install, seq))?;
                identity::set_anew(tx, FORKED)?;
                requeue(tx, common)
            }
            AfterPush::ShowCertificate => identity::set_show_cert(tx, true),
            AfterPush::EnrolAnew => identity::set_anew(tx, BAD_SIGNATURE),
            AfterPush::Halve { .. } | AfterPush::SendPlain | AfterPush::Wait => Ok(()),
        })?;
        Ok(next)
    }
}

/// The newest acknowledged lines whose bytes are still here.
fn earlier(db: &Connection) -> Result<Option<(Earlier, Vec<u8>)>> {
    let marks = chain::marks(db)?;
    let lines = chain::kept_before(db, marks.acked + 1, EARLIER_LINES)?;
    let mut bytes = 0;
    let fit = lines.iter().rev().take_while(|line| {
        bytes += line.len() + 1;
        bytes <= earlier::MAX_BYTES
    });
    let lines = &lines[lines.len() - fit.count()..];
    Ok((!lines.is_empty()).then(|| {
        let from = marks.acked + 1 - lines.len() as u64;
        let earlier = Earlier { install: marks.install, from, to: marks.acked };
        (earlier, earlier::dictionary(lines.iter().map(Vec::as_slice)))
    }))
}

/// Why a phone must enrol anew: its signature is refused.
pub(crate) const BAD_SIGNATURE: &str = "bad_signature";
/// Why a phone must enrol anew: another phone writes as the same install.
pub(crate) const FORKED: &str = "forked";

/// Lines behind this seq are queued again.
pub(crate) fn requeue(db: &Connection, behind: u64) -> Result<()> {
    let mut marks = chain::marks(db)?;
    marks.acked = marks.acked.min(behind);
    marks.reflected = marks.reflected.min(behind);
    marks.pulling = marks.pulling.min(behind);
    chain::set_marks(db, &marks)
}

/// The server may have been put back to an earlier state: receipts will show. Gives whether that is new.
pub(crate) fn suspect(db: &Connection) -> Result<bool> {
    let doubt = healing::doubt(db)?;
    healing::set_doubt(db, Doubt { unproved: true, ..doubt })?;
    Ok(!doubt.unproved)
}

/// Hears which life of the server it is; gives whether it is another than was known. Then photos that it had are asked about anew.
pub(crate) fn hear_epoch(db: &Connection, epoch: &str) -> Result<bool> {
    let known = identity::epoch(db)?;
    if known.as_deref() == Some(epoch) {
        return Ok(false);
    }
    identity::set_epoch(db, epoch)?;
    if known.is_some() {
        photos::doubt(db)?;
    }
    Ok(known.is_some())
}

/// Queues the last acknowledged line again. Its push tells how far the server is: it is known (no harm done), or the server lacks what
/// came before and says so.
pub(crate) fn probe(db: &Connection) -> Result<bool> {
    let marks = chain::marks(db)?;
    let nothing_queued = marks.acked == marks.seq && marks.seq > 0;
    if nothing_queued {
        requeue(db, marks.seq - 1)?;
    }
    Ok(nothing_queued)
}

/// Scopes that may no longer be read go, once nothing for them is queued.
pub(crate) fn drop_left_scopes(db: &Connection) -> Result<u32> {
    let marks = chain::marks(db)?;
    let mut dropped = 0;
    for scope in records::leaving(db)? {
        if !chain::queued_for(db, &scope, marks.acked)? {
            records::drop_scope(db, &scope)?;
            dropped += 1;
        }
    }
    Ok(dropped)
}

fn prove(db: &Connection, receipt: &Receipt, keys: &[PublicKey]) -> Result<()> {
    let marks = chain::marks(db)?;
    if receipt.install != marks.install {
        return Err(Error::BadReceipt("it is of another install"));
    }
    let own = chain::head_at(db, marks.install, receipt.to)?;
    if own.is_none_or(|own| hex::encode(own) != receipt.head) {
        return Err(Error::BadReceipt("its head is not that of the lines here"));
    }
    if !keys.iter().any(|key| key.kid() == receipt.kid) {
        return Err(Error::BadReceipt(UNKNOWN_KEY));
    }
    if receipt.is_valid(keys) { Ok(()) } else { Err(Error::BadReceipt("no key of the server signed it")) }
}

/// The receipt names a server key that this phone does not know (yet).
pub(crate) const UNKNOWN_KEY: &str = "it names a key that is not known";

/// What this build can read of the standings; a receipt counts whatever is beside it.
fn heard_standings(answer: &PushAnswer) -> Vec<HeardStanding> {
    let text = |value: Option<&serde_json::Value>| value.and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    let within = answer.receipt.from..=answer.receipt.to;
    let read = answer.standings.iter().filter_map(|standing| {
        let parts = standing.as_array()?;
        let seq = parts.first()?.as_u64().filter(|seq| within.contains(seq))?;
        Some(HeardStanding { seq, state: text(parts.get(1)), code: text(parts.get(2)), sentence: text(parts.get(3)) })
    });
    read.collect()
}
