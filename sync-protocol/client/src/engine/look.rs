//! Looking: what screens show, and how far things are.

use std::collections::BTreeMap;

use sync_protocol::{
    Hash, InstallId,
    line::{self, Line, Op},
    sign::Receipt,
};

use super::{Engine, write::fed};
use crate::{
    error::Error,
    store::{
        Result, chain, couriers, fillings, identity,
        photos::{self, Photo, PhotoState},
        records::{self, ScopeState},
        standings::{self, HeardStanding},
    },
    view::{Origin, View, overlay},
    wire::PhotoReceipt,
};

/// How much is still to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pending {
    /// Lines without a receipt.
    pub lines: u64,
    /// Small pictures.
    pub previews: PhotoCounts,
    /// Originals.
    pub originals: PhotoCounts,
    /// Pushes of other phones to be delivered.
    pub carried: u64,
}

/// Photos by how far they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PhotoCounts {
    /// On this phone only, as far as known.
    pub on_phone: u64,
    /// The server waits for them.
    pub wanted: u64,
    /// All bytes are there, without a receipt yet.
    pub received: u64,
    /// Proved whole and durable.
    pub complete: u64,
    /// Gone from this phone before they were sent.
    pub lost: u64,
    /// Erased by the office.
    pub erased: u64,
}

impl PhotoCounts {
    /// How many still have a way to go.
    pub fn under_way(&self) -> u64 {
        self.on_phone + self.wanted + self.received
    }
}

/// The chain of this install.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    /// The last line written.
    pub seq: u64,
    /// The head after it.
    pub head: Hash,
    /// The last line that a receipt covers.
    pub acknowledged: u64,
}

impl Engine {
    /// A record as a screen shows it; none if there is nothing of it.
    pub fn view(&self, scope: &str, kind: &str, id: &str) -> Result<Option<View>> {
        let install = self.identity()?.install;
        self.store.read(|tx| {
            let marks = chain::marks(tx)?;
            let body = records::body(tx, scope, kind, id)?;
            let own = chain::own_lines(tx, scope, kind, Some(id), marks.reflected)?;
            let ops: Vec<_> = own.into_iter().filter_map(|line| op(install, line, marks.acked)).collect();
            if body.is_none() && ops.is_empty() {
                return Ok(None);
            }
            self.overlaid(tx, (scope, kind, id), body.as_deref(), &ops).map(Some)
        })
    }

    /// All records of a kind in a scope, by id, the deleted ones too.
    pub fn list(&self, scope: &str, kind: &str) -> Result<Vec<View>> {
        let install = self.identity()?.install;
        self.store.read(|tx| {
            let marks = chain::marks(tx)?;
            let mut found: BTreeMap<String, Found> = BTreeMap::new();
            for (id, body) in records::bodies(tx, scope, kind)? {
                found.entry(id).or_default().0 = Some(body);
            }
            for line in chain::own_lines(tx, scope, kind, None, marks.reflected)? {
                let id = line.id.clone();
                found.entry(id).or_default().1.extend(op(install, line, marks.acked));
            }
            found.iter().map(|(id, (body, ops))| self.overlaid(tx, (scope, kind, id), body.as_deref(), ops)).collect()
        })
    }

    fn overlaid(
        &self,
        db: &rusqlite::Connection,
        name: (&str, &str, &str),
        body: Option<&str>,
        ops: &[(Op, Origin)],
    ) -> Result<View> {
        let fed = fed(body)?;
        let begun = if name.1 == "response" { fillings::begun(db, name.0, name.2)? } else { None };
        let named = || ops.iter().find_map(|(op, _)| op.tpl.as_deref());
        let tpl = begun.as_deref().or_else(named).or(fed.as_ref().and_then(|f| f.tpl.as_deref()));
        let template = match tpl.filter(|_| !ops.is_empty()) {
            Some(tpl) => self.template(db, tpl)?,
            None => None,
        };
        Ok(overlay(name, fed.as_ref(), ops, template.as_deref()))
    }

    /// The record exactly as fed.
    pub fn fed_body(&self, scope: &str, kind: &str, id: &str) -> Result<Option<String>> {
        self.store.read(|tx| records::body(tx, scope, kind, id))
    }

    /// The scopes on this phone, with their digests.
    pub fn scopes(&self) -> Result<Vec<ScopeState>> {
        self.store.read(|tx| records::scopes(tx))
    }

    /// How many records as fed there are in a scope.
    pub fn count(&self, scope: &str) -> Result<u64> {
        self.store.read(|tx| records::count_in(tx, scope))
    }

    /// How much is still to go.
    pub fn pending(&self) -> Result<Pending> {
        self.store.read(|tx| {
            let marks = chain::marks(tx)?;
            let mut pending =
                Pending { lines: marks.seq - marks.acked, carried: couriers::waiting(tx)?, ..Pending::default() };
            for (state, preview, n) in photos::counts(tx)? {
                let counts = if preview { &mut pending.previews } else { &mut pending.originals };
                match state {
                    PhotoState::OnPhone => counts.on_phone = n,
                    PhotoState::Wanted => counts.wanted = n,
                    PhotoState::Received => counts.received = n,
                    PhotoState::Complete => counts.complete = n,
                    PhotoState::Lost => counts.lost = n,
                    PhotoState::Erased => counts.erased = n,
                }
            }
            Ok(pending)
        })
    }

    /// Whether the server has, and proved to have, all that this phone wrote and took, and all it carried is delivered.
    pub fn is_drained(&self) -> Result<bool> {
        let pending = self.pending()?;
        let photos = pending.previews.under_way() + pending.originals.under_way();
        Ok(pending.lines == 0 && pending.carried == 0 && photos == 0)
    }

    /// Own lines that are anything but applied, as last heard.
    pub fn standings(&self) -> Result<Vec<HeardStanding>> {
        self.store.read(|tx| standings::all(tx))
    }

    /// The chain of this install.
    pub fn chain(&self) -> Result<Chain> {
        let marks = self.store.read(|tx| chain::marks(tx))?;
        Ok(Chain { seq: marks.seq, head: marks.head, acknowledged: marks.acked })
    }

    /// The receipts kept.
    pub fn receipts(&self) -> Result<Vec<Receipt>> {
        self.store.read(|tx| chain::receipts(tx))
    }

    /// Own lines, both ends included, as they are sent.
    pub fn lines(&self, from: u64, to: u64) -> Result<Vec<Vec<u8>>> {
        self.store.read(|tx| chain::stretch(tx, from, to))
    }

    /// The life of the server last heard of.
    pub fn epoch(&self) -> Result<Option<String>> {
        self.store.read(|tx| identity::epoch(tx))
    }

    /// Why this phone must enrol anew, if it must. `bad_signature`: nothing goes out any more, see [`Engine::carry_over`]. `forked`: it
    /// was cloned, or restored from a backup; `install_closed`: the office ended it, or holds it for lost; of these two what they have
    /// still goes out.
    pub fn must_enrol_anew(&self) -> Result<Option<String>> {
        self.store.read(|tx| identity::anew(tx))
    }

    /// The receipt that proves a photo to be complete.
    pub fn photo_receipt(&self, sha256: &str) -> Result<Option<PhotoReceipt>> {
        let receipt = self.store.read(|tx| photos::receipt(tx, sha256))?;
        receipt.map(|r| serde_json::from_str(&r).map_err(|_| Error::DamagedStore("a receipt"))).transpose()
    }

    /// A photo of the media queue.
    pub fn photo(&self, sha256: &str) -> Result<Option<Photo>> {
        self.store.read(|tx| photos::get(tx, sha256))
    }
}

/// A body as fed, and own operations to be laid over it.
type Found = (Option<String>, Vec<(Op, Origin)>);

fn op(install: InstallId, line: chain::OwnLine, acked: u64) -> Option<(Op, Origin)> {
    let origin = if line.seq > acked { Origin::Unsent } else { Origin::Sent };
    match line::read(install, line.seq, &line.bytes) {
        Line::Op(op) => Some((*op, origin)),
        _ => None,
    }
}
