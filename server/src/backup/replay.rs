//! Working the shipped log in: every push that is not here yet, as it was received then.
//!
//! Each push proves itself by its signature and its place on the chain, so a log that was tampered with brings nothing in that was not
//! signed; what it lacks is told.

use std::collections::{BTreeMap, HashSet, VecDeque};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use sync_protocol::{InstallId, ids::sha256, push::Push};

use super::{
    manifest::{LogMark, Manifest},
    store::known::{self, Notice},
};
use crate::{
    app::App,
    error::ErrorCode,
    ship::{
        depot::Depot,
        segment::{self, Shipped},
    },
    sync::{
        drafts::{Acting, Draft},
        intake::Verified,
        push::verify,
    },
};

/// Most pushes of one transaction.
const TOGETHER: usize = 200;

/// What a replay did.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    /// Segments read.
    pub segments: u64,
    /// Pushes that were not here yet.
    pub pushes: u64,
    /// Their lines.
    pub lines: u64,
    /// When the newest push of the log had been received, ms.
    pub newest_ms: Option<i64>,
    /// What is missing or does not hold, a sentence each. Empty: the log is whole.
    pub faults: Vec<String>,
}

/// A replay under way. It may be continued when more was shipped.
pub struct Replay<'a> {
    app: &'a App,
    depot: &'a dyn Depot,
    /// Strands that began since must be here from their first segment on; of older ones the beginning may have been removed.
    since_ms: i64,
    /// The newest segment read of each strand, and the hash of its file.
    read: BTreeMap<String, (i64, String)>,
    /// Pushes that wait for others of their install.
    waiting: VecDeque<Shipped>,
    notices: Vec<(Notice, i64)>,
    /// What it did so far.
    pub done: Replayed,
}

impl<'a> Replay<'a> {
    /// Of the log in that place, from behind what a backup has.
    pub fn new(app: &'a App, depot: &'a dyn Depot, backup: &Manifest) -> Self {
        let read = backup.summary.log.as_ref().filter(|mark| mark.segment > 0);
        let read = read.map(|mark| (mark.strand.clone(), (mark.segment, mark.sha256.clone()))).into_iter().collect();
        Self { since_ms: backup.taken_ms, read, ..Self::of_all(app, depot) }
    }

    /// Of all of the log in that place, whatever of it was removed for its age.
    pub fn of_all(app: &'a App, depot: &'a dyn Depot) -> Self {
        let (read, waiting, notices) = (BTreeMap::new(), VecDeque::new(), Vec::new());
        Self { app, depot, since_ms: i64::MAX, read, waiting, notices, done: Replayed::default() }
    }

    /// Works in what is there now.
    pub async fn run(&mut self) -> anyhow::Result<()> {
        let mut strands: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for (strand, segment) in self.depot.list().await?.iter().filter_map(|name| segment::parse(name)) {
            strands.entry(strand).or_default().push(segment);
        }
        for (strand, segments) in &strands {
            let whole = segment::begun_ms(strand) >= self.since_ms;
            let lowest = if whole { 1 } else { segments.first().copied().unwrap_or(1) };
            let mut next = self.read.get(strand).map_or(lowest, |(newest, _)| newest + 1);
            for segment in segments.iter().copied().filter(|segment| *segment >= next).collect::<Vec<_>>() {
                for missing in next..segment {
                    self.done.faults.push(format!("segment {} is missing", segment::name(strand, missing)));
                    self.read.remove(strand);
                }
                self.segment(strand, segment).await?;
                next = segment + 1;
            }
        }
        Ok(())
    }

    /// Whether the log, as read, is whole up to where the server that ships it says it is; else what is wrong.
    pub fn reaches(&self, server: &LogMark) -> Result<(), String> {
        let name = segment::name(&server.strand, server.segment);
        match self.read.get(&server.strand) {
            _ if server.segment == 0 => Ok(()),
            Some((segment, sha256)) if *segment == server.segment && *sha256 != server.sha256 => {
                Err(format!("segment {name} is not the one that was shipped"))
            }
            Some((segment, _)) if *segment >= server.segment => Ok(()),
            _ => Err(format!("segment {name} is missing")),
        }
    }

    /// Ends it: notes are written of notices whose note the log does not have, and what still waits is told.
    pub async fn end(mut self) -> anyhow::Result<Replayed> {
        for (notice, at) in known::without_note(&self.app.db, std::mem::take(&mut self.notices)).await? {
            let draft = Draft::received(notice.0, &notice.1, at);
            self.app.committer.write(&Acting::server(), vec![draft]).await?;
        }
        for left in &self.waiting {
            let told = match Push::read(&left.body) {
                Ok(push) => {
                    format!("install {}: what comes before line {} is missing", push.header.install, push.header.first)
                }
                Err(error) => format!("push {}: {error}", left.id),
            };
            self.done.faults.push(told);
        }
        Ok(self.done)
    }

    async fn segment(&mut self, strand: &str, number: i64) -> anyhow::Result<()> {
        let name = segment::name(strand, number);
        let file = self.depot.get(&name).await?.with_context(|| format!("reading {name}"))?;
        let (head, pushes) = match segment::decode(&file) {
            Ok(read) => read,
            Err(why) => {
                self.done.faults.push(format!("segment {name} is damaged: {why}"));
                self.read.insert(strand.to_owned(), (number, hex::encode(sha256(&[&file]))));
                return Ok(());
            }
        };
        let before = self.read.insert(strand.to_owned(), (number, hex::encode(sha256(&[&file]))));
        if (head.strand.as_str(), head.segment) != (strand, number) {
            self.done.faults.push(format!("segment {name} is another one under that name"));
        } else if before.is_some_and(|(_, hash)| hash != head.prev) {
            let before = segment::name(strand, number - 1);
            self.done.faults.push(format!("segment {before} is not the one that was shipped"));
        }
        self.done.segments += 1;
        self.pushes(&name, pushes).await
    }

    /// Works pushes in, in their order, those of one moment together; those that wait for others again after each that came.
    async fn pushes(&mut self, name: &str, pushes: Vec<Shipped>) -> anyhow::Result<()> {
        let mut left: VecDeque<Shipped> = pushes.into();
        loop {
            let before = self.done.pushes;
            self.round(name, &mut left).await?;
            left = std::mem::take(&mut self.waiting);
            if left.is_empty() || self.done.pushes == before {
                self.waiting = left;
                return Ok(());
            }
        }
    }

    async fn round(&mut self, name: &str, left: &mut VecDeque<Shipped>) -> anyhow::Result<()> {
        let mut batch = Batch::default();
        while let Some(shipped) = left.pop_front() {
            let Ok(push) = Push::read(&shipped.body) else {
                self.done.faults.push(format!("segment {name}: push {} cannot be read", shipped.id));
                continue;
            };
            self.done.newest_ms = self.done.newest_ms.max(Some(shipped.at));
            if known::is_here(&self.app.db, &push).await? {
                continue;
            }
            if !batch.takes(push.header.install, shipped.at) {
                self.commit(&mut batch).await?;
            }
            match verify(self.app, &push, shipped.cert.as_ref().or(push.header.cert.as_ref())).await {
                Ok(verified) => batch.add(verified, shipped.at),
                Err(problem) => match problem.code {
                    ErrorCode::Gap | ErrorCode::UnknownBranch | ErrorCode::UnknownInstall => {
                        self.waiting.push_back(shipped);
                    }
                    ErrorCode::Internal => return Err(problem.into()),
                    _ => self.done.faults.push(format!("segment {name}: push {}: {problem}", shipped.id)),
                },
            }
        }
        self.commit(&mut batch).await
    }

    async fn commit(&mut self, batch: &mut Batch) -> anyhow::Result<()> {
        let Batch { pushes, at, .. } = std::mem::take(batch);
        if pushes.is_empty() {
            return Ok(());
        }
        let notices = known::work_in(&self.app.db, &self.app.committer, &pushes, at).await?;
        self.notices.extend(notices.into_iter().map(|notice| (notice, at)));
        self.done.pushes += pushes.len() as u64;
        self.done.lines += pushes.iter().map(|push| push.lines.len() as u64).sum::<u64>();
        Ok(())
    }
}

/// Pushes that were received at one moment, of different installs: they shared a commit then, and share one now.
#[derive(Default)]
struct Batch {
    pushes: Vec<Verified>,
    installs: HashSet<InstallId>,
    at: i64,
}

impl Batch {
    fn takes(&self, install: InstallId, at: i64) -> bool {
        self.pushes.is_empty() || (self.at == at && self.pushes.len() < TOGETHER && !self.installs.contains(&install))
    }

    fn add(&mut self, push: Verified, at: i64) {
        self.installs.insert(push.install);
        self.pushes.push(push);
        self.at = at;
    }
}
