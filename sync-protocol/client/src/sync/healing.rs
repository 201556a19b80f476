//! When the server may have been put back to an earlier state (`PROTOCOL.md`, section 17): the newest receipt is presented, which proves it if
//! it was; what is missing there goes again; and what this phone had seen and is not shown any more is named.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use serde::Deserialize;
use sync_protocol::{Dot, sign::Receipt};

use super::Run;
use crate::{
    calls,
    engine::{probe, requeue},
    error::Error,
    store::{
        Result, chain,
        healing::{self, Doubt, Unseen},
        identity, records,
    },
    transport::Transport,
    wire::{ReceiptsAnswer, UnknownAsk, UnknownDot},
};

/// Most receipts, and most operations, in one request.
const MOST: usize = 500;

impl<T: Transport> Run<'_, T> {
    /// Presents receipts: the newest while it is not known how far the server is; all, once it has everything again.
    pub(super) async fn present(&mut self) -> Result<()> {
        let (doubt, receipts) = self.engine.store.read(|tx| Ok((healing::doubt(tx)?, chain::receipts(tx)?)))?;
        let newest = receipts.iter().max_by_key(|r| (r.to, r.at)).cloned();
        match newest {
            Some(newest) if doubt.unproved => self.prove(&newest, doubt).await,
            Some(_) => self.tell_when(&receipts).await,
            // Nothing was ever acknowledged.
            None => self.engine.store.write(|tx| healing::set_doubt(tx, Doubt::default())),
        }
    }

    async fn prove(&mut self, newest: &Receipt, doubt: Doubt) -> Result<()> {
        let engine = self.engine;
        let Some(answer) = self.ask_by_receipts(std::slice::from_ref(newest)).await? else {
            // It knows nothing of this: the last line sent again tells as well how far it is.
            let probed = engine.store.write(|tx| {
                healing::set_doubt(tx, Doubt::default())?;
                probe(tx)
            })?;
            self.report.probes += u32::from(probed);
            return Ok(());
        };
        let have = answer.have.get(&newest.install).copied().unwrap_or(0);
        engine.store.write(|tx| {
            if have >= newest.to {
                return healing::set_doubt(tx, Doubt { unproved: false, ..doubt });
            }
            requeue(tx, have)?;
            if have == 0 {
                identity::set_show_cert(tx, true)?;
            }
            healing::set_doubt(tx, Doubt { unproved: false, refilling: true })
        })?;
        self.report.presented += 1;
        self.report.rewinds += u32::from(have < newest.to);
        Ok(())
    }

    /// What turns on having been reported beforehand: the receipts say when the server had it first.
    async fn tell_when(&mut self, receipts: &[Receipt]) -> Result<()> {
        for some in receipts.chunks(MOST) {
            self.ask_by_receipts(some).await?;
        }
        self.engine.store.write(|tx| healing::set_doubt(tx, Doubt::default()))
    }

    /// None of a server that takes no receipts.
    async fn ask_by_receipts(&mut self, receipts: &[Receipt]) -> Result<Option<ReceiptsAnswer>> {
        let answer = calls::ask(self.transport, calls::receipts(receipts)).await?.json();
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(Error::Problem(problem)) if is_final(problem.status) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Names some of the operations that are not shown any more.
    pub(super) async fn name_unseen(&mut self) -> Result<()> {
        let engine = self.engine;
        let unseen = engine.store.read(|tx| healing::unseen(tx, MOST))?;
        let name = |u: &Unseen| {
            let [dot, scope, kind, id] = [&u.dot, &u.scope, &u.kind, &u.id].map(String::clone);
            UnknownDot { dot, scope, kind, id }
        };
        let ask = UnknownAsk { dots: unseen.iter().map(name).collect() };
        let read = calls::ask(self.transport, calls::unknown(&self.token()?, &ask)).await?;
        match read.success() {
            // It does not want to hear of them, and will not later.
            Err(Error::Problem(problem)) if is_final(problem.status) && problem.status != 401 => {}
            told => {
                told?;
                self.token_held();
                self.report.named += unseen.len() as u64;
            }
        }
        engine.store.write(|tx| healing::forget_unseen(tx, &unseen))
    }
}

/// Whether the same request would be answered the same.
fn is_final(status: u16) -> bool {
    matches!(status, 400..=499 | 501) && !matches!(status, 408 | 425 | 429)
}

/// Operations of others that records show: in which record each.
pub(super) type Shown = BTreeMap<Dot, (String, String, String)>;

/// What the records in these scopes show now, of others than this phone.
pub(super) fn shown<'a>(db: &Connection, scopes: impl Iterator<Item = &'a String>) -> Result<Shown> {
    #[derive(Deserialize)]
    struct Body {
        k: String,
        id: String,
        #[serde(default)]
        by: Vec<Vec<serde_json::Value>>,
    }
    let own = chain::marks(db)?.install;
    let mut shown = Shown::new();
    for scope in scopes.collect::<BTreeSet<_>>() {
        records::each_body(db, scope, |body| {
            // A body of a form that this build cannot read names nothing.
            let Ok(body) = serde_json::from_str::<Body>(body) else { return Ok(()) };
            let dots = body.by.iter().filter_map(|by| by.first()?.as_str()?.parse::<Dot>().ok());
            let others = dots.filter(|dot| dot.install != own);
            shown.extend(others.map(|dot| (dot, (scope.clone(), body.k.clone(), body.id.clone()))));
            Ok(())
        })?;
    }
    Ok(shown)
}

/// Keeps what was shown before and is not now, to be named.
pub(super) fn keep_unseen(db: &Connection, mut before: Shown, after: &Shown) -> Result<()> {
    before.retain(|dot, _| !after.contains_key(dot));
    let unseen: Vec<Unseen> =
        before.into_iter().map(|(dot, (scope, kind, id))| Unseen { dot: dot.to_string(), scope, kind, id }).collect();
    healing::add_unseen(db, &unseen)
}
