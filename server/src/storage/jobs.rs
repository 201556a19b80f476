//! The job outbox: work to be done after a commit, written in the same transaction, so that neither can be without the other.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::{Expr, ExprTrait as _, LockBehavior, LockType, OnConflict, Query, UnionType},
};

use super::{
    Db, Write,
    entities::job,
    rows,
    turns::{self, Turn},
};

/// A job: of a kind, about a subject. One that waits already is not written twice.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobKey {
    /// Which handler.
    pub kind: &'static str,
    /// About what; the handler's own notation.
    pub subject: String,
}

/// What does the jobs of one kind.
#[async_trait]
pub trait JobHandler: Send + Sync {
    /// The kind.
    fn kind(&self) -> &'static str;

    /// A kind of which none may be left that waits, if there is one: what these are about would only change again.
    fn comes_after(&self) -> Option<&'static str> {
        None
    }

    /// Does them, in one transaction which the caller commits. `now_ms` is the server's clock.
    async fn run(&self, tx: &Write, subjects: &[String], now_ms: i64) -> Result<(), DbErr>;
}

/// Writes jobs, or marks those that wait as changed again, so that one under way is done once more. Their rows are locked in their order, and
/// behind whatever scopes the transaction locks: it locks no more of those afterwards.
pub async fn enqueue(
    tx: &impl ConnectionTrait,
    jobs: impl IntoIterator<Item = JobKey>,
    now_ms: i64,
) -> Result<(), DbErr> {
    let rows: Vec<job::ActiveModel> = BTreeSet::from_iter(jobs)
        .into_iter()
        .map(|key| job::ActiveModel {
            kind: Set(key.kind.to_owned()),
            subject: Set(key.subject),
            version: Set(0),
            due_ms: Set(now_ms),
            attempts: Set(0),
            error: Set(None),
        })
        .collect();
    for chunk in rows::pieces::<job::Entity, _>(tx, rows) {
        let conflict = OnConflict::columns([job::Column::Kind, job::Column::Subject])
            .value(job::Column::Version, Expr::col((job::Entity, job::Column::Version)).add(1))
            .value(job::Column::DueMs, now_ms)
            .to_owned();
        job::Entity::insert_many(chunk).on_conflict(conflict).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Of these kinds those of which a job is due: a look at one row of each, however many wait.
pub async fn due_kinds(db: &Db, kinds: &[&'static str], now_ms: i64) -> Result<Vec<String>, DbErr> {
    let look = |kind: &&str| {
        let due = of_kind(kind).and(job::Column::DueMs.lte(now_ms));
        let waits = Query::select().expr(Expr::value(1)).from(job::Entity).and_where(due).to_owned();
        Query::select().expr_as(Expr::value(*kind), "kind").and_where(Expr::exists(waits)).to_owned()
    };
    let Some(all) = kinds.iter().map(look).reduce(|mut all, one| all.union(UnionType::All, one).to_owned()) else {
        return Ok(Vec::new());
    };
    db.read.query_all(&all).await?.iter().map(|row| row.try_get("", "kind")).collect()
}

/// Up to how many jobs, and those behind which subject.
///
/// Jobs are done in the order of their subjects, in which they lie, so that finding some among millions reads no more than these; and going on
/// behind the last lets none wait for ever behind others that come again and again.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// At most so many.
    pub limit: u64,
    /// Those behind this subject first; all where empty.
    pub behind: String,
}

/// What was done.
#[derive(Debug, Clone, Default)]
pub struct Done {
    /// How many jobs there were.
    pub jobs: usize,
    /// Where to go on: the last of their subjects; empty where none is behind it.
    pub last: String,
}

/// Does some due jobs of that handler. None where another server is doing jobs of this kind.
pub async fn run_due(db: &Db, handler: &dyn JobHandler, batch: &Batch, now_ms: i64) -> Result<Done, DbErr> {
    match attempt(db, handler, Which::Due(batch), now_ms).await {
        Ok(done) => return Ok(done),
        Err(error) => tracing::warn!(kind = handler.kind(), %error, "jobs failed together; trying one by one"),
    }
    let due = due(&db.read, handler, batch, now_ms).await?;
    for one in &due {
        if let Err(error) = attempt(db, handler, Which::This(one), now_ms).await {
            put_off(db, one, &error, now_ms).await?;
        }
    }
    Ok(done(&due, batch))
}

fn done(due: &[job::Model], batch: &Batch) -> Done {
    let last = due.last().filter(|_| due.len() as u64 == batch.limit).map(|job| job.subject.clone());
    Done { jobs: due.len(), last: last.unwrap_or_default() }
}

fn of_kind(kind: &str) -> Expr {
    job::Column::Kind.eq(kind)
}

async fn due(
    db: &impl ConnectionTrait,
    handler: &dyn JobHandler,
    Batch { limit, behind }: &Batch,
    now_ms: i64,
) -> Result<Vec<job::Model>, DbErr> {
    let due = job::Entity::find().filter(of_kind(handler.kind())).filter(job::Column::DueMs.lte(now_ms));
    let find = |due: Select<job::Entity>| due.order_by_asc(job::Column::Subject).limit(*limit).all(db);
    let found = find(due.clone().filter(job::Column::Subject.gt(behind.as_str()))).await?;
    // Behind the last come the first again.
    if found.is_empty() && !behind.is_empty() { find(due).await } else { Ok(found) }
}

enum Which<'a> {
    Due(&'a Batch),
    This(&'a job::Model),
}

/// One transaction: the turn, what is due, the work, the end of the jobs.
async fn attempt(db: &Db, handler: &dyn JobHandler, which: Which<'_>, now_ms: i64) -> Result<Done, DbErr> {
    let tx = db.begin().await?;
    if !turns::try_take(&tx, Turn::Jobs(handler.kind())).await? {
        tx.rollback().await?;
        return Ok(Done::default());
    }
    // Read behind the turn: what another server just did is no longer there.
    let (due, done) = match which {
        Which::Due(batch) => {
            let due = due(&tx, handler, batch, now_ms).await?;
            let done = done(&due, batch);
            (due, done)
        }
        Which::This(one) => (vec![one.clone()], Done { jobs: 1, last: String::new() }),
    };
    if due.is_empty() {
        tx.rollback().await?;
        return Ok(done);
    }
    let subjects: Vec<String> = due.iter().map(|j| j.subject.clone()).collect();
    handler.run(&tx, &subjects, now_ms).await?;
    remove(&tx, &due).await?;
    tx.commit().await?;
    db.stir();
    Ok(done)
}

/// Removes those whose version is still that which was done: one that moved meanwhile has new inputs, and stays, as does one that somebody is
/// just moving. So nobody is waited for here, in whatever order others lock jobs.
async fn remove(tx: &Write, done: &[job::Model]) -> Result<(), DbErr> {
    let version: HashMap<&str, i64> = done.iter().map(|job| (job.subject.as_str(), job.version)).collect();
    let Some(kind) = done.first().map(|job| &job.kind) else { return Ok(()) };
    for list in rows::lists(&done.iter().map(|job| job.subject.as_str()).collect::<Vec<_>>()) {
        let these = of_kind(kind).and(job::Column::Subject.is_in(list));
        let lock = job::Entity::find().filter(these).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        let mut same = lock.all(tx).await?;
        same.retain(|job| version.get(job.subject.as_str()) == Some(&job.version));
        for list in rows::lists(&same.iter().map(|job| job.subject.as_str()).collect::<Vec<_>>()) {
            let these = of_kind(kind).and(job::Column::Subject.is_in(list));
            job::Entity::delete_many().filter(these).exec(tx).await?;
        }
    }
    Ok(())
}

async fn put_off(db: &Db, job: &job::Model, error: &DbErr, now_ms: i64) -> Result<(), DbErr> {
    tracing::error!(kind = job.kind, subject = job.subject, %error, "job failed");
    let tx = db.begin().await?;
    let wait_ms = 1000 << job.attempts.clamp(0, 8);
    job::Entity::update_many()
        .col_expr(job::Column::Attempts, Expr::value(job.attempts + 1))
        .col_expr(job::Column::DueMs, Expr::value(now_ms + wait_ms))
        .col_expr(job::Column::Error, Expr::value(error.to_string()))
        .filter(job::Column::Kind.eq(&job.kind).and(job::Column::Subject.eq(&job.subject)))
        .exec(&tx)
        .await?;
    tx.commit().await
}

/// A job that is one worker's own for a while: for work that takes too long for a transaction.
#[derive(Debug)]
pub struct Claim(job::Model);

impl Claim {
    /// About what.
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// How often it was taken, this time among them.
    pub fn tries(&self) -> i32 {
        self.0.attempts
    }
}

/// Takes a due job of that kind, for so long: unless it is ended or put off by then, it is due again. None if none is due.
pub async fn claim(db: &Db, kind: &str, lease_ms: i64, now_ms: i64) -> Result<Option<Claim>, DbErr> {
    let due = job::Entity::find().filter(job::Column::Kind.eq(kind)).filter(job::Column::DueMs.lte(now_ms));
    let due = due.order_by_asc(job::Column::Subject).limit(CLAIMED_FROM).all(&db.read).await?;
    for one in due {
        let tx = db.begin().await?;
        let taken = job::Entity::update_many()
            .col_expr(job::Column::DueMs, Expr::value(now_ms + lease_ms))
            .col_expr(job::Column::Attempts, Expr::value(one.attempts + 1))
            .filter(job::Column::Kind.eq(kind).and(job::Column::Subject.eq(&one.subject)))
            // Somebody else may have been quicker.
            .filter(job::Column::DueMs.eq(one.due_ms).and(job::Column::Version.eq(one.version)))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        if taken.rows_affected == 1 {
            return Ok(Some(Claim(job::Model { attempts: one.attempts + 1, ..one })));
        }
    }
    Ok(None)
}

/// Jobs among which a worker finds one that nobody else just took.
const CLAIMED_FROM: u64 = 16;

/// The claimed job is done. If it changed meanwhile it stays, and is due.
pub async fn end(tx: &Write, Claim(done): &Claim) -> Result<(), DbErr> {
    let same = job::Column::Version.eq(done.version);
    let this = job::Column::Kind.eq(&done.kind).and(job::Column::Subject.eq(&done.subject));
    job::Entity::delete_many().filter(this).filter(same).exec(tx).await.map(drop)
}

/// The claimed job could not be done, and is due again then. It was not the worker that failed: that alone counts as a try.
pub async fn give_back(db: &Db, Claim(job): &Claim, error: &str, due_ms: i64) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    job::Entity::update_many()
        .col_expr(job::Column::Attempts, Expr::col(job::Column::Attempts).sub(1))
        .col_expr(job::Column::DueMs, Expr::value(due_ms))
        .col_expr(job::Column::Error, Expr::value(error))
        .filter(job::Column::Kind.eq(&job.kind).and(job::Column::Subject.eq(&job.subject)))
        .exec(&tx)
        .await?;
    tx.commit().await
}

/// Makes all jobs of that kind due, those that are claimed too: whoever claimed them may have died. Who asks for this knows by other means what
/// is still under way.
pub async fn make_due(db: &Db, kind: &str, now_ms: i64) -> Result<(), DbErr> {
    let tx = db.begin().await?;
    let all = job::Entity::update_many().col_expr(job::Column::DueMs, Expr::value(now_ms));
    all.filter(job::Column::Kind.eq(kind)).exec(&tx).await?;
    tx.commit().await
}
