//! Pulling one page: streamed into the staging table as it comes, durable as a page once its last line is there.

use serde::{Deserialize, de::IgnoredAny};
use sync_protocol::{
    pull::{Checkpoint, PageEnd, PageStart},
    record::Digest,
};

use super::{Run, checkpoint, sign_in::CLOSED, splitter::Splitter};
use crate::{
    calls::{self, Read},
    engine::probe,
    error::Error,
    store::{
        Result, chain, identity, records,
        staging::{self, Staged},
    },
    transport::{Answer, Transport, TransportError},
    wire::PullAsk,
};

/// So many rows of a page are written at once: a long page must not stand in memory.
const ROWS: usize = 200;

/// What this page was asked for.
struct Asked {
    again: Vec<String>,
    /// Lines acknowledged then: the records at the checkpoint will show them.
    acked: u64,
    mono_ms: u64,
    /// Without a cursor.
    whole: bool,
}

impl<T: Transport> Run<'_, T> {
    pub(super) async fn pull_page(&mut self) -> Result<()> {
        let engine = self.engine;
        let (ask, asked) = engine.store.write(|tx| {
            staging::clear_page(tx)?;
            // Only the first page of a pull can ask for scopes anew; a pull under way goes on first.
            let under_way = staging::epoch(tx)?.is_some();
            let again = if under_way { Vec::new() } else { records::again(tx)? };
            let ask = PullAsk { cursor: staging::cursor(tx)?, limit: self.budget.page, again: again.clone() };
            let (acked, mono_ms) = (chain::marks(tx)?.acked, engine.device.mono_ms());
            let whole = ask.cursor.is_none();
            Ok((ask, Asked { again, acked, mono_ms, whole }))
        })?;
        let request = calls::pull(&self.token()?, &ask);
        let mut answer = self.transport.send(request).await?;
        if answer.status() != 200 {
            return self.pull_refused(&Read::all(answer).await?);
        }
        self.token_held();
        let mut splitter = Splitter::new(answer.header("content-encoding"))?;
        let mut page = Page::default();
        while let Some(part) = answer.chunk().await? {
            for line in splitter.feed(&part)? {
                self.line(&mut page, &asked, &line)?;
            }
        }
        let rest = splitter.rest();
        if !rest.is_empty() {
            self.line(&mut page, &asked, &rest)?;
        }
        if matches!(&page.end, Some(PageEnd::Page { cursor }) if Some(cursor) == ask.cursor.as_ref()) {
            return Err(Error::BadAnswer("a page that leads nowhere"));
        }
        self.page_ended(page, &asked)
    }

    fn pull_refused(&self, read: &Read) -> Result<()> {
        let Err(error) = read.success() else { return Err(Error::BadAnswer("its status")) };
        if error.code() == "bad_cursor" {
            // A server that does not know its own cursor (any more) would refuse it for ever.
            self.engine.store.write(|tx| staging::reset(tx))?;
        }
        if error.code() == CLOSED {
            // The token was from before the office closed it: the person learns it now, and not when the token runs out.
            self.engine.store.write(|tx| identity::set_anew(tx, CLOSED))?;
        }
        Err(error)
    }

    fn line(&self, page: &mut Page, asked: &Asked, line: &[u8]) -> Result<()> {
        let damaged = || Error::Transport(TransportError::Cut("a line of the pull is damaged".into()));
        if page.end.is_some() {
            return Err(Error::BadAnswer("lines behind the end of a page"));
        }
        if page.epoch.is_none() {
            let start: PageStart = serde_json::from_slice(line).map_err(|_| Error::BadAnswer("its first line"))?;
            self.engine.store.write(|tx| self.engine.hear(tx, start.now, asked.mono_ms))?;
            page.epoch = Some(start.epoch);
            return Ok(());
        }
        match read(line).ok_or_else(damaged)? {
            PullLine::Body(staged) => {
                page.rows.push(staged);
                page.records += 1;
                if page.rows.len() >= ROWS {
                    self.engine.store.write(|tx| staging::add(tx, &page.rows))?;
                    page.rows.clear();
                }
            }
            PullLine::End(end) => page.end = Some(end),
        }
        Ok(())
    }

    fn page_ended(&mut self, page: Page, asked: &Asked) -> Result<()> {
        let (Some(epoch), Some(end)) = (page.epoch, page.end) else {
            return Err(TransportError::Cut("the page has no end".into()).into());
        };
        let engine = self.engine;
        let ended = engine.store.write(|tx| {
            staging::add(tx, &page.rows)?;
            let staged_epoch = staging::epoch(tx)?;
            if staged_epoch.as_deref() != Some(&epoch) {
                // A pull begins here; or it begins anew, because the server was restored while one was under way.
                let mut marks = chain::marks(tx)?;
                marks.pulling = asked.acked.min(marks.acked);
                chain::set_marks(tx, &marks)?;
                staging::begin(tx, &epoch, asked.whole)?;
            }
            staging::keep_page(tx)?;
            records::again_asked(tx, &asked.again)?;
            let mut ended = Ended::default();
            if identity::epoch(tx)?.as_deref() != Some(&epoch) {
                identity::set_epoch(tx, &epoch)?;
                ended.probe = true;
            }
            match &end {
                PageEnd::Page { cursor } => staging::set_cursor(tx, cursor)?,
                PageEnd::Checkpoint(told) => self.switch(tx, told, &mut ended)?,
            }
            // The server may have been restored, and have forgotten lines of this phone: the last one will tell.
            ended.probed = ended.probe && probe(tx)?;
            Ok(ended)
        })?;
        self.report.pages += 1;
        self.report.records += page.records;
        self.report.probes += u32::from(ended.probed);
        if let Some(switched) = ended.switched {
            self.report.checkpoints += 1;
            self.report.scopes_dropped += switched.dropped;
            self.pull = false;
            self.ask_anew(switched.differ)?;
        }
        Ok(())
    }

    fn switch(&self, tx: &rusqlite::Connection, told: &Checkpoint, ended: &mut Ended) -> Result<()> {
        let switched = checkpoint::switch(tx, told)?;
        ended.probe |= switched.unexpected_reset || !switched.differ.is_empty();
        ended.switched = Some(switched);
        Ok(())
    }
}

/// A page as it comes in.
#[derive(Default)]
struct Page {
    epoch: Option<String>,
    rows: Vec<Staged>,
    records: u64,
    end: Option<PageEnd>,
}

#[derive(Default)]
struct Ended {
    switched: Option<checkpoint::Switched>,
    probe: bool,
    probed: bool,
}

enum PullLine {
    Body(Staged),
    End(PageEnd),
}

/// Reads a line of a page. Of a body only what names it: the rest stays as it came, also what a newer server adds.
fn read(line: &[u8]) -> Option<PullLine> {
    #[derive(Deserialize)]
    struct Head {
        s: Option<String>,
        k: Option<String>,
        id: Option<String>,
        #[serde(default)]
        derived: bool,
        #[serde(default)]
        by: Vec<IgnoredAny>,
    }
    let text = std::str::from_utf8(line).ok()?;
    let head: Head = serde_json::from_str(text).ok()?;
    let (Some(scope), Some(kind), Some(id)) = (head.s, head.k, head.id) else {
        return serde_json::from_str(text).ok().map(PullLine::End);
    };
    let empty = !head.derived && head.by.is_empty();
    let hash = (!head.derived && !empty).then(|| Digest::hash_of(text, false));
    Some(PullLine::Body(Staged { scope, kind, id, empty, hash, body: text.to_owned() }))
}
