//! Merging the operations of one record (`PROTOCOL.md`, section 8). The siblings of each field are all the state there is.

use std::collections::{BTreeMap, HashMap};

use mobile_schema::{KindSpec, Policy, Template};
use serde_json::value::RawValue;

use crate::{
    ids::Dot,
    judge::{Authority, Facts, Judgement, creator, judge, policy_of},
    line::Op,
    seen::Seen,
    set,
    standing::{Code, Standing},
    time::Corrected,
};

/// The name of the field whose writes delete.
pub const DELETED: &str = "_deleted";

/// A value and who wrote it: equal siblings are one value.
#[derive(Debug, Clone)]
pub struct Value {
    /// Verbatim, as its highest author wrote it.
    pub raw: Box<RawValue>,
    /// The operations that wrote it, by dot.
    pub by: Vec<Dot>,
}

/// A value kept beside the shown one.
#[derive(Debug, Clone)]
pub struct Beside {
    /// The value.
    pub value: Value,
    /// Why it is not the one shown.
    pub why: Code,
}

/// What stands of one field.
#[derive(Debug, Clone, Default)]
pub struct Field {
    /// The value shown. None where all that stands are proposed corrections.
    pub shown: Option<Value>,
    /// The others, highest first.
    pub beside: Vec<Beside>,
    /// Differing values of what carries weight: the office is asked.
    pub open: bool,
    /// For a set: its elements in order of their bytes, each with the operations that add it. Then there is nothing else.
    pub elements: Option<Vec<Value>>,
}

/// Who wrote an operation, when, with what authority.
#[derive(Debug, Clone)]
pub struct Author {
    /// The person.
    pub person: String,
    /// Their authority.
    pub authority: Authority,
    /// When.
    pub time: Corrected,
}

/// A record: what its operations come to.
#[derive(Debug, Clone, Default)]
pub struct Merged {
    /// Fields by name.
    pub fields: BTreeMap<String, Field>,
    /// The deletions that hold. Then `fields` is empty.
    pub deleted_by: Vec<Dot>,
    /// The authors of the operations named above.
    pub authors: BTreeMap<Dot, Author>,
    /// The template of a response.
    pub tpl: Option<String>,
}

/// Judges and merges all operations of one record. `times` are their corrected times. Gives the record and, in the
/// order of `ops`, their standings.
pub fn settle(ops: &[&Op], times: &[Corrected], facts: &Facts) -> (Merged, Vec<Standing>) {
    let judgements: Vec<Judgement> = ops.iter().zip(times).map(|(op, time)| judge(op, *time, facts)).collect();
    let mut standings: Vec<Standing> = judgements.iter().map(|j| j.standing.clone()).collect();
    let Some(spec) = ops.first().and_then(|op| mobile_schema::kind(&op.kind)) else {
        return (Merged::default(), standings);
    };
    let merge = Merge { ops, judgements: &judgements, seen: Seen::of(ops, facts), spec };
    let merged = merge.run(facts, &mut standings);
    (merged, standings)
}

struct Merge<'a> {
    ops: &'a [&'a Op],
    judgements: &'a [Judgement],
    seen: Seen,
    spec: &'static KindSpec,
}

impl Merge<'_> {
    fn run(&self, facts: &Facts, standings: &mut [Standing]) -> Merged {
        let accepted: Vec<usize> = (0..self.ops.len()).filter(|i| self.judgements[*i].accepted).collect();
        let mut merged = Merged {
            tpl: accepted.iter().filter_map(|i| self.ops[*i].tpl.clone()).max(),
            ..Merged::default()
        };
        let deletions = self.deletions(&accepted);
        if deletions.is_empty() {
            let template = merged.tpl.as_ref().and_then(|tpl| facts.templates.get(tpl)).map(|t| &**t);
            merged.fields = self.fields(&accepted, facts, template, standings);
        } else {
            merged.deleted_by = self.dots(&deletions);
        }
        let index: HashMap<Dot, usize> = accepted.iter().map(|i| (self.ops[*i].dot, *i)).collect();
        for dot in merged.dots() {
            let judgement = &self.judgements[index[&dot]];
            let author =
                Author { person: judgement.person.clone(), authority: judgement.authority, time: judgement.time };
            merged.authors.insert(dot, author);
        }
        merged
    }

    /// The deletions that hold.
    fn deletions(&self, accepted: &[usize]) -> Vec<usize> {
        let writes = |i: &usize| self.ops[*i].field(DELETED).map(|v| v.get() == "true");
        let marks: Vec<usize> = accepted.iter().copied().filter(|i| writes(i).is_some()).collect();
        if marks.is_empty() {
            return marks;
        }
        let alive: Vec<usize> = accepted
            .iter()
            .copied()
            .filter(|i| writes(i) != Some(true) || self.ops[*i].fields.len() > 1)
            .collect();
        marks
            .iter()
            .copied()
            .filter(|d| writes(d) == Some(true))
            .filter(|d| !marks.iter().any(|other| self.seen.saw(*other, *d)))
            .filter(|d| alive.iter().all(|i| i == d || self.seen.saw(*d, *i)))
            .collect()
    }

    fn fields(
        &self,
        accepted: &[usize],
        facts: &Facts,
        template: Option<&Template>,
        standings: &mut [Standing],
    ) -> BTreeMap<String, Field> {
        let mut writes: BTreeMap<&str, Vec<(usize, &RawValue)>> = BTreeMap::new();
        for i in accepted {
            for (name, value) in self.ops[*i].fields.iter().filter(|(name, _)| name != DELETED) {
                writes.entry(name).or_default().push((*i, value));
            }
        }
        let mut fields = BTreeMap::new();
        for (name, writes) in writes {
            let policy = policy_of(self.spec, name, template);
            let field = match policy {
                Policy::Set => set::merge(self.ops, &writes, facts),
                Policy::Once => self.once(&writes, standings),
                Policy::Review => self.siblings(&writes, self.standing_writes(&writes, true), true, standings),
                Policy::Single | Policy::Office => {
                    self.siblings(&writes, self.standing_writes(&writes, false), false, standings)
                }
            };
            fields.insert(name.to_owned(), field);
        }
        fields
    }

    /// Positions in `writes` that none of them replaces.
    fn standing_writes(&self, writes: &[(usize, &RawValue)], review: bool) -> Vec<usize> {
        if writes.len() == 1 {
            return vec![0];
        }
        let replaced = if review { self.replaced_in_review(writes) } else { self.replaced(writes) };
        (0..writes.len()).filter(|p| !replaced[*p]).collect()
    }

    fn replaced(&self, writes: &[(usize, &RawValue)]) -> Vec<bool> {
        writes.iter().map(|(w, _)| writes.iter().any(|(o, _)| self.seen.saw(*o, *w))).collect()
    }

    /// Who has no authority to settle replaces one value that stood alone, or their own.
    fn replaced_in_review(&self, writes: &[(usize, &RawValue)]) -> Vec<bool> {
        // What an author saw, saw less: going by how much each saw, every write comes after all it saw.
        let mut order: Vec<usize> = (0..writes.len()).collect();
        order.sort_by_key(|p| self.seen.count(writes[*p].0));
        let mut replaces: Vec<Vec<usize>> = vec![Vec::new(); writes.len()];
        for p in order {
            let (o, _) = writes[p];
            let saw: Vec<usize> = (0..writes.len()).filter(|q| self.seen.saw(o, writes[*q].0)).collect();
            let gone = |q: &usize| saw.iter().any(|u| replaces[*u].contains(q));
            let mut values: Vec<String> = saw.iter().filter(|q| !gone(q)).map(|q| canonical(writes[*q].1)).collect();
            values.sort_unstable();
            values.dedup();
            let settles = self.judgements[o].authority == Authority::Office;
            let own = |q: &usize| self.judgements[writes[*q].0].person == self.judgements[o].person;
            replaces[p] = if settles || values.len() <= 1 { saw } else { saw.into_iter().filter(own).collect() };
        }
        (0..writes.len()).map(|q| replaces.iter().any(|r| r.contains(&q))).collect()
    }

    fn siblings(
        &self,
        writes: &[(usize, &RawValue)],
        standing: Vec<usize>,
        review: bool,
        standings: &mut [Standing],
    ) -> Field {
        let groups = self.groups(writes, standing);
        let open = review && groups.len() > 1;
        let shown = &groups[0];
        let mut field = Field { shown: Some(self.value(shown, writes)), open, ..Field::default() };
        for group in &groups[1..] {
            let why = self.why(writes[shown[0]].0, writes[group[0]].0);
            field.beside.push(Beside { value: self.value(group, writes), why });
            for p in group {
                worsen(&mut standings[writes[*p].0], if open { Code::OpenConflict } else { why });
            }
        }
        if open {
            for p in shown {
                worsen(&mut standings[writes[*p].0], Code::OpenConflict);
            }
        }
        field
    }

    /// Evidence: the creating install's lowest dot shows, everything else is a proposal.
    fn once(&self, writes: &[(usize, &RawValue)], standings: &mut [Standing]) -> Field {
        let dot = |p: &usize| self.ops[writes[*p].0].dot;
        let first = (0..writes.len())
            .filter(|p| creator(&self.ops[writes[*p].0].id) == Some(dot(p).install))
            .min_by_key(|p| (dot(p).seq, dot(p).hash));
        let mut groups = self.groups(writes, (0..writes.len()).collect());
        let shown = first.and_then(|first| groups.iter().position(|g| g.contains(&first))).map(|at| groups.remove(at));
        let mut field = Field { shown: shown.map(|group| self.value(&group, writes)), ..Field::default() };
        for group in groups {
            for p in &group {
                worsen(&mut standings[writes[*p].0], Code::CorrectionProposed);
            }
            field.beside.push(Beside { value: self.value(&group, writes), why: Code::CorrectionProposed });
        }
        field
    }

    /// Equal values together; within a group and among groups the highest first.
    fn groups(&self, writes: &[(usize, &RawValue)], mut positions: Vec<usize>) -> Vec<Vec<usize>> {
        positions.sort_by(|a, b| self.rank(writes[*b].0).cmp(&self.rank(writes[*a].0)));
        let mut groups: Vec<(String, Vec<usize>)> = Vec::new();
        for p in positions {
            let value = canonical(writes[p].1);
            match groups.iter_mut().find(|(v, _)| *v == value) {
                Some((_, group)) => group.push(p),
                None => groups.push((value, vec![p])),
            }
        }
        groups.into_iter().map(|(_, group)| group).collect()
    }

    fn rank(&self, i: usize) -> (Authority, bool, i64, Dot) {
        let judgement = &self.judgements[i];
        let at = judgement.time.anchored();
        (judgement.authority, at.is_some(), at.unwrap_or(i64::MIN), self.ops[i].dot)
    }

    /// Why the second is not shown.
    fn why(&self, shown: usize, other: usize) -> Code {
        let (a, b) = (self.rank(shown), self.rank(other));
        if a.0 != b.0 {
            Code::ByAuthority
        } else if a.1 != b.1 {
            Code::ByUnanchored
        } else if a.2 != b.2 {
            Code::ByTime
        } else {
            Code::ByDot
        }
    }

    fn value(&self, group: &[usize], writes: &[(usize, &RawValue)]) -> Value {
        let ops: Vec<usize> = group.iter().map(|p| writes[*p].0).collect();
        Value { raw: writes[group[0]].1.to_owned(), by: self.dots(&ops) }
    }

    fn dots(&self, ops: &[usize]) -> Vec<Dot> {
        let mut dots: Vec<Dot> = ops.iter().map(|i| self.ops[*i].dot).collect();
        dots.sort_unstable();
        dots
    }
}

impl Merged {
    /// Whether nothing of it stands: it is no record (any more).
    pub fn is_empty(&self) -> bool {
        self.authors.is_empty()
    }

    fn dots(&self) -> Vec<Dot> {
        let values = |field: &Field| -> Vec<Dot> {
            let shown = field.shown.iter().chain(field.elements.iter().flatten());
            shown.chain(field.beside.iter().map(|b| &b.value)).flat_map(|v| v.by.iter().copied()).collect()
        };
        self.fields.values().flat_map(values).chain(self.deleted_by.iter().copied()).collect()
    }
}

/// Conflict is worse than outranked, outranked than applied; the first reason at a level stays.
fn worsen(standing: &mut Standing, code: Code) {
    if code.state() > standing.state() {
        *standing = Standing::of(code);
    }
}

/// A form in which equal JSON values are equal. What no reader can take as a value (an integer beyond all bounds) is equal only to itself.
pub fn canonical(value: &RawValue) -> String {
    let raw = value.get();
    match raw.as_bytes()[0] {
        // Scalars without escapes are canonical as they stand, but for the many ways to write a number.
        b't' | b'f' | b'n' => raw.to_owned(),
        b'"' if !raw.contains('\\') => raw.to_owned(),
        _ => serde_json::from_str::<serde_json::Value>(raw).map_or_else(|_| raw.to_owned(), |v| v.to_string()),
    }
}
