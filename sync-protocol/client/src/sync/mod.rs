//! The driver: takes a snapshot, lets the plan choose, does that one step, and again, until nothing is left or every lane with
//! work waits.

mod checkpoint;
mod healing;
mod media;
mod poked;
mod pull;
mod push;
mod sign_in;
mod splitter;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    device::random_u64,
    engine::Engine,
    error::Error,
    plan::{Lane, Snapshot, Step, next_step},
    store::{Result, chain, couriers, healing as doubt, identity, photos, records},
    transport::{Transport, TransportError},
};

/// What one sync may do.
#[derive(Debug, Clone)]
pub struct Budget {
    /// Push own lines, and those carried for others.
    pub push: bool,
    /// Pull.
    pub pull: bool,
    /// Send photos: previews.
    pub media: bool,
    /// Send originals too: on Wi-Fi, or because the person said so.
    pub originals: bool,
    /// Most steps (requests, or small groups of them).
    pub steps: usize,
    /// Most records in a page of a pull.
    pub page: usize,
    /// Most bytes of a photo in one request. Between two, text that was written meanwhile goes first.
    pub part: usize,
}

impl Budget {
    /// Text and previews: for networks that cost.
    pub const THRIFTY: Budget = Budget {
        push: true,
        pull: true,
        media: true,
        originals: false,
        steps: usize::MAX,
        page: 500,
        part: 256 * 1024,
    };
    /// Everything: for Wi-Fi.
    pub const ALL: Budget = Budget { originals: true, part: 4 << 20, ..Budget::THRIFTY };
    /// Only pushes. With it and [`Budget::PULL`] at the same time, a push does not even wait for a page that is slow to come.
    pub const PUSH: Budget = Budget { pull: false, media: false, ..Budget::THRIFTY };
    /// Only a pull.
    pub const PULL: Budget = Budget { push: false, media: false, ..Budget::THRIFTY };

    fn lanes(&self) -> Vec<Lane> {
        let wanted = [(self.push, Lane::Push), (self.pull, Lane::Pull), (self.media, Lane::Media)];
        wanted.into_iter().filter(|(wanted, _)| *wanted).map(|(_, lane)| lane).collect()
    }
}

/// What a sync did.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Times signed in.
    pub sign_ins: u32,
    /// Pushes that were acknowledged.
    pub pushes: u32,
    /// Lines sent, each time counted.
    pub lines_sent: u64,
    /// Lines newly acknowledged.
    pub lines_acknowledged: u64,
    /// Pushes delivered for other phones.
    pub carried: u32,
    /// Times the server lacked what it had acknowledged.
    pub rewinds: u32,
    /// Times pushes were made smaller.
    pub halvings: u32,
    /// Times the last acknowledged line was sent again to learn how far the server is.
    pub probes: u32,
    /// Times a receipt was presented to learn whether the server still has what it acknowledged.
    pub presented: u32,
    /// Operations named that were shown before a snapshot and not after it.
    pub named: u64,
    /// Complete pages.
    pub pages: u32,
    /// Bodies received in complete pages.
    pub records: u64,
    /// Checkpoints reached.
    pub checkpoints: u32,
    /// Scopes asked for anew because their digest differed, each time.
    pub again: Vec<String>,
    /// Scopes that were dropped.
    pub scopes_dropped: u32,
    /// Bytes of photos sent.
    pub photo_bytes: u64,
    /// Photos proved complete.
    pub photos_complete: u32,
    /// What went wrong: lane, code. A lane that failed waits; the others went on.
    pub failures: Vec<(Lane, String)>,
    /// If lanes with work wait: for how long, ms.
    pub wait_ms: Option<u64>,
    /// Why this phone must enrol anew, if it must.
    pub must_enrol_anew: Option<String>,
    /// Whether everything is delivered.
    pub drained: bool,
}

/// One sync under way.
pub(crate) struct Run<'a, T> {
    pub engine: &'a Engine,
    pub transport: &'a T,
    pub budget: &'a Budget,
    pub report: Report,
    /// Whether a pull is still wanted.
    pub pull: bool,
    /// Scopes asked for anew in this run: each once, or a server with a wrong digest would keep a phone at it for ever.
    pub asked_anew: BTreeSet<String>,
    /// Photos on which nothing more can be done in this run.
    pub photos_done: BTreeSet<String>,
    /// How often the upload of a photo had to begin anew, or came no further.
    pub restarts: BTreeMap<String, u32>,
    /// How often a push was answered with something to be mended at once.
    pub mended: u32,
}

impl Engine {
    /// Syncs within the budget. Comes back when nothing is left to do, or every lane with work waits after a failure
    /// ([`Report::wait_ms`]): failures of network and server are in the report, only failures of the phone itself are errors.
    pub async fn sync<T: Transport>(&self, transport: &T, budget: &Budget) -> Result<Report> {
        self.identity()?;
        let _lanes = Busy::take(self, budget.lanes())?;
        let mut run = Run::new(self, transport, budget);
        for _ in 0..budget.steps {
            let snapshot = run.snapshot()?;
            match next_step(&snapshot) {
                Step::Nothing => break,
                Step::Wait { until_ms } => {
                    run.report.wait_ms = Some(until_ms.saturating_sub(snapshot.now_ms));
                    break;
                }
                step => run.take(step).await?,
            }
        }
        run.report.must_enrol_anew = self.must_enrol_anew()?;
        run.report.drained = self.is_drained()?;
        Ok(run.report)
    }
}

impl<'a, T: Transport> Run<'a, T> {
    fn new(engine: &'a Engine, transport: &'a T, budget: &'a Budget) -> Self {
        Self {
            engine,
            transport,
            budget,
            report: Report::default(),
            pull: budget.pull,
            asked_anew: BTreeSet::new(),
            photos_done: BTreeSet::new(),
            restarts: BTreeMap::new(),
            mended: 0,
        }
    }

    /// Whether there is a token that has not run out, as far as known.
    fn is_signed_in(&self) -> bool {
        let now = self.engine.device.mono_ms();
        self.engine.live().session.as_ref().is_some_and(|session| now < session.until_mono_ms)
    }

    fn snapshot(&self) -> Result<Snapshot> {
        let signed_in = self.is_signed_in();
        let (lanes, limits) = {
            let live = self.engine.live();
            (live.lanes, live.limits)
        };
        self.engine.store.read(|tx| {
            let marks = chain::marks(tx)?;
            let blocked = identity::anew(tx)?.is_some_and(|why| why == crate::engine::BAD_SIGNATURE);
            let mut photos = if self.budget.media { photos::under_way(tx)? } else { Vec::new() };
            photos.retain(|p| !self.photos_done.contains(&p.sha256));
            Ok(Snapshot {
                now_ms: self.engine.device.mono_ms(),
                lanes,
                signed_in,
                acked: marks.acked,
                queued: match self.budget.push && !blocked {
                    true => chain::queued_sizes(tx, marks.acked, limits.lines)?,
                    false => Vec::new(),
                },
                carried: self.budget.push && couriers::waiting(tx)? > 0,
                present: self.budget.push && self.is_to_present(tx, &marks)?,
                unseen: self.budget.pull && !doubt::unseen(tx, 1)?.is_empty(),
                limits,
                pull: self.pull,
                photos,
                originals: self.budget.originals,
            })
        })
    }

    /// Whether receipts are to be presented now: at once while it is in doubt what the server has; later, once it has all again.
    fn is_to_present(&self, tx: &rusqlite::Connection, marks: &chain::Marks) -> Result<bool> {
        let doubt = doubt::doubt(tx)?;
        Ok(doubt.unproved || (doubt.refilling && marks.acked == marks.seq))
    }

    async fn take(&mut self, step: Step) -> Result<()> {
        let lane = match &step {
            Step::Push { .. } | Step::Carry | Step::Present => Lane::Push,
            Step::SignIn | Step::Pull | Step::NameUnseen => Lane::Pull,
            _ => Lane::Media,
        };
        let done = match step {
            Step::SignIn => self.sign_in().await,
            Step::Push { from, to } => self.push(from, to).await,
            Step::Carry => self.carry().await,
            Step::Pull => self.pull_page().await,
            Step::Present => self.present().await,
            Step::NameUnseen => self.name_unseen().await,
            Step::AskMissing { hashes } => self.ask_missing(&hashes).await,
            Step::UploadPhoto { sha256, .. } => self.upload_part(&sha256).await,
            Step::AskReceipt { sha256 } => self.ask_receipt(&sha256).await,
            Step::Wait { .. } | Step::Nothing => Ok(()),
        };
        match done {
            Ok(()) => {
                self.engine.live().lanes.of(lane).failures = 0;
                Ok(())
            }
            Err(error) => self.failed(lane, error),
        }
    }

    /// Lets the lane wait. Failures of the phone itself end the sync.
    fn failed(&mut self, lane: Lane, error: Error) -> Result<()> {
        let retry_after_ms = match &error {
            Error::Problem(problem) => {
                if problem.status == 401 && self.token_ran_out() {
                    return Ok(());
                }
                problem.retry_after_ms
            }
            Error::Transport(_) | Error::BadAnswer(_) | Error::BadReceipt(_) => None,
            _ => return Err(error),
        };
        self.report.failures.push((lane, error.code().to_owned()));
        let random = random_u64(&*self.engine.device);
        let now = self.engine.device.mono_ms();
        let mut live = self.engine.live();
        let state = live.lanes.of(lane);
        *state = state.failed(now, random, retry_after_ms);
        Ok(())
    }

    /// The token was refused. Whether that is no failure: it had been taken before, so a new one will do.
    fn token_ran_out(&self) -> bool {
        self.engine.live().session.take().is_some_and(|session| session.proven)
    }

    /// The token, which the plan has seen to be there.
    pub(crate) fn token(&self) -> Result<String> {
        let live = self.engine.live();
        live.session
            .as_ref()
            .map(|s| s.token.clone())
            .ok_or_else(|| TransportError::Cut("the phone was rebooted".into()).into())
    }

    /// The token was taken.
    pub(crate) fn token_held(&self) {
        if let Some(session) = &mut self.engine.live().session {
            session.proven = true;
        }
    }

    /// Notes scopes whose digests differ; asks for each once in a run.
    pub(crate) fn ask_anew(&mut self, scopes: Vec<String>) -> Result<()> {
        let new: Vec<String> = scopes.into_iter().filter(|s| self.asked_anew.insert(s.clone())).collect();
        if !new.is_empty() {
            self.engine.store.write(|tx| new.iter().try_for_each(|scope| records::set_again(tx, scope)))?;
            self.report.again.extend(new);
            self.pull = true;
        }
        Ok(())
    }
}

/// Holds lanes: each is synced by one at a time.
struct Busy<'a>(&'a Engine, Vec<Lane>);

impl<'a> Busy<'a> {
    fn take(engine: &'a Engine, lanes: Vec<Lane>) -> Result<Self> {
        let mut live = engine.live();
        if lanes.iter().any(|lane| live.busy.contains(lane)) {
            return Err(Error::Busy);
        }
        live.busy.extend(&lanes);
        drop(live);
        Ok(Self(engine, lanes))
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.live().busy.retain(|lane| !self.1.contains(lane));
    }
}
