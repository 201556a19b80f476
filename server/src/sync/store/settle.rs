//! Making records of operations: judge and merge (pure, in `sync-protocol`), then write what changed: record, standings, conflicts,
//! rulings, projections, jobs, feed positions.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use sea_orm::{ConnectionTrait, DbErr};
use sync_protocol::{
    Dot, Op, RecordKey, Standing,
    judge::Facts,
    merge::{self, Merged},
    record::{self, RecordName},
    rulings::{self, Ruling, Step},
    time::Corrected,
};

use super::{
    Context, carried, erase,
    facts::{self, Sources},
    standings, times, tombstones,
};
use crate::storage::{
    Write,
    entities::{conflict, line, record as record_row, ruling},
    feed::{Derived, Feeds},
    jobs::JobKey,
    projection::Changed,
    rows,
};

/// All operations of some records.
#[derive(Default)]
pub struct Work {
    /// By record.
    pub records: BTreeMap<RecordKey, Vec<Op>>,
    /// Those of which operations were stored before: only of them can there be rows.
    pub stored: BTreeSet<RecordKey>,
}

impl Work {
    /// Of these operations.
    pub fn of(ops: &[Op]) -> Self {
        let mut work = Work::default();
        ops.iter().for_each(|op| work.add(op.clone()));
        work
    }

    /// The scopes that the records lie in.
    pub fn scopes(&self) -> BTreeSet<&str> {
        self.records.values().filter_map(|ops| Some(ops.first()?.scope.as_str())).collect()
    }

    /// Adds an operation, once.
    pub fn add(&mut self, op: Op) {
        let ops = self.records.entry(RecordKey::of(&op.scope, &op.kind, &op.id)).or_default();
        if ops.iter().all(|known| known.dot != op.dot) {
            ops.push(op);
        }
    }

    /// Takes out the records of a step.
    pub fn take(&mut self, step: Step) -> Work {
        let records: BTreeMap<_, _> = self.records.extract_if(.., |_, ops| step_of(ops) == step).collect();
        let stored = self.stored.extract_if(.., |key| records.contains_key(key)).collect();
        Work { records, stored }
    }
}

/// What settling came to.
#[derive(Default)]
pub struct Settled {
    /// Standings of all operations settled.
    pub standings: HashMap<Dot, Standing>,
    /// Jobs to write.
    pub jobs: BTreeSet<JobKey>,
    /// Derived records to put into feeds.
    pub derived: Vec<Derived>,
    /// Records that came to show nothing (`true`) or, having shown nothing, something.
    pub tombstones: Vec<(RecordKey, bool)>,
    /// Rulings that changed, as they were and as they are.
    pub rulings: Vec<RulingChange>,
}

/// A ruling record that changed.
pub struct RulingChange {
    /// Its kind.
    pub kind: String,
    /// Its id.
    pub id: String,
    /// What it said.
    pub before: Option<Ruling>,
    /// What it says.
    pub after: Option<Ruling>,
}

/// How much is to be written again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// What changed.
    Step,
    /// Projections, conflicts and rulings whole, since their tables were emptied.
    Rebuild,
}

/// Adds to the work the operations that are stored for these records.
pub async fn load(db: &impl ConnectionTrait, work: &mut Work, keys: &[RecordKey]) -> Result<(), DbErr> {
    let wanted = keys.iter().map(|k| k.0.to_vec()).collect();
    let stored = rows::select_in::<line::Entity, _>(db, line::Column::Record, wanted).await?;
    for row in stored {
        if let Some(op) = carried::stored(&row) {
            work.stored.insert(RecordKey::of(&op.scope, &op.kind, &op.id));
            work.add(op);
        }
    }
    Ok(())
}

/// The step in which a record is settled.
pub fn step_of(ops: &[Op]) -> Step {
    ops.first().map_or(Step::Others, |op| Step::of(&op.kind))
}

fn is_ruling(ops: &[Op]) -> bool {
    step_of(ops) != Step::Others
}

/// Settles these records. The scopes they lie in were locked before their operations were read: what another server is writing in them
/// is here, or waits. The caller writes the feeds.
pub async fn settle(
    tx: &Write,
    sources: Sources<'_>,
    work: &Work,
    mode: Mode,
    feeds: &mut Feeds,
    into: &mut Settled,
) -> Result<(), DbErr> {
    if work.records.is_empty() {
        return Ok(());
    }
    let ops: Vec<&Op> = work.records.values().flatten().collect();
    let stored: Vec<RecordKey> = work.stored.iter().copied().collect();
    let existing = existing(tx, &stored).await?;
    let facts = facts::load(tx, &sources, &ops).await?;
    let times = times::of(tx, &ops).await?;
    let before = standings::of_records(tx, &stored).await?;

    let outcomes = over_cores(work.records.iter().collect(), |(key, ops)| {
        Outcome::of(*key, ops, &times, &facts, existing.get(key), &sources.context.projected, mode)
    });
    let outcomes: Vec<Outcome<'_>> = outcomes.into_iter().flatten().collect();
    let placed: Vec<standings::Placed<'_>> = outcomes.iter().flat_map(|o| o.placed(&facts)).collect();
    into.derived.extend(standings::write(tx, &placed, &before).await?);
    into.standings.extend(placed.into_iter().map(|p| (p.dot, p.standing)));

    write_rulings(tx, sources.context, &outcomes, into).await?;
    write_conflicts(tx, &outcomes, mode).await?;
    let moved = outcomes.iter().filter_map(|o| Some((o.before.is_some(), o.row(feeds)?)));
    let (again, new): (Vec<_>, Vec<_>) = moved.partition(|(existed, _)| *existed);
    into.jobs.extend(erase::values(tx, sources.context, &ops, &facts).await?);
    for o in outcomes.iter().filter(|o| !is_ruling(o.ops) && o.changed()) {
        into.tombstones.extend(tombstones::change(o.before, &o.merged).map(|buried| (o.key, buried)));
    }
    let rows = |of: Vec<(bool, record_row::Model)>| of.into_iter().map(|(_, row)| row).collect();
    // The statements of one are put together while the database runs those of another.
    let (inserted, upserted, projected) = futures::join!(
        rows::insert::<record_row::Entity>(tx, rows(new)),
        rows::upsert::<record_row::Entity>(tx, rows(again)),
        project(tx, sources.context, &outcomes, into),
    );
    inserted.and(upserted).and(projected)
}

/// Fewer items are not worth a thread.
const WORTH_A_THREAD: usize = 64;

/// Does a pure piece of work on each item, spread over the processor's cores, and gives the results in order.
fn over_cores<T: Copy + Sync, R: Send>(items: Vec<T>, each: impl Fn(T) -> R + Sync) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(items.len() / WORTH_A_THREAD).max(1);
    let (first, rest) = items.split_at(items.len() / cores);
    let run = |part: &[T]| part.iter().map(|item| each(*item)).collect::<Vec<R>>();
    std::thread::scope(|threads| {
        let others: Vec<_> = rest.chunks(first.len().max(1)).map(|part| threads.spawn(|| run(part))).collect();
        let mut results = run(first);
        for other in others {
            results.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        results
    })
}

async fn existing(tx: &Write, keys: &[RecordKey]) -> Result<HashMap<RecordKey, record_row::Model>, DbErr> {
    let wanted = keys.iter().map(|k| k.0.to_vec()).collect();
    let rows = rows::select_in::<record_row::Entity, _>(tx, record_row::Column::Key, wanted).await?;
    Ok(rows.into_iter().filter_map(|r| Some((RecordKey(r.key.as_slice().try_into().ok()?), r))).collect())
}

struct Outcome<'a> {
    key: RecordKey,
    name: RecordName<'a>,
    ops: &'a [Op],
    merged: Merged,
    standings: Vec<Standing>,
    body: String,
    /// The shown values, where somebody asks for them: rulings and projections.
    fields: String,
    before: Option<&'a record_row::Model>,
    rebuild: bool,
}

impl<'a> Outcome<'a> {
    fn of(
        key: RecordKey,
        ops: &'a [Op],
        times: &HashMap<Dot, Corrected>,
        facts: &Facts,
        before: Option<&'a record_row::Model>,
        projected: &HashSet<&str>,
        mode: Mode,
    ) -> Option<Self> {
        // A record that nothing writes any more, since what was carried left it, is known by its row.
        let name = match (ops.first(), before) {
            (Some(op), _) => RecordName::of(op),
            (None, Some(row)) => RecordName { scope: &row.scope, kind: &row.kind, id: &row.id },
            (None, None) => return None,
        };
        let refs: Vec<&Op> = ops.iter().collect();
        let at: Vec<Corrected> =
            ops.iter().map(|op| times.get(&op.dot).copied().unwrap_or(Corrected::UNKNOWN)).collect();
        let (merged, standings) = merge::settle(&refs, &at, facts);
        let body = record::body(name, &merged);
        let told = is_ruling(ops) || projected.contains(name.kind);
        let fields = if told { rulings::fields_json(&merged) } else { String::new() };
        Some(Self { key, name, ops, merged, standings, body, fields, before, rebuild: mode == Mode::Rebuild })
    }

    fn placed<'s>(&'s self, facts: &'s Facts) -> impl Iterator<Item = standings::Placed<'s>> {
        self.ops.iter().zip(&self.standings).map(|(op, standing)| standings::Placed {
            dot: op.dot,
            record: Some((self.key, self.name)),
            standing: standing.clone(),
            author: match &op.acting {
                Some((person, _)) if facts.is_server(op.dot.install) => Some(person.as_str()),
                _ => facts.installs.get(&op.dot.install).filter(|i| i.enrolled).map(|i| i.person.as_str()),
            },
        })
    }

    /// A record of which nothing ever stood has no row.
    fn changed(&self) -> bool {
        match self.before {
            Some(before) => before.body != self.body,
            None => !self.merged.is_empty(),
        }
    }

    fn row(&self, feeds: &mut Feeds) -> Option<record_row::Model> {
        if !self.changed() {
            return None;
        }
        let empty = self.merged.is_empty();
        let before = self.before.map(|b| (b.body.as_str(), b.empty));
        Some(record_row::Model {
            key: self.key.0.to_vec(),
            scope: self.name.scope.to_owned(),
            kind: self.name.kind.to_owned(),
            id: self.name.id.to_owned(),
            pos: feeds.moved(self.name.scope, before, (&self.body, empty)),
            body: self.body.clone(),
            empty,
            derived: false,
        })
    }
}

async fn write_rulings(
    tx: &Write,
    context: &Context,
    outcomes: &[Outcome<'_>],
    into: &mut Settled,
) -> Result<(), DbErr> {
    let rules: Vec<&Outcome<'_>> = outcomes.iter().filter(|o| is_ruling(o.ops)).collect();
    if rules.is_empty() {
        return Ok(());
    }
    let keys = rules.iter().map(|o| o.key.0.to_vec()).collect();
    let before: HashMap<Vec<u8>, ruling::Model> =
        rows::select_in::<ruling::Entity, _>(tx, ruling::Column::Record, keys)
            .await?
            .into_iter()
            .map(|row| (row.record.clone(), row))
            .collect();
    let (mut put, mut gone) = (Vec::new(), Vec::new());
    for o in rules {
        let was = before.get(o.key.0.as_slice());
        if was.is_some_and(|w| w.fields == o.fields && !o.merged.is_empty()) {
            continue;
        }
        let after =
            (!o.merged.is_empty()).then(|| rulings::ruling(o.name.kind, o.name.id, &o.fields, &context.servers));
        let after = after.flatten();
        let said = was.and_then(|w| rulings::read(&w.kind, &w.id, &w.fields));
        match &after {
            Some(ruling) => put.push(ruling_row(o, ruling)),
            None if was.is_some() => gone.push(o.key.0.to_vec()),
            None => {}
        }
        if after != said {
            let (kind, id) = (o.name.kind.to_owned(), o.name.id.to_owned());
            into.rulings.push(RulingChange { kind, id, before: said, after });
        }
    }
    rows::upsert::<ruling::Entity>(tx, put).await?;
    rows::delete_in::<ruling::Entity, _>(tx, ruling::Column::Record, gone).await
}

fn ruling_row(o: &Outcome<'_>, ruling: &Ruling) -> ruling::Model {
    let (person, install) = match ruling {
        Ruling::Right { person, .. } => (Some(person.clone()), None),
        Ruling::Enrolment(enrolment) => (None, Some(enrolment.certificate.install)),
        Ruling::Decision { dot, .. } | Ruling::Erasure { dot, .. } => (None, Some(dot.install)),
        Ruling::District { .. } | Ruling::Template { .. } => (None, None),
    };
    ruling::Model {
        record: o.key.0.to_vec(),
        scope: o.name.scope.to_owned(),
        kind: o.name.kind.to_owned(),
        id: o.name.id.to_owned(),
        person,
        install: install.map(|i| i.0.to_vec()),
        fields: o.fields.clone(),
    }
}

async fn write_conflicts(tx: &Write, outcomes: &[Outcome<'_>], mode: Mode) -> Result<(), DbErr> {
    let known: Vec<Vec<u8>> = outcomes.iter().filter(|o| o.before.is_some()).map(|o| o.key.0.to_vec()).collect();
    if mode == Mode::Step {
        rows::delete_in::<conflict::Entity, _>(tx, conflict::Column::Record, known).await?;
    }
    let open = outcomes.iter().flat_map(|o| {
        let fields = o.merged.fields.iter().filter(|(_, field)| field.open);
        fields.map(|(field, _)| conflict::Model {
            record: o.key.0.to_vec(),
            field: field.clone(),
            scope: o.name.scope.to_owned(),
            kind: o.name.kind.to_owned(),
            id: o.name.id.to_owned(),
        })
    });
    rows::insert::<conflict::Entity>(tx, open.collect()).await
}

async fn project(tx: &Write, context: &Context, outcomes: &[Outcome<'_>], into: &mut Settled) -> Result<(), DbErr> {
    let changed: Vec<Changed<'_>> = outcomes
        .iter()
        .filter(|o| context.projected.contains(o.name.kind) && (o.rebuild || o.changed()))
        .map(|o| Changed {
            key: o.key,
            name: o.name,
            merged: &o.merged,
            fields: if o.merged.deleted_by.is_empty() { &o.fields } else { "{}" },
            existed: !o.rebuild && o.before.is_some(),
        })
        .collect();
    for projection in &context.projections {
        let kinds: HashSet<&str> = projection.kinds().iter().copied().collect();
        let mine: Vec<&Changed<'_>> = changed.iter().filter(|c| kinds.contains(c.name.kind)).collect();
        if !mine.is_empty() {
            into.jobs.extend(projection.apply(tx, &mine).await?);
        }
    }
    Ok(())
}
