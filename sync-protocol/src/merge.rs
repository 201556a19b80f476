//! Merging the operations of one record (`PROTOCOL.md`, section 8). The siblings of each field are all the state there is.

use std::collections::{BTreeMap, HashMap, hash_map::Entry};

use mobile_schema::{KindSpec, Policy, Template};
use serde_json::value::RawValue;

pub use crate::canonical::canonical;
use crate::{
    broken, erase,
    ids::Dot,
    judge::{Authority, Facts, Judgement, creator, judge, policy_of},
    line::Op,
    seen::{Bits, Seen},
    set::{self, SetWrite},
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
    /// The deletions that hold, but for those that were erased. Where any holds `fields` is empty.
    pub deleted_by: Vec<Dot>,
    /// The authors of the operations named above.
    pub authors: BTreeMap<Dot, Author>,
    /// The template of a response.
    pub tpl: Option<String>,
}

/// Judges and merges all operations of one record. `times` are their corrected times. Gives the record and, in the
/// order of `ops`, their standings.
pub fn settle(ops: &[&Op], times: &[Corrected], facts: &Facts) -> (Merged, Vec<Standing>) {
    let erased: Vec<Option<Op>> = ops.iter().map(|op| facts.erases(op).then(|| erase::erased(op))).collect();
    let ops: &[&Op] = &ops.iter().zip(&erased).map(|(op, erased)| erased.as_ref().unwrap_or(op)).collect::<Vec<_>>();
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
        let template = self.template(&accepted, facts);
        let mut merged = Merged { tpl: template.map(Template::name), ..Merged::default() };
        let deletions = self.deletions(&accepted);
        let before = if deletions.is_empty() { Vec::new() } else { standings.to_vec() };
        merged.fields = self.fields(&accepted, facts, template, standings);
        let index: HashMap<Dot, usize> = accepted.iter().map(|i| (self.ops[*i].dot, *i)).collect();
        if !deletions.is_empty() {
            let of = |(name, field): (&String, &Field)| {
                let (policy, open) = (policy_of(self.spec, name, template), field.open);
                field.dots().map(|dot| (policy, open, index[&dot])).collect::<Vec<_>>()
            };
            let standing: Vec<(Policy, bool, usize)> = merged.fields.iter().flat_map(of).collect();
            let (holding, failing): (Vec<_>, Vec<_>) = deletions.into_iter().partition(|d| self.deletes(*d, &standing));
            if holding.is_empty() {
                failing.into_iter().for_each(|d| worsen(&mut standings[d], Code::NotDeleted));
            } else {
                standings.clone_from_slice(&before);
                merged.fields.clear();
                merged.deleted_by =
                    self.dots(&holding.into_iter().filter(|d| !self.ops[*d].erased).collect::<Vec<_>>());
            }
        }
        for dot in merged.dots() {
            let judgement = &self.judgements[index[&dot]];
            let author =
                Author { person: judgement.person.clone(), authority: judgement.authority, time: judgement.time };
            merged.authors.insert(dot, author);
        }
        merged
    }

    /// Of the templates named by what counts the newest version, for the policies of a response's answers.
    fn template<'f>(&self, accepted: &[usize], facts: &'f Facts) -> Option<&'f Template> {
        let named = accepted.iter().filter(|_| self.spec.name == "response").filter_map(|i| self.ops[*i].tpl.as_ref());
        named.filter_map(|tpl| facts.templates.get(tpl)).map(|t| &**t).max_by_key(|t| (t.version, &t.key))
    }

    /// The deletions that no other write of `_deleted` replaced.
    fn deletions(&self, accepted: &[usize]) -> Vec<usize> {
        let marks: Vec<usize> = accepted.iter().copied().filter(|i| self.ops[*i].field(DELETED).is_some()).collect();
        let replaced = |d: usize| marks.iter().any(|other| self.seen.saw(*other, d));
        let deletes = |d: usize| self.ops[d].field(DELETED).is_some_and(|v| v.get() == "true");
        marks.iter().copied().filter(|d| deletes(*d) && !replaced(*d)).collect()
    }

    /// Whether the deletion saw every value that stands (policy and open conflict of its field, operation), and its author could write
    /// over each.
    fn deletes(&self, d: usize, standing: &[(Policy, bool, usize)]) -> bool {
        let authority = self.judgements[d].authority;
        standing.iter().all(|(policy, open, of)| {
            let settles = || authority == Authority::Office || self.same_person(d, *of);
            let may = match policy {
                Policy::Single | Policy::Set => true,
                Policy::Office => authority != Authority::Other,
                Policy::Review => !open || settles(),
                Policy::Once => settles(),
            };
            self.ops[d].place() == self.ops[*of].place() || may && self.seen.saw(d, *of)
        })
    }

    /// Of two phones whose people are not known nothing says that they are one person's.
    fn same_person(&self, a: usize, b: usize) -> bool {
        let person = |i: usize| self.judgements[i].person.as_str();
        person(a) == person(b) && (!person(a).is_empty() || self.ops[a].dot.install == self.ops[b].dot.install)
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
                Policy::Set => match set_writes(&writes) {
                    Some(writes) => Some(set::merge(self.ops, &writes, facts)),
                    None => self.siblings(&writes, false, standings),
                },
                Policy::Once => self.once(&writes, standings),
                Policy::Review => self.siblings(&writes, true, standings),
                Policy::Single | Policy::Office => self.siblings(&writes, false, standings),
            };
            fields.extend(field.map(|field| (name.to_owned(), field)));
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
        let mut all = Bits::for_count(self.ops.len());
        writes.iter().for_each(|(w, _)| all.include(self.seen.all(*w)));
        writes.iter().map(|(w, _)| all.has(*w)).collect()
    }

    /// Who has no authority to settle replaces one value that stood alone, or their own.
    fn replaced_in_review(&self, writes: &[(usize, &RawValue)]) -> Vec<bool> {
        let position: HashMap<usize, usize> = writes.iter().enumerate().map(|(p, (w, _))| (*w, p)).collect();
        let values: Vec<String> = writes.iter().map(|(_, raw)| canonical(raw)).collect();
        let none = Bits::for_count(writes.len());
        // Of each operation: the writes its author saw, and those of them that another of them replaced.
        let mut saw = vec![none.clone(); self.ops.len()];
        let mut gone = vec![none.clone(); self.ops.len()];
        let mut replaces = vec![none.clone(); writes.len()];
        for o in self.seen.order().iter().copied() {
            let (mut saw_here, mut gone_here) = (none.clone(), none.clone());
            for below in self.seen.direct(o).iter().copied() {
                saw_here.include(&saw[below]);
                gone_here.include(&gone[below]);
                if let Some(p) = position.get(&below) {
                    saw_here.insert(*p);
                    gone_here.include(&replaces[*p]);
                }
            }
            if let Some(p) = position.get(&o) {
                let standing = saw_here.but(&gone_here);
                let mut stood = standing.iter();
                let first = stood.next();
                let one_value = stood.all(|q| first.is_some_and(|first| values[q] == values[first]));
                if one_value || self.judgements[o].authority == Authority::Office || broken::is("settle by anyone") {
                    replaces[*p] = saw_here.clone();
                } else {
                    let own = saw_here.iter().filter(|q| self.same_person(o, writes[*q].0));
                    own.for_each(|q| replaces[*p].insert(q));
                }
            }
            (saw[o], gone[o]) = (saw_here, gone_here);
        }
        let mut replaced = none;
        replaces.iter().for_each(|r| replaced.include(r));
        (0..writes.len()).map(|p| replaced.has(p)).collect()
    }

    /// None where all that is not replaced was erased.
    fn siblings(&self, writes: &[(usize, &RawValue)], review: bool, standings: &mut [Standing]) -> Option<Field> {
        let groups = self.groups(writes, self.standing_writes(writes, review));
        let open = review && groups.len() > 1;
        let shown = groups.first()?;
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
        Some(field)
    }

    /// Evidence: the creating install's lowest dot shows, everything else is a proposal. None where all of it was erased.
    fn once(&self, writes: &[(usize, &RawValue)], standings: &mut [Standing]) -> Option<Field> {
        let place = |p: &usize| self.ops[writes[*p].0].place();
        // In one place there may be several: the line, and what carries it. One of them may have been erased by itself.
        let first = (0..writes.len())
            .filter(|p| creator(&self.ops[writes[*p].0].id) == Some(place(p).install))
            .min_by_key(|p| (place(p).seq, place(p).hash, self.ops[writes[*p].0].erased));
        let mut groups = self.groups(writes, (0..writes.len()).collect());
        let at = first.and_then(|first| groups.iter().position(|g| g.contains(&first)));
        let mut shown = at.map(|at| self.value(&groups.remove(at), writes));
        if let (Some(shown), Some(first)) = (&mut shown, first) {
            // Evidence is shown as the phone that took it spelt it.
            shown.raw = writes[first].1.to_owned();
        }
        let mut field = Field { shown, ..Field::default() };
        for group in groups {
            for p in &group {
                worsen(&mut standings[writes[*p].0], Code::CorrectionProposed);
            }
            field.beside.push(Beside { value: self.value(&group, writes), why: Code::CorrectionProposed });
        }
        (field.shown.is_some() || !field.beside.is_empty()).then_some(field)
    }

    /// Equal values together; within a group and among groups the highest first. What was erased is left out.
    fn groups(&self, writes: &[(usize, &RawValue)], mut positions: Vec<usize>) -> Vec<Vec<usize>> {
        positions.retain(|p| !self.ops[writes[*p].0].erased);
        positions.sort_by(|a, b| self.rank(writes[*b].0).cmp(&self.rank(writes[*a].0)));
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut at: HashMap<String, usize> = HashMap::new();
        for p in positions {
            match at.entry(canonical(writes[p].1)) {
                Entry::Occupied(group) => groups[*group.get()].push(p),
                Entry::Vacant(new) => {
                    new.insert(groups.len());
                    groups.push(vec![p]);
                }
            }
        }
        groups
    }

    fn rank(&self, i: usize) -> (Authority, bool, i64, Dot) {
        let judgement = &self.judgements[i];
        let mut at = judgement.time.anchored();
        if broken::is("clock breaks ties by wall") {
            at = self.ops[i].time.wall.and_then(|wall| i64::try_from(wall).ok());
        }
        if broken::is("last arrival wins") {
            // New operations stand before those that were stored.
            return (Authority::Office, true, -(i as i64), self.ops[i].dot);
        }
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
        self.fields.values().flat_map(Field::dots).chain(self.deleted_by.iter().copied()).collect()
    }
}

impl Field {
    /// The operations whose values stand.
    fn dots(&self) -> impl Iterator<Item = Dot> {
        let values =
            self.shown.iter().chain(self.elements.iter().flatten()).chain(self.beside.iter().map(|b| &b.value));
        values.flat_map(|v| v.by.iter().copied())
    }
}

/// The writes of a set; none where a write is none of a set, as when an item of a checklist became one in a later version.
fn set_writes<'w>(writes: &[(usize, &'w RawValue)]) -> Option<Vec<(usize, SetWrite<'w>)>> {
    writes.iter().map(|(i, raw)| Some((*i, set::read(raw)?))).collect()
}

/// Conflict is worse than outranked, outranked than applied; the first reason at a level stays.
fn worsen(standing: &mut Standing, code: Code) {
    if code.state() > standing.state() {
        *standing = Standing::of(code);
    }
}
