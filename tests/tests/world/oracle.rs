//! What went by, remembered: what was written, and what was acknowledged to whom. It looks on; nothing in the server or the phones knows of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read as _,
};

use serde::Deserialize;
use sync_protocol::{
    InstallId, chain,
    earlier::{self, Earlier},
    ids::short,
    pull::{Cursor, PageEnd},
    push::Push,
    sign::PublicKey,
    world::Placed,
};
use zhucun::storage::server_keys;
use zhucun_client::transport::Request;
use zhucun_tests::state;

use crate::{
    cast,
    rights::Rights,
    server::{Answered, Server},
    trouble::{Result, Trouble, unexpected},
};

/// A phone by its number, and whose it is, by number.
pub type Who = (usize, usize);

/// A line by its place and hash.
pub type Name = (InstallId, u64, [u8; 8]);

/// The name of a line.
pub fn name(install: InstallId, seq: u64, bytes: &[u8]) -> Name {
    (install, seq, short(&chain::line_hash(bytes)))
}

/// What is remembered.
#[derive(Default)]
pub struct Oracle {
    /// All lines that phones wrote, whatever became of them.
    pub written: BTreeMap<Name, Vec<u8>>,
    /// Lines that a receipt was signed for, or the office was told of.
    pub acknowledged: BTreeSet<Name>,
    /// The lines of phones that were acknowledged, against which pushes are packed.
    packed_against: BTreeMap<Name, Vec<u8>>,
    /// The pulls under way, by phone.
    pulls: BTreeMap<Who, Pull>,
    rights: Option<Rights>,
}

/// A pull under way: the cursor last asked with, and how many records may still come.
struct Pull {
    cursor: String,
    records_left: usize,
}

/// Nobody receives what they have no right to read.
pub const NO_LEAK: &str = "no scope leaks";
/// A pull comes to its end, whatever moves meanwhile.
pub const PULLS_END: &str = "a pull ends";

impl Oracle {
    /// The servers went back to what is here.
    pub fn put_back(&mut self, here: impl Fn(&Name) -> bool) {
        self.acknowledged.retain(here);
        self.pulls.clear();
        self.forget_rights();
    }

    /// Rights may have changed.
    pub fn forget_rights(&mut self) {
        self.rights = None;
    }

    /// The rights as of the lines that the server has.
    pub fn rights(&mut self, server: &mut Server) -> Result<&Rights> {
        if self.rights.is_none() {
            let (lines, keys) = lines_and_keys(server)?;
            self.rights = Some(Rights::of(&lines, &keys));
        }
        self.rights.as_ref().ok_or_else(|| unexpected("no rights"))
    }

    /// A request was answered by the server, whoever hears of it.
    pub fn went_by(&mut self, server: &mut Server, phone: Who, sent: &Request, answer: &Answered) -> Result<()> {
        match sent.target.as_str() {
            "/v1/sync/push" if answer.status == 200 => self.pushed(server, sent),
            "/v1/sync/pull" if answer.status == 200 => self.pulled(server, phone, sent, answer),
            "/v1/enrolments" => {
                self.forget_rights();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn pushed(&mut self, server: &mut Server, sent: &Request) -> Result<()> {
        let body = self.unpacked(server, sent)?;
        let push = Push::read(&body).map_err(unexpected)?;
        for (seq, line) in (push.header.first..).zip(&push.lines) {
            let name = name(push.header.install, seq, line);
            self.packed_against.insert(name, line.to_vec());
            self.acknowledged.insert(name);
        }
        Ok(())
    }

    /// The body as it was before it was packed, on its own or against lines that the server has.
    fn unpacked(&mut self, server: &mut Server, sent: &Request) -> Result<Vec<u8>> {
        let header = |name: &str| sent.headers.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str());
        match header("content-encoding") {
            None => Ok(sent.body.to_vec()),
            Some(earlier::ENCODING) => {
                let named = header(earlier::HEADER).and_then(Earlier::parse);
                let known = self.dictionary(server, named.ok_or_else(|| unexpected("no header that names lines"))?)?;
                let mut body = Vec::new();
                let decoder = zstd::Decoder::with_dictionary(&sent.body[..], &known);
                decoder.and_then(|mut decoder| decoder.read_to_end(&mut body)).map_err(unexpected)?;
                Ok(body)
            }
            Some(_) => zstd::decode_all(&sent.body[..]).map_err(unexpected),
        }
    }

    fn dictionary(&mut self, server: &mut Server, of: Earlier) -> Result<Vec<u8>> {
        let named = (of.install, of.from, [0; 8])..=(of.install, of.to, [255; 8]);
        if self.packed_against.range(named.clone()).count() as u64 <= of.to - of.from {
            // Lines of before the story.
            let lines = lines_and_keys(server)?.0.into_iter();
            self.packed_against.extend(lines.map(|l| (name(l.install, l.seq, &l.bytes), l.bytes)));
        }
        Ok(earlier::dictionary(self.packed_against.range(named).map(|(_, line)| &line[..])))
    }

    fn pulled(&mut self, server: &mut Server, phone: Who, sent: &Request, answer: &Answered) -> Result<()> {
        let zstd = answer.header("content-encoding") == Some("zstd");
        let body = if zstd { zstd::decode_all(&answer.body[..]).map_err(unexpected)? } else { answer.body.to_vec() };
        let page = Page::read(&body)?;
        let (person, now_ms) = (cast::person(phone.1), zhucun::testing::now_ms().unwrap_or(0));
        let rights = self.rights(server)?;
        match page.scopes.iter().find(|scope| !rights.may_read(&person, scope, now_ms)) {
            Some(scope) => Err(Trouble::new(NO_LEAK, format!("{person} was sent something of {scope}"))),
            None => self.counts(server, phone, sent, &page),
        }
    }

    /// A pull brings what was new to the phone when it began, and each record once: what moves meanwhile waits for the next.
    fn counts(&mut self, server: &mut Server, phone: Who, sent: &Request, page: &Page) -> Result<()> {
        let ask: Ask = serde_json::from_slice(&sent.body).map_err(unexpected)?;
        let known = ask.cursor.as_deref().and_then(Cursor::decode).unwrap_or_default();
        let under_way = self.pulls.remove(&phone).filter(|_| known.pulling.is_some());
        let left = match under_way {
            // A page that was asked for again counts once.
            Some(pull) if Some(&pull.cursor) == ask.cursor.as_ref() => Some(pull.records_left),
            Some(pull) => pull.records_left.checked_sub(page.records),
            None => self.new_to(server, phone, &known, &ask.again)?.checked_sub(page.records),
        };
        let told = || Trouble::new(PULLS_END, format!("phone {} is sent more than was new to it", phone.0));
        let records_left = left.ok_or_else(told)?;
        if !page.is_last {
            self.pulls.insert(phone, Pull { cursor: ask.cursor.unwrap_or_default(), records_left });
        }
        Ok(())
    }

    /// How many records that the phone may read have moved since its cursor.
    fn new_to(&mut self, server: &mut Server, phone: Who, known: &Cursor, again: &[String]) -> Result<usize> {
        let read = server.run(None, async |app| {
            anyhow::Ok((state::positions(&app.db.read).await?, server_keys::epoch(&app.db.read).await?))
        })?;
        let (positions, epoch) = read.ok_or_else(|| unexpected("the server died"))?.map_err(unexpected)?;
        // A cursor of another epoch, or ahead of the server, says nothing.
        let newest: BTreeMap<&String, i64> = positions.iter().fold(BTreeMap::new(), |mut newest, (scope, pos)| {
            newest.entry(scope).and_modify(|known| *known = (*known).max(*pos)).or_insert(*pos);
            newest
        });
        let holds = |scope: &String, pos: i64| known.epoch == epoch && newest.get(scope).is_some_and(|n| pos <= *n);
        let (person, now_ms) = (cast::person(phone.1), zhucun::testing::now_ms().unwrap_or(0));
        let rights = self.rights(server)?;
        let had = |scope: &String| {
            let had = known.at.get(scope).copied().filter(|pos| !again.contains(scope) && holds(scope, *pos));
            had.unwrap_or(0)
        };
        let new = positions.iter().filter(|(scope, pos)| *pos > had(scope) && rights.may_read(&person, scope, now_ms));
        Ok(new.count())
    }
}

/// What a pull asks for.
#[derive(Deserialize)]
struct Ask {
    cursor: Option<String>,
    #[serde(default)]
    again: Vec<String>,
}

/// What a page of a pull names.
struct Page {
    scopes: BTreeSet<String>,
    records: usize,
    is_last: bool,
}

impl Page {
    fn read(body: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        struct Scoped {
            s: String,
        }
        let mut page = Page { scopes: BTreeSet::new(), records: 0, is_last: false };
        for line in body.split(|b| *b == b'\n').skip(1).filter(|line| !line.is_empty()) {
            match serde_json::from_slice::<Scoped>(line) {
                Ok(body) => {
                    page.records += 1;
                    page.scopes.insert(body.s);
                }
                Err(_) => {
                    if let PageEnd::Checkpoint(told) = serde_json::from_slice(line).map_err(unexpected)? {
                        page.is_last = true;
                        page.scopes.extend(told.entered.into_iter().chain(told.reset).chain(told.digests.into_keys()));
                    }
                }
            }
        }
        Ok(page)
    }
}

/// The lines that the server has, and its public keys.
pub fn lines_and_keys(server: &mut Server) -> Result<(Vec<Placed>, Vec<PublicKey>)> {
    let read = server.run(None, async |app| Ok((state::lines(&app.db.read).await?, app.keys.public.clone())))?;
    read.ok_or_else(|| unexpected("the server died"))?.map_err(|e: anyhow::Error| unexpected(e))
}
