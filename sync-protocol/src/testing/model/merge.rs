//! Section 8: what a record comes to; section 9: where each operation stands.

use std::collections::{BTreeMap, BTreeSet};

use super::judge::{Judged, rank};
use super::{
    lines::{Dot, Members, Op, dot},
    rulings::Facts,
    time::Span,
    value::value,
};
use mobile_schema::{Policy, kind};
use serde_json::value::RawValue;

/// A value, who wrote it, and why it is not the one shown.
pub struct Held {
    pub raw: String,
    pub by: BTreeSet<Dot>,
    pub why: &'static str,
}

#[derive(Default)]
pub struct Record {
    /// Field → shown value and those beside it.
    pub values: BTreeMap<String, Vec<Held>>,
    pub sets: BTreeMap<String, Vec<Held>>,
    pub open: BTreeSet<String>,
    pub gone: bool,
    pub tpl: Option<String>,
    /// Dot → person, authority, time: those whose values are above.
    pub by: BTreeMap<Dot, (String, &'static str, Span)>,
    pub standings: BTreeMap<Dot, &'static str>,
}

impl Record {
    /// Name and shown value of each field.
    pub fn shown(&self) -> impl Iterator<Item = (&str, String)> {
        let single =
            self.values.iter().filter_map(|(n, v)| Some((n, v.iter().find(|h| h.why == "applied")?.raw.clone())));
        let set = self.sets.iter().map(|(n, h)| (n, h.iter().map(|h| h.raw.as_str()).collect::<Vec<_>>().join(",")));
        let set = set.map(|(n, list)| (n, format!("[{list}]")));
        single.chain(set).map(|(n, v)| (n.as_str(), v)).collect::<BTreeMap<_, _>>().into_iter()
    }
}

struct Merge<'a> {
    ops: BTreeMap<Dot, &'a Op>,
    judged: BTreeMap<Dot, Judged>,
    saw: BTreeMap<Dot, BTreeSet<Dot>>,
    times: &'a BTreeMap<Dot, Span>,
    forks: &'a BTreeMap<String, u64>,
}

pub fn merge(ops: &[&Op], times: &BTreeMap<Dot, Span>, facts: &Facts, forks: &BTreeMap<String, u64>) -> Record {
    let judged: BTreeMap<Dot, Judged> =
        ops.iter().map(|op| (op.dot.clone(), facts.judge(op, times[&op.dot]))).collect();
    let mut r = Record { standings: judged.iter().map(|(d, j)| (d.clone(), j.code)).collect(), ..Record::default() };
    let ops = ops.iter().map(|op| (op.dot.clone(), *op)).collect();
    let m = Merge { saw: saw(&ops, forks), ops, judged, times, forks };
    let first = m.ops.values().next().unwrap();
    let accepted: BTreeMap<&Dot, &&Op> = m.ops.iter().filter(|(d, _)| m.judged[*d].code == "applied").collect();
    if first.k == "response" {
        let templates = accepted.values().filter_map(|o| facts.templates.get(o.tpl.as_ref()?));
        r.tpl = templates.max_by_key(|t| (t.version, &t.key)).map(|t| t.name());
    }
    let fields: BTreeSet<&String> = accepted.values().flat_map(|o| o.f.iter().map(|(n, _)| n)).collect();
    let mut policies = BTreeMap::new();
    for field in fields.into_iter().filter(|f| *f != "_deleted") {
        let item = field.strip_prefix("i.").and_then(|i| facts.templates.get(r.tpl.as_ref()?)?.item(i));
        let spec = kind(&first.k).and_then(|k| k.field(field));
        let mut policy = item.map(|i| i.policy()).or(spec.map(|f| f.policy)).unwrap_or(Policy::Single);
        if policy == Policy::Set && m.set(field).is_none() {
            policy = Policy::Single;
        }
        policies.insert(field.as_str(), policy);
        if policy == Policy::Set {
            r.sets.insert(field.clone(), m.set(field).unwrap());
        } else {
            let values = m.values(field, policy, &first.id);
            if policy == Policy::Review && values.len() > 1 {
                r.open.insert(field.clone());
            }
            r.values.insert(field.clone(), values);
        }
    }
    let marks = m.writes("_deleted");
    let left = &marks - &m.replaced("_deleted", &marks, Policy::Single);
    let deletes = |d: &Dot| m.write(d, "_deleted") == Some("true");
    // A deletion holds where it could write over every value that stands.
    let over = |d: &Dot, field: &str, value: &Dot| {
        let settles = || m.judged[d].level == "office" || m.same_person(d, value);
        let may = match policies[field] {
            Policy::Single | Policy::Set => true,
            Policy::Office => m.judged[d].level != "other",
            Policy::Review => !r.open.contains(field) || settles(),
            Policy::Once => settles(),
        };
        d == value || may && m.under(d).contains(value)
    };
    let stands = || {
        r.values.iter().chain(&r.sets).flat_map(|(f, v)| v.iter().flat_map(move |h| h.by.iter().map(move |d| (f, d))))
    };
    let holding: BTreeSet<Dot> =
        left.iter().filter(|d| deletes(d) && stands().all(|(f, v)| over(d, f, v))).cloned().collect();
    r.gone = !holding.is_empty();
    if r.gone {
        (r.values, r.sets, r.open) = Default::default();
    } else {
        for (field, values) in &r.values {
            for (d, why) in values.iter().flat_map(|h| h.by.iter().map(|d| (d, h.why))) {
                let why = if r.open.contains(field) { "open_conflict" } else { why };
                let now = r.standings.get_mut(d).unwrap();
                if *now == "applied" || why == "open_conflict" {
                    *now = why;
                }
            }
        }
        for d in left.iter().filter(|d| deletes(d) && m.judged[*d].code == "applied") {
            let now = r.standings.get_mut(d).unwrap();
            *now = if *now == "applied" { "not_deleted" } else { now };
        }
    }
    let shown = r.values.values().chain(r.sets.values()).flatten().flat_map(|h| h.by.iter());
    let by = shown.chain(&holding).map(|d| (d.clone(), (m.judged[d].person.clone(), m.judged[d].level, times[d])));
    r.by = by.collect();
    r
}

/// Own operations that come before, as far as no fork makes it doubtful.
fn before(early: &Dot, late: &Dot, forks: &BTreeMap<String, u64>) -> bool {
    early.0 == late.0 && early.1 < late.1 && forks.get(&late.0).is_none_or(|fork| early.1 < *fork)
}

fn saw(ops: &BTreeMap<Dot, &Op>, forks: &BTreeMap<String, u64>) -> BTreeMap<Dot, BTreeSet<Dot>> {
    let direct = |op: &Op| ops.keys().filter(|d| op.seen.contains(d) || before(d, &op.dot, forks)).cloned().collect();
    let mut saw: BTreeMap<Dot, BTreeSet<Dot>> = ops.iter().map(|(d, op)| (d.clone(), direct(op))).collect();
    loop {
        let further = |s: &BTreeSet<Dot>| s.iter().flat_map(|x| &saw[x]).chain(s).cloned().collect();
        let next: BTreeMap<Dot, BTreeSet<Dot>> = saw.iter().map(|(d, s)| (d.clone(), further(s))).collect();
        if next == saw {
            return saw;
        }
        saw = next;
    }
}

impl Merge<'_> {
    fn write(&self, d: &Dot, field: &str) -> Option<&str> {
        self.ops[d].f.iter().find(|(n, _)| n == field).map(|(_, v)| v.get())
    }

    fn value(&self, d: &Dot, field: &str) -> String {
        value(self.write(d, field).unwrap())
    }

    /// Accepted writes of the field.
    fn writes(&self, field: &str) -> BTreeSet<Dot> {
        let accepted = |d: &&Dot| self.judged[*d].code == "applied" && self.write(d, field).is_some();
        self.ops.keys().filter(accepted).cloned().collect()
    }

    /// What it saw and what did not see it.
    fn under(&self, d: &Dot) -> BTreeSet<Dot> {
        self.saw[d].iter().filter(|x| !self.saw[*x].contains(d)).cloned().collect()
    }

    fn same_person(&self, a: &Dot, b: &Dot) -> bool {
        let (x, y) = (&self.judged[a].person, &self.judged[b].person);
        x == y && (a.0 == b.0 || !x.is_empty())
    }

    /// Which of these writes another of these replaces.
    fn replaced(&self, field: &str, writes: &BTreeSet<Dot>, policy: Policy) -> BTreeSet<Dot> {
        let replaces = |d: &Dot| -> BTreeSet<Dot> {
            let under: BTreeSet<Dot> = &self.under(d) & writes;
            let all = policy != Policy::Review || self.judged[d].level == "office" || {
                let standing = &under - &self.replaced(field, &under, policy);
                standing.iter().map(|s| self.value(s, field)).collect::<BTreeSet<_>>().len() < 2
            };
            under.into_iter().filter(|x| all || self.same_person(x, d)).collect()
        };
        writes.iter().flat_map(replaces).collect()
    }

    fn values(&self, field: &str, policy: Policy, id: &str) -> Vec<Held> {
        let key = |d: &Dot| {
            let time = Some(self.times[d]).filter(|t| t.anchored).and_then(|t| t.lo);
            (rank(self.judged[d].level), time.is_some(), time, d.clone())
        };
        let (once, writes) = (policy == Policy::Once, self.writes(field));
        let own = writes.iter().filter(|d| once && id.split_once('.').is_some_and(|(install, _)| install == d.0));
        let evidence = own.min_by_key(|d| (d.1, &d.2));
        let mut left = if once { writes.clone() } else { &writes - &self.replaced(field, &writes, policy) };
        let (mut values, mut shown) = (Vec::new(), None);
        while let Some(top) = left.iter().max_by_key(|d| (Some(*d) == evidence, key(d))).cloned() {
            let by: BTreeSet<Dot> =
                left.iter().filter(|d| self.value(d, field) == self.value(&top, field)).cloned().collect();
            left = &left - &by;
            let (a, b) = (shown.get_or_insert(key(&top)), key(&top));
            let why = match () {
                () if once && (evidence.is_none() || !values.is_empty()) => "correction_proposed",
                () if values.is_empty() => "applied",
                () if a.0 != b.0 => "by_authority",
                () if a.1 != b.1 => "by_unanchored",
                () if a.2 != b.2 => "by_time",
                () => "by_dot",
            };
            values.push(Held { raw: self.write(&top, field).unwrap().to_owned(), by, why });
        }
        values
    }

    /// None where a write is none of a set.
    fn set(&self, field: &str) -> Option<Vec<Held>> {
        type Removal = Vec<(Box<RawValue>, Vec<String>)>;
        let read = |d: Dot| -> Option<(Dot, Vec<Box<RawValue>>, Removal)> {
            let Members(m) = serde_json::from_str(self.write(&d, field)?).ok()?;
            let part = |name| m.iter().find(|(n, _)| n == name).map_or("[]", |(_, v)| v.get());
            let parts = (serde_json::from_str(part("add")).ok()?, serde_json::from_str(part("remove")).ok()?);
            Some((d, parts.0, parts.1))
        };
        let writes = self.writes(field).into_iter().map(read).collect::<Option<Vec<_>>>()?;
        let mut elements = BTreeMap::<String, Held>::new();
        for (d, add, _) in &writes {
            for e in add {
                let removes = |by: &Dot, (x, dots): &(Box<RawValue>, Vec<String>)| {
                    let names = dots.iter().any(|n| dot(n).as_ref() == Some(d)) || before(d, by, self.forks);
                    names && value(x.get()) == value(e.get())
                };
                if !writes.iter().any(|(by, _, remove)| remove.iter().any(|r| removes(by, r))) {
                    let new = Held { raw: e.get().to_owned(), by: BTreeSet::new(), why: "applied" };
                    elements.entry(value(e.get())).or_insert(new).by.insert(d.clone());
                }
            }
        }
        let mut elements: Vec<Held> = elements.into_values().collect();
        elements.sort_by(|a, b| a.raw.cmp(&b.raw));
        Some(elements)
    }
}
