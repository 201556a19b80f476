//! Applying pushes: append, correct times, settle what they bear on. One transaction, committed by the caller.

use std::collections::{BTreeSet, HashMap};

use sea_orm::DbErr;
use sync_protocol::{
    Code, Dot, InstallId, Line, Op, RecordKey, Standing,
    rulings::{self, Step},
};

use super::{
    Context,
    append::{self, Fresh},
    carried,
    facts::Sources,
    rejudge::Touched,
    settle::{self, Mode, Settled, Work},
    standings, times, tombstones,
};
use crate::{
    storage::{
        Write,
        entities::install,
        feed::{self, Feeds},
        jobs,
    },
    sync::intake::Verified,
};

/// What became of pushes.
#[derive(Default)]
pub struct Applied {
    /// Standings of operations that these pushes brought.
    pub standings: HashMap<Dot, Standing>,
    /// Where the chains of their installs end.
    pub ends: HashMap<InstallId, End>,
    /// New operations of kinds for which it matters when the server first heard of them.
    pub noticed: Vec<(Dot, String)>,
}

/// Where an install's chain ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct End {
    /// Highest seq.
    pub high: u64,
    /// Whether it has forked.
    pub forked: bool,
}

impl End {
    /// Of the install's row.
    pub fn of(row: &install::Model) -> Self {
        Self { high: row.tip_seq as u64, forked: row.fork_seq.is_some() }
    }
}

/// Kinds whose effect turns on having been reported beforehand.
pub const NOTICES: [&str; 2] = ["duty_away", "leave"];

/// The version of the rulings, where they cannot change in the transaction.
pub type Rulings = Option<i64>;

/// Holds the rulings as applying these pushes takes: shared, or alone where one of them, or what will follow it, may change them. To be asked
/// once in a transaction, before anything else: two that share them and then both want them alone would wait for each other.
pub async fn hold_rulings(tx: &Write, pushes: &[Verified], will_change: bool) -> Result<Rulings, DbErr> {
    if will_change || ops(pushes).any(|op| rulings::KINDS.contains(&op.kind.as_str())) {
        feed::seize_rulings(tx).await?;
        return Ok(None);
    }
    feed::share_rulings(tx).await.map(Some)
}

/// Whether the server will note when it first heard of these.
pub fn has_notices(pushes: &[Verified]) -> bool {
    ops(pushes).any(|op| notice(op).is_some())
}

fn ops(pushes: &[Verified]) -> impl Iterator<Item = &Op> {
    pushes.iter().flat_map(|p| &p.lines).filter_map(|line| match &line.line {
        Line::Op(op) => Some(&**op),
        _ => None,
    })
}

/// Applies the pushes, and nothing else, in a transaction.
pub async fn apply(tx: &Write, context: &Context, pushes: &[Verified], now_ms: i64) -> Result<Applied, DbErr> {
    let rulings = hold_rulings(tx, pushes, false).await?;
    apply_under(tx, context, rulings, pushes, now_ms).await
}

/// Applies the pushes under rulings that are held.
pub async fn apply_under(
    tx: &Write,
    context: &Context,
    rulings: Rulings,
    pushes: &[Verified],
    now_ms: i64,
) -> Result<Applied, DbErr> {
    let sorted = append::sort_out(tx, pushes, now_ms).await?;
    let mut work = Work::of(&sorted.fresh.ops);
    // Scopes are locked before the records in them are read, and these before the new lines are stored, which need not be read back.
    let mut feeds = Feeds::lock(tx, work.scopes()).await?;
    let keys: Vec<RecordKey> = work.records.keys().copied().collect();
    settle::load(tx, &mut work, &keys).await?;
    let fresh = sorted.store(tx, now_ms).await?;
    let moved = times::update(tx, &fresh).await?;

    let mut settled = Settled::default();
    let sources = Sources { context, rulings, installs: &fresh.installs };
    settle_erasures(tx, sources, &mut work, &mut feeds, &mut settled).await?;
    let rulings = work.take(Step::Rulings);
    settle::settle(tx, sources, &rulings, Mode::Step, &mut feeds, &mut settled).await?;
    let again = touched_by(tx, &fresh, moved, Touched::by(&settled.rulings)).await?;
    settle_others(tx, sources, work, &again, &mut feeds, &mut settled).await?;
    feeds.write(tx).await?;

    let unreadable = unreadable(&fresh);
    settled.derived.extend(standings::write(tx, &unreadable, &HashMap::new()).await?);
    settled.standings.extend(unreadable.into_iter().map(|p| (p.dot, p.standing)));
    Ok(Applied {
        ends: fresh.installs.iter().map(|(id, row)| (*id, End::of(row))).collect(),
        noticed: noticed(&fresh),
        standings: finish(tx, settled, now_ms).await?,
    })
}

/// The records of stored operations that are to be settled again, by lines whose time `moved`, by forks, and by what is touched already.
pub(super) async fn touched_by(
    tx: &Write,
    fresh: &Fresh,
    moved: Vec<Dot>,
    mut touched: Touched,
) -> Result<Vec<RecordKey>, DbErr> {
    let new: BTreeSet<Dot> = fresh.ops.iter().map(|op| op.dot).collect();
    touched.dots(moved.into_iter().filter(|dot| !new.contains(dot)));
    for install in &fresh.forked {
        touched.install(*install, fork_seq(fresh, *install));
    }
    touched.dots(carried::of_installs(tx, &fresh.forked).await?);
    touched.records(tx).await
}

/// The records that wait: an operation of theirs has a standing with one of these codes.
pub async fn waiting(tx: &Write, codes: &[Code]) -> Result<Vec<RecordKey>, DbErr> {
    let mut touched = Touched::default();
    for code in codes {
        touched.code(*code);
    }
    touched.records(tx).await
}

/// Settles these records from what is stored, and all that rulings among them touch. Gives the standings of their operations.
pub async fn settle_all(
    tx: &Write,
    context: &Context,
    keys: &[RecordKey],
    now_ms: i64,
) -> Result<HashMap<Dot, Standing>, DbErr> {
    feed::seize_rulings(tx).await?;
    let sources = Sources { context, rulings: None, installs: &HashMap::new() };
    let mut feeds = Feeds::default();
    let mut work = Work::default();
    settle::load(tx, &mut work, keys).await?;
    feeds.also_lock(tx, work.scopes()).await?;
    let mut settled = Settled::default();
    settle_erasures(tx, sources, &mut work, &mut feeds, &mut settled).await?;
    let rulings = work.take(Step::Rulings);
    settle::settle(tx, sources, &rulings, Mode::Step, &mut feeds, &mut settled).await?;
    let again = Touched::by(&settled.rulings).records(tx).await?;
    settle_others(tx, sources, work, &again, &mut feeds, &mut settled).await?;
    feeds.write(tx).await?;
    finish(tx, settled, now_ms).await
}

/// Settles these records from what is stored, for a rebuild: everything is settled, so nothing has to be found that they touch.
pub async fn settle_again(tx: &Write, context: &Context, keys: &[RecordKey], now_ms: i64) -> Result<(), DbErr> {
    let mut work = Work::default();
    settle::load(tx, &mut work, keys).await?;
    let mut feeds = Feeds::lock(tx, work.scopes()).await?;
    let mut settled = Settled::default();
    let sources = Sources { context, rulings: None, installs: &HashMap::new() };
    settle::settle(tx, sources, &work, Mode::Rebuild, &mut feeds, &mut settled).await?;
    feeds.write(tx).await?;
    finish(tx, settled, now_ms).await.map(drop)
}

/// Settles the erasures of the work, and adds the records that they touch.
async fn settle_erasures(
    tx: &Write,
    sources: Sources<'_>,
    work: &mut Work,
    feeds: &mut Feeds,
    settled: &mut Settled,
) -> Result<(), DbErr> {
    let erasures = work.take(Step::Erasures);
    settle::settle(tx, sources, &erasures, Mode::Step, feeds, settled).await?;
    let touched = Touched::by(&settled.rulings).records(tx).await?;
    load_also(tx, work, &touched, Step::Rulings, feeds).await
}

/// Puts derived records into their feeds and jobs into the outbox, and notes which records show nothing.
async fn finish(tx: &Write, settled: Settled, now_ms: i64) -> Result<HashMap<Dot, Standing>, DbErr> {
    tombstones::note(tx, &settled.tombstones, now_ms).await?;
    feed::put_derived(tx, settled.derived).await?;
    jobs::enqueue(tx, settled.jobs, now_ms).await?;
    Ok(settled.standings)
}

/// Settles the rest of the work, and these records.
async fn settle_others(
    tx: &Write,
    sources: Sources<'_>,
    mut work: Work,
    again: &[RecordKey],
    feeds: &mut Feeds,
    settled: &mut Settled,
) -> Result<(), DbErr> {
    load_also(tx, &mut work, again, Step::Others, feeds).await?;
    carried::place(tx, sources, &mut work, feeds).await?;
    settle::settle(tx, sources, &work, Mode::Step, feeds, settled).await
}

/// Adds these records to the work, those of that step or later, and locks their scopes.
pub(super) async fn load_also(
    tx: &Write,
    work: &mut Work,
    keys: &[RecordKey],
    from: Step,
    feeds: &mut Feeds,
) -> Result<(), DbErr> {
    settle::load(tx, work, keys).await?;
    work.records.retain(|_, ops| settle::step_of(ops) >= from);
    if feeds.also_lock(tx, work.scopes()).await? {
        // Which scopes they lie in was known only from reading them; somebody may have written there before the lock.
        settle::load(tx, work, keys).await?;
        work.records.retain(|_, ops| settle::step_of(ops) >= from);
    }
    Ok(())
}

fn fork_seq(fresh: &Fresh, install: InstallId) -> u64 {
    fresh.installs.get(&install).and_then(|i| i.fork_seq).map_or(1, |s| s as u64)
}

pub(super) fn unreadable(fresh: &Fresh) -> Vec<standings::Placed<'_>> {
    let author = |dot: &Dot| fresh.installs.get(&dot.install).map(|i| i.person.as_str()).filter(|p| !p.is_empty());
    fresh
        .unreadable
        .iter()
        .map(|(dot, why)| standings::Placed {
            dot: *dot,
            record: None,
            standing: Standing::with(Code::Unreadable, *why),
            author: author(dot),
        })
        .collect()
}

fn noticed(fresh: &Fresh) -> Vec<(Dot, String)> {
    fresh.ops.iter().filter_map(notice).collect()
}

/// Its name and its record's scope, where it matters when the server first heard of it, be it as what another install carries.
pub fn notice(op: &Op) -> Option<(Dot, String)> {
    let carried = sync_protocol::carried::write(op);
    let op = carried.as_ref().unwrap_or(op);
    NOTICES.contains(&op.kind.as_str()).then(|| (op.dot, op.scope.clone()))
}
