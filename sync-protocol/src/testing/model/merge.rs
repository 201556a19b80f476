//! Sections 8 and 9: what a record comes to, and where each operation stands.

use super::*;
use crate::{canonical::canonical, set, testing::erased::live};

impl Judged {
    fn same_person(&self, other: &Judged) -> bool {
        self.person == other.person && (!self.person.is_empty() || self.op.dot.install == other.op.dot.install)
    }

    fn rank(&self) -> (usize, bool, Option<i64>, Dot) {
        (self.level, self.time.2, self.time.0.filter(|_| self.time.2), self.op.dot)
    }
}

/// Those of the writes that no other replaces.
fn siblings<'a>(field: &str, writes: &[&'a Judged], review: bool) -> Vec<&'a Judged> {
    let mut replaced = BTreeSet::new();
    for by in writes {
        let saw: Vec<&Judged> = writes.iter().copied().filter(|w| by.saw.contains(&w.op.dot)).collect();
        let all = !review || by.level == 2 || ranked(field, &siblings(field, &saw, review), None).len() < 2;
        replaced.extend(saw.iter().filter(|w| all || w.same_person(by)).map(|w| w.op.dot));
    }
    writes.iter().copied().filter(|w| !replaced.contains(&w.op.dot)).collect()
}

/// Equal values as one: that of `first`, then the highest, and so on.
fn ranked(field: &str, writes: &[&Judged], first: Option<Dot>) -> Vec<Held> {
    let mut writes: Vec<_> = writes.iter().map(|w| (w.rank(), w.op.field(field).expect("it is written"))).collect();
    writes.sort_by_key(|(rank, _)| (Some(rank.3) != first, Reverse(*rank)));
    let mut held = Vec::<(String, Held)>::new();
    for (b, raw) in &writes {
        let a = &writes[0].0;
        let same = [a.0 == b.0, a.1 == b.1, a.2 == b.2, a.3 == b.3].into_iter().take_while(|same| *same).count();
        let why = ["by_authority", "by_unanchored", "by_time", "by_dot", "shown"][same];
        match held.iter_mut().find(|h| h.0 == canonical(raw)) {
            Some((_, equal)) => _ = equal.by.insert(b.3),
            None => held.push((canonical(raw), Held::new(raw, b.3, why))),
        }
    }
    held.into_iter().map(|(_, held)| held).collect()
}

impl Model<'_> {
    /// The elements of a set; none where a write is none of a set.
    fn set(&self, field: &str, writes: &[&Judged]) -> Option<Vec<Held>> {
        let read = writes.iter().map(|w| Some((w.op.dot, set::read(w.op.field(field)?)?)));
        let writes = read.collect::<Option<Vec<_>>>()?;
        let mut elements = BTreeMap::<String, Held>::new();
        for (dot, raw) in writes.iter().flat_map(|(dot, write)| write.add.iter().map(move |raw| (*dot, raw))) {
            let removed = writes.iter().any(|(by, write)| {
                let mut named = write.remove.iter().filter(|(element, _)| canonical(element) == canonical(raw));
                named.any(|(_, dots)| self.lines.named(dots, dot) || self.lines.before(dot, *by))
            });
            if !removed {
                elements.entry(canonical(raw)).or_insert_with(|| Held::new(raw, dot, "element")).by.insert(dot);
            }
        }
        Some(BTreeSet::from_iter(elements.into_values()).into_iter().collect())
    }

    /// Judges and merges the operations of one record.
    pub fn merge(&self, ops: &BTreeMap<Dot, Op>) -> (Record, BTreeMap<Dot, Judged>) {
        let direct = |o: &Op| {
            ops.keys().copied().filter(|d| self.lines.named(&o.seen, *d) || self.lines.before(*d, o.dot)).collect()
        };
        let mut saw: BTreeMap<Dot, BTreeSet<Dot>> = ops.iter().map(|(dot, op)| (*dot, direct(op))).collect();
        for _ in ops {
            let further = |s: &BTreeSet<Dot>| s.iter().flat_map(|d| &saw[d]).chain(s).copied().collect();
            saw = saw.iter().map(|(d, s)| (*d, further(s))).collect();
        }
        let saw = |by: &Dot| saw[by].iter().filter(|d| !saw[*d].contains(by)).copied().collect();
        let mut judged: BTreeMap<Dot, _> = ops.iter().map(|(dot, op)| (*dot, self.judge(op, saw(dot)))).collect();
        let accepted: Vec<&Judged> = judged.values().filter(|j| j.code == "applied").collect();
        let writes = |field: &str| accepted.iter().copied().filter(|j| j.op.field(field).is_some()).collect::<Vec<_>>();

        let named = accepted.iter().filter(|j| j.op.kind == "response").filter_map(|j| j.op.tpl.as_ref());
        let template = named.filter_map(|tpl| self.template(tpl)).max_by_key(|t| (t.version, t.key.clone()));
        let policy = |op: &Op, field: &str| {
            let item = field.strip_prefix("i.").and_then(|item| template.as_ref()?.item(item));
            let known = kind(&op.kind).and_then(|spec| spec.field(field)).map(|f| f.policy);
            item.map(|item| item.policy()).or(known).unwrap_or(Policy::Single)
        };
        let mut record = Record { tpl: template.as_ref().map(Template::name), ..Record::default() };
        // Of each value of each operation whether it is in no open conflict, field, operation, code: the worst first.
        let mut standing = BTreeSet::new();
        let fields = accepted.iter().flat_map(|j| j.op.fields.iter().map(|f| (&j.op, &f.0)));
        for (op, field) in fields.filter(|f| f.1 != "_deleted") {
            let (writes, policy) = (writes(field), policy(op, field));
            let set = self.set(field, &writes).filter(|_| policy == Policy::Set);
            let mut held = ranked(field, &live(siblings(field, &writes, policy == Policy::Review)), None);
            if policy == Policy::Once {
                let own = |dot: &Dot| op.id.starts_with(&format!("{}.", self.lines.place(*dot).install));
                let order = |dot: &Dot| (self.lines.place(*dot), ops[dot].erased);
                let first = writes.iter().map(|w| w.op.dot).filter(own).min_by_key(order).filter(|d| !ops[d].erased);
                held = ranked(field, &live(writes), first);
                held.iter_mut().skip(first.iter().len()).for_each(|held| held.why = "correction_proposed");
            }
            let (fed, held) = (set.is_some() || !held.is_empty(), set.unwrap_or(held));
            let open = policy == Policy::Review && held.len() > 1;
            record.open.extend(open.then(|| field.clone()));
            for (dot, why) in held.iter().flat_map(|h| h.by.iter().map(|dot| (*dot, h.why))) {
                standing.insert((!open, field.clone(), dot, if open { "open_conflict" } else { why }));
            }
            record.fields.extend(fed.then(|| (field.clone(), held)));
        }

        let over = |by: &Judged, (_, field, dot, _): &(bool, String, Dot, &str)| {
            let policy = policy(&by.op, field);
            let weighs = policy == Policy::Once || record.open.contains(field);
            let may = (!weighs || by.same_person(&judged[dot])) && (policy != Policy::Office || by.level == 1);
            self.lines.named(&[*dot], by.op.dot) || by.saw.contains(dot) && (may || by.level == 2)
        };
        let mut deletions = siblings("_deleted", &writes("_deleted"), false);
        deletions.retain(|j| j.op.field("_deleted").is_some_and(|v| v.get() == "true"));
        let holding = deletions.iter().copied().filter(|by| standing.iter().all(|s| over(by, s)));
        let (holding, deletions) = (Vec::from_iter(holding), Vec::from_iter(deletions.iter().map(|j| j.op.dot)));
        if !holding.is_empty() {
            let gone = Held { raw: "true".into(), by: live(holding).iter().map(|j| j.op.dot).collect(), why: "shown" };
            (record.fields, record.open) = (BTreeMap::from([("_deleted".to_owned(), vec![gone])]), BTreeSet::new());
            return (record, judged);
        }
        let values = standing.into_iter().map(|s| (s.2, s.3)).filter(|s| !["shown", "element"].contains(&s.1));
        for (dot, why) in values.chain(deletions.into_iter().map(|dot| (dot, "not_deleted"))) {
            judged.entry(dot).and_modify(|j| j.code = if j.code == "applied" { why } else { j.code });
        }
        (record, judged)
    }
}
