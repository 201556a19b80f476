//! A whole set of lines, folded at once: records, standings, digests. This is the reference: what a server reaches step by step, in any
//! order and batching, must equal it. It is written for being read, not for speed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    carried,
    chain::{self, Hashes},
    ids::{Dot, Hash, InstallId, sha256},
    judge::Facts,
    line::{self, Line, Op},
    merge::{self, Merged},
    record::{self, Digest, RecordName},
    rulings::{self, Step},
    sign::{Certificate, InstallRole, PublicKey},
    standing::{Code, Standing},
    time::{self, Corrected, TimeEvidence, Timed},
};

/// What a set of lines comes to.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct World {
    /// Bodies by (scope, kind, id), of records of which something stands.
    pub records: BTreeMap<(String, String, String), String>,
    /// The standing of every readable operation and every unreadable line.
    pub standings: BTreeMap<Dot, Standing>,
    /// Digest by scope.
    pub digests: BTreeMap<String, String>,
    /// Fork seq of installs that forked.
    pub forks: BTreeMap<InstallId, u64>,
}

/// One line with its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Placed {
    /// Whose.
    pub install: InstallId,
    /// Which.
    pub seq: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Folds the lines. `servers` are the server's public keys.
pub fn fold<'a>(lines: impl IntoIterator<Item = &'a Placed>, servers: &[PublicKey]) -> World {
    fold_set(Set::read(lines), servers)
}

/// Folds lines of some of which the skeletons alone are left: each with the whole hash of its line.
pub fn fold_skeletons<'a>(
    lines: impl IntoIterator<Item = &'a Placed>,
    skeletons: impl IntoIterator<Item = (Hash, Op)>,
    servers: &[PublicKey],
) -> World {
    let mut set = Set::read(lines);
    for (hash, op) in skeletons {
        set.insert_skeleton(hash, op);
    }
    fold_set(set, servers)
}

fn fold_set(set: Set, servers: &[PublicKey]) -> World {
    let mut facts = Facts { forks: set.forks(), ..Facts::default() };
    let times = set.times(&facts);
    for op in set.ops.values() {
        // Whose a phone is, its enrolment operation says; that an install is a server's, its certificate alone.
        if let Some(server) = certificate(op).filter(|c| c.role == InstallRole::Server && c.is_valid(servers)) {
            facts.certified(&server);
        }
    }

    let mut world = World { forks: facts.forks.iter().map(|(i, s)| (*i, *s)).collect(), ..World::default() };
    let mut records = set.records();
    for step in [Step::Erasures, Step::Rulings] {
        world.settle_step(step, &records, &times, &mut facts, (&set, servers));
    }
    let carried: Vec<Op> = set.ops.values().filter_map(|op| carried::accepted(op, &facts)).collect();
    let placed: BTreeSet<Dot> = carried.iter().map(|op| op.dot).collect();
    records.values_mut().for_each(|ops| ops.retain(|op| !placed.contains(&op.dot)));
    for op in &carried {
        records.entry(RecordName::of(op)).or_default().push(op);
    }
    world.settle_step(Step::Others, &records, &times, &mut facts, (&set, servers));
    for (dot, why) in &set.unreadable {
        world.standings.insert(*dot, Standing::with(Code::Unreadable, *why));
    }
    world.digests = digests(&world.records);
    world
}

fn certificate(op: &Op) -> Option<Certificate> {
    let value = (op.kind == "enrolment").then(|| op.field("certificate"))??;
    serde_json::from_str(value.get()).ok()
}

fn digests(records: &BTreeMap<(String, String, String), String>) -> BTreeMap<String, String> {
    let mut sums: BTreeMap<&str, Digest> = BTreeMap::new();
    for ((scope, ..), body) in records {
        sums.entry(scope).or_default().add(&Digest::hash_of(body, false));
    }
    sums.into_iter().map(|(scope, digest)| (scope.to_owned(), digest.hex())).collect()
}

type Records<'a> = BTreeMap<RecordName<'a>, Vec<&'a Op>>;

impl World {
    /// Settles the records of a step, and notes what they say.
    fn settle_step(
        &mut self,
        step: Step,
        records: &Records<'_>,
        times: &HashMap<Dot, Corrected>,
        facts: &mut Facts,
        (set, servers): (&Set, &[PublicKey]),
    ) {
        let mut said = Vec::new();
        for (name, ops) in records.iter().filter(|(name, _)| Step::of(name.kind) == step) {
            let merged = self.settle(*name, ops, times, facts);
            if !merged.is_empty() {
                said.extend(rulings::ruling(name.kind, name.id, &rulings::fields_json(&merged), servers));
            }
        }
        for ruling in said {
            facts.rule(ruling, |install| set.hashes.get(&install).cloned().unwrap_or_default());
        }
    }

    fn settle(&mut self, name: RecordName<'_>, ops: &[&Op], times: &HashMap<Dot, Corrected>, facts: &Facts) -> Merged {
        let at: Vec<Corrected> = ops.iter().map(|op| op.own_time().unwrap_or_else(|| times[&op.dot])).collect();
        let (merged, standings) = merge::settle(ops, &at, facts);
        if !merged.is_empty() {
            let key = (name.scope.to_owned(), name.kind.to_owned(), name.id.to_owned());
            self.records.insert(key, record::body(name, &merged));
        }
        self.standings.extend(ops.iter().map(|op| op.dot).zip(standings));
        merged
    }
}

#[derive(Default)]
struct Set {
    ops: BTreeMap<Dot, Op>,
    unreadable: BTreeMap<Dot, &'static str>,
    hashes: BTreeMap<InstallId, Hashes>,
    evidence: BTreeMap<InstallId, BTreeMap<Dot, Timed>>,
}

impl Set {
    fn read<'a>(lines: impl IntoIterator<Item = &'a Placed>) -> Self {
        let mut set = Set::default();
        let mut lines: Vec<_> = lines.into_iter().map(|l| (l.install, l.seq, chain::line_hash(&l.bytes), l)).collect();
        // Two lines can be made whose hashes begin alike: of those with one dot, the lower hash is the operation.
        lines.sort_unstable_by_key(|(install, seq, hash, placed)| (*install, *seq, Reverse(*hash), &placed.bytes));
        for (install, seq, hash, placed) in lines {
            let dot = Dot::new(install, seq, &hash);
            set.hashes.entry(placed.install).or_default().entry(placed.seq).or_insert_with(BTreeSet::new).insert(hash);
            let line = line::read(placed.install, placed.seq, &placed.bytes);
            if !matches!(line, Line::Blank(_)) {
                set.ops.remove(&dot);
                set.unreadable.remove(&dot);
            }
            let evidence = match line {
                Line::Op(op) => {
                    let evidence = op.time.clone();
                    set.ops.insert(dot, *op);
                    evidence
                }
                Line::Time(evidence) => evidence,
                // A blank says nothing of time; it must not hide what the line it stands for says.
                Line::Blank(_) => continue,
                Line::Unreadable(why) => {
                    debug_assert_eq!(hash, sha256(&[&placed.bytes]));
                    set.unreadable.insert(dot, why.code());
                    TimeEvidence::default()
                }
            };
            let timed = Timed { seq: placed.seq, hash, evidence };
            set.evidence.entry(placed.install).or_default().insert(dot, timed);
        }
        set
    }

    fn insert_skeleton(&mut self, hash: Hash, op: Op) {
        let (install, seq) = (op.dot.install, op.dot.seq);
        self.hashes.entry(install).or_default().entry(seq).or_default().insert(hash);
        let timed = Timed { seq, hash, evidence: op.time.clone() };
        self.evidence.entry(install).or_default().insert(op.dot, timed);
        self.ops.entry(op.dot).or_insert(op);
    }

    fn forks(&self) -> HashMap<InstallId, u64> {
        self.hashes.iter().filter_map(|(install, hashes)| Some((*install, chain::fork_seq(hashes)?))).collect()
    }

    fn times(&self, facts: &Facts) -> HashMap<Dot, Corrected> {
        self.evidence
            .iter()
            .flat_map(|(install, lines)| {
                let timed: Vec<Timed> = lines.values().cloned().collect();
                lines.keys().copied().zip(time::correct(&timed, facts.fork_seq(*install))).collect::<Vec<_>>()
            })
            .collect()
    }

    fn records(&self) -> Records<'_> {
        let mut records = Records::new();
        for op in self.ops.values() {
            records.entry(RecordName::of(op)).or_default().push(op);
        }
        records
    }
}
