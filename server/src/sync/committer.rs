//! The tasks that commit. Concurrent pushes share a commit; a failed shared commit is tried again push by push, then what is at fault is
//! set apart: its lines are stored, held (`internal`), and tried again by the sweep.
//!
//! SQLite has one writer, and so one task. On PostgreSQL two take turns at the queue, as two servers would: while one waits for the database
//! the other judges. Each is an install of its own.

use std::{collections::HashMap, sync::Arc};

use anyhow::Context as _;
use sea_orm::{DbBackend, DbErr};
use sync_protocol::{Dot, InstallId, Standing, State, broken};
use tokio::{
    sync::{Mutex, mpsc, oneshot},
    task::JoinHandle,
};

use super::{
    drafts::{Acting, Draft, Written},
    intake::Verified,
    own_chain::OwnChain,
    store::{Context, apart, apply, write},
};
use crate::{
    app::{now_ms, random_bytes},
    error::{ErrorCode, Problem},
    storage::{
        Db,
        connect::is_crossed,
        trouble::{self, Trouble},
    },
};

/// Most lines in one commit: at 1,000 the cost of a durable commit is spread thin already.
const MAX_LINES: usize = 4_000;
/// How many tasks commit on PostgreSQL.
const TASKS: usize = 2;
/// How often what the office writes is tried when another server was in the way.
const TRIES: usize = 5;
/// Most pushes that wait. Beyond, clients are told to come back.
const QUEUE: usize = 1_024;

/// What became of a push.
#[derive(Debug, Clone)]
pub struct Committed {
    /// Standings of its lines, as of now.
    pub standings: HashMap<Dot, Standing>,
    /// Highest seq of the install.
    pub high: u64,
    /// Whether the install has forked.
    pub forked: bool,
    /// When it was durable, ms.
    pub at_ms: i64,
}

enum Order {
    Push(Box<Verified>, oneshot::Sender<Result<Committed, Problem>>),
    Write(Acting, Vec<Draft>, oneshot::Sender<Result<Vec<Written>, Problem>>),
}

/// A handle to the tasks that commit.
#[derive(Clone)]
pub struct Committer {
    orders: mpsc::Sender<Order>,
    context: Arc<Context>,
}

impl Committer {
    /// Starts the tasks, each with a chain of its own. They end when all handles are dropped and what was ordered is done.
    pub fn start(db: Db, context: Arc<Context>, own: impl Fn() -> OwnChain) -> (Self, JoinHandle<()>) {
        let (orders, inbox) = mpsc::channel(QUEUE);
        let inbox = Arc::new(Mutex::new(inbox));
        let tasks = if db.backend() == DbBackend::Sqlite { 1 } else { TASKS };
        let task = || Task { db: db.clone(), context: context.clone(), own: own(), inbox: inbox.clone() };
        let running: Vec<JoinHandle<()>> = (0..tasks).map(|_| tokio::spawn(task().run())).collect();
        let all = async {
            for task in running {
                // A task that panicked has said so; its orders were answered with `busy`.
                let _ = task.await;
            }
        };
        (Self { orders, context }, tokio::spawn(all))
    }

    /// What settling takes; for `rebuild` and sweeps.
    pub fn context(&self) -> Arc<Context> {
        self.context.clone()
    }

    /// How many orders wait.
    #[cfg(feature = "testing")]
    pub fn waiting(&self) -> usize {
        self.orders.max_capacity() - self.orders.capacity()
    }

    /// Commits a verified push; returns when it is durable.
    pub async fn push(&self, push: Verified) -> Result<Committed, Problem> {
        let (answer, done) = oneshot::channel();
        self.orders.try_send(Order::Push(Box::new(push), answer)).map_err(|_| Problem::from(ErrorCode::Busy))?;
        done.await.map_err(|_| Problem::from(ErrorCode::Busy))?
    }

    /// Writes the drafts as lines of this process's install, all or none. Faults of the schema give `invalid` and nothing is written.
    pub async fn write(&self, acting: &Acting, drafts: Vec<Draft>) -> Result<Vec<Written>, Problem> {
        if drafts.is_empty() {
            return Ok(Vec::new());
        }
        let (answer, done) = oneshot::channel();
        let order = Order::Write(acting.clone(), drafts, answer);
        self.orders.send(order).await.map_err(|_| Problem::from(ErrorCode::Busy))?;
        done.await.map_err(|_| Problem::from(ErrorCode::Busy))?
    }
}

struct Task {
    db: Db,
    context: Arc<Context>,
    own: OwnChain,
    inbox: Arc<Mutex<mpsc::Receiver<Order>>>,
}

type Writing = (Acting, Vec<Draft>, oneshot::Sender<Result<Vec<Written>, Problem>>);
type Waiting = (Box<Verified>, oneshot::Sender<Result<Committed, Problem>>);

impl Task {
    async fn run(mut self) {
        while let Some((pushes, write)) = self.next().await {
            self.commit_pushes(pushes).await;
            if let Some((acting, drafts, answer)) = write {
                let _ = answer.send(self.commit_drafts(&acting, &drafts).await);
            }
            self.db.stir();
        }
    }

    /// Whoever came while the last commit was written shares this one, up to the first that is not a push.
    async fn next(&self) -> Option<(Vec<Waiting>, Option<Writing>)> {
        let mut inbox = self.inbox.lock().await;
        let (mut pushes, mut lines): (Vec<Waiting>, usize) = (Vec::new(), 0);
        let mut next = Some(inbox.recv().await?);
        while let Some(order) = next.take() {
            match order {
                Order::Push(push, answer) => {
                    lines += push.lines.len();
                    pushes.push((push, answer));
                }
                Order::Write(acting, drafts, answer) => return Some((pushes, Some((acting, drafts, answer)))),
            }
            if lines < MAX_LINES {
                next = inbox.try_recv().ok();
            }
        }
        Some((pushes, None))
    }

    async fn commit_pushes(&mut self, waiting: Vec<Waiting>) {
        if waiting.is_empty() {
            return;
        }
        let (pushes, answers): (Vec<Verified>, Vec<_>) = waiting.into_iter().map(|(p, a)| (*p, a)).unzip();
        #[cfg(feature = "broken")]
        let answers = super::broken::ack_before_commit(&pushes, answers);
        match self.commit(&pushes).await {
            Ok(done) => {
                for (answer, done) in answers.into_iter().zip(done) {
                    let _ = answer.send(Ok(done));
                }
            }
            Err(error) => {
                let (alone, cause) = (pushes.len() == 1, format!("{error:#}"));
                match trouble(&error) {
                    // Nobody's fault: all come again.
                    Some(trouble) => {
                        tracing::warn!(?trouble, cause, "a commit failed");
                        answers.into_iter().for_each(|answer| drop(answer.send(Err(trouble.into()))));
                        return;
                    }
                    None if alone => tracing::warn!(cause, "a commit failed; setting apart what is at fault"),
                    None => tracing::warn!(cause, "a shared commit failed; trying push by push"),
                }
                #[cfg(feature = "broken")]
                let answers = if alone { answers } else { super::broken::ack_of_the_burst(&pushes, answers) };
                let tried = |_: &_| alone || !broken::is("burst acknowledges all");
                for (push, answer) in pushes.into_iter().zip(answers).filter(tried) {
                    let done = if alone { self.commit_apart(push).await } else { self.commit_alone(push).await };
                    let _ = answer.send(done);
                }
            }
        }
    }

    async fn commit_alone(&mut self, push: Verified) -> Result<Committed, Problem> {
        let pushes = [push];
        match self.commit(&pushes).await {
            Ok(mut done) => Ok(done.remove(0)),
            Err(error) => match trouble(&error) {
                Some(trouble) => Err(trouble.into()),
                None => {
                    let [push] = pushes;
                    self.commit_apart(push).await
                }
            },
        }
    }

    /// Stores the lines; what of them cannot be worked in is held. If not even that goes, the database itself is in trouble: later.
    async fn commit_apart(&mut self, push: Verified) -> Result<Committed, Problem> {
        let now_ms = now_ms();
        match apart::apply(&self.db, &self.context, &push, now_ms).await {
            Ok((standings, end)) => Ok(Committed { standings, high: end.high, forked: end.forked, at_ms: now_ms }),
            Err(error) => {
                tracing::error!(%error, "a push could not be stored");
                Err(trouble::of(&error).unwrap_or(Trouble::Away).into())
            }
        }
    }

    async fn commit(&mut self, pushes: &[Verified]) -> anyhow::Result<Vec<Committed>> {
        let own_before = self.own.clone();
        let result = self.try_commit(pushes).await;
        if let Err(error) = &result {
            self.take_back(own_before, trouble(error));
        }
        result
    }

    /// After a commit that failed. Where it may have been kept all the same, the process goes on as another install: other lines of the same
    /// seqs would fork its own.
    fn take_back(&mut self, own_before: OwnChain, trouble: Option<Trouble>) {
        let doubtful = trouble == Some(Trouble::Away) && self.own.seq() != own_before.seq();
        self.own = if doubtful { own_before.another(random_bytes(), now_ms()) } else { own_before };
    }

    async fn try_commit(&mut self, pushes: &[Verified]) -> anyhow::Result<Vec<Committed>> {
        let now_ms = now_ms();
        let tx = self.db.begin().await?;
        let enrols = self.own.is_new() && apply::has_notices(pushes);
        let rulings = apply::hold_rulings(&tx, pushes, enrols).await?;
        let applied = apply::apply_under(&tx, &self.context, rulings, pushes, now_ms).await?;
        if !applied.noticed.is_empty() {
            let drafts: Vec<Draft> =
                applied.noticed.iter().map(|(dot, scope)| Draft::received(*dot, scope, now_ms)).collect();
            let seen: Vec<(&Draft, Vec<Dot>)> = drafts.iter().map(|d| (d, Vec::new())).collect();
            let lines = self.own.lines(&Acting::server(), &seen, now_ms);
            apply::apply_under(&tx, &self.context, rulings, &[self.own.seal(&lines)], now_ms).await?;
        }
        let stored = write::standings_of_known(&tx, pushes, &applied.standings).await?;
        #[cfg(feature = "testing")]
        crate::testing::before_commit().await;
        #[cfg(feature = "testing")]
        anyhow::ensure!(!crate::testing::commit_fails(), "the story says so");
        tx.commit().await.context("commit")?;
        let end = |install: InstallId| applied.ends.get(&install).copied().unwrap_or_default();
        Ok(pushes
            .iter()
            .map(|p| Committed {
                standings: of_push(p, &applied.standings, &stored),
                high: end(p.install).high,
                forked: end(p.install).forked,
                at_ms: now_ms,
            })
            .collect())
    }

    async fn commit_drafts(&mut self, acting: &Acting, drafts: &[Draft]) -> Result<Vec<Written>, Problem> {
        let own_before = self.own.clone();
        for _ in 0..TRIES {
            let result = self.try_drafts(acting, drafts).await;
            if !matches!(result, Ok(Ok(_))) {
                self.take_back(own_before.clone(), result.as_ref().err().and_then(trouble::of));
            }
            match result {
                Err(error) if is_crossed(&error) => tracing::warn!(%error, "a write crossed another; trying again"),
                other => return other?,
            }
        }
        Err(Problem::from(ErrorCode::Busy))
    }

    async fn try_drafts(&mut self, acting: &Acting, drafts: &[Draft]) -> Result<Result<Vec<Written>, Problem>, DbErr> {
        let now_ms = now_ms();
        let tx = self.db.begin().await?;
        let seen = write::seen(&tx, drafts).await?;
        let lines = self.own.lines(acting, &seen, now_ms);
        let push = self.own.seal(&lines);
        // The first lines of a process are preceded by its enrolment.
        let skip = push.lines.len() - drafts.len();
        let dots: Vec<Dot> = push.lines[skip..].iter().map(|l| l.dot).collect();
        let applied = apply::apply(&tx, &self.context, &[push], now_ms).await?;
        let standing =
            |dot: &Dot| applied.standings.get(dot).cloned().unwrap_or(Standing::of(sync_protocol::Code::Internal));
        let written: Vec<Written> = dots.into_iter().map(|dot| Written { standing: standing(&dot), dot }).collect();
        let faults: Vec<String> = written
            .iter()
            .zip(drafts)
            .filter(|(w, _)| matches!(w.standing.state(), State::Refused | State::Held | State::Unreadable))
            .map(|(w, d)| format!("{} {}: {} {}", d.kind, d.id, w.standing.code.name(), w.standing.detail))
            .collect();
        if !faults.is_empty() {
            tx.rollback().await?;
            return Ok(Err(Problem::new(ErrorCode::Invalid, faults[0].clone()).with("faults", faults)));
        }
        tx.commit().await?;
        Ok(Ok(written))
    }
}

/// The trouble that the database itself is in, where a commit failed for that.
fn trouble(error: &anyhow::Error) -> Option<Trouble> {
    error.downcast_ref().and_then(trouble::of)
}

fn of_push(push: &Verified, fresh: &HashMap<Dot, Standing>, stored: &HashMap<Dot, Standing>) -> HashMap<Dot, Standing> {
    let standing = |dot: &Dot| fresh.get(dot).or_else(|| stored.get(dot)).cloned();
    push.lines.iter().filter_map(|line| Some((line.dot, standing(&line.dot)?))).collect()
}
