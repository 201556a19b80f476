//! Where a value comes from: in which role its author wrote it, and what they started from. It decides nothing (merging looks at more
//! than the last values seen); it is what a person who is to choose among values asks first.

use std::collections::{BTreeSet, HashMap};

use mobile_schema::{Role, Scope};

use crate::{
    ids::Dot,
    judge::{Facts, judge, touching},
    line::Op,
    seen::Seen,
    time::Corrected,
};

/// The operations of one record, with what the author of each had seen.
pub struct Origins<'a> {
    ops: Vec<&'a Op>,
    accepted: Vec<bool>,
    index: HashMap<Dot, usize>,
    seen: Seen,
}

impl<'a> Origins<'a> {
    /// Of all operations of one record; `times` are their corrected times.
    pub fn of(ops: &[&'a Op], times: &[Corrected], facts: &Facts) -> Self {
        Self {
            accepted: ops.iter().zip(times).map(|(op, time)| judge(op, *time, facts).accepted).collect(),
            index: ops.iter().enumerate().map(|(i, op)| (op.dot, i)).collect(),
            seen: Seen::of(ops, facts),
            ops: ops.to_vec(),
        }
    }

    /// The operations that wrote what the author of this one had before them in that field: of the accepted writes they had seen those
    /// that none of the others they had seen had seen. None where they found the field empty; several where they found differing values.
    pub fn started_from(&self, dot: Dot, field: &str) -> Vec<&'a Op> {
        let Some(by) = self.index.get(&dot).copied() else { return Vec::new() };
        let writes = |i: &usize| self.accepted[*i] && self.ops[*i].field(field).is_some();
        let saw: Vec<usize> = (0..self.ops.len()).filter(|i| self.seen.saw(by, *i)).filter(writes).collect();
        let newest = |i: &usize| !saw.iter().any(|later| self.seen.saw(*later, *i));
        saw.iter().copied().filter(newest).map(|i| self.ops[i]).collect()
    }
}

/// In which roles its author may have written it: of a server's line the one in which they act; else those of the rights that touch its
/// time and let them write such a record there. None where it counts only by a decision.
pub fn roles(op: &Op, time: Corrected, facts: &Facts) -> BTreeSet<Role> {
    if let Some((_, role)) = op.acting.as_ref().filter(|_| facts.is_server(op.dot.install)) {
        return [*role].into();
    }
    if op.carried.is_some() {
        return BTreeSet::new();
    }
    let person = facts.installs.get(&op.dot.install).map(|i| i.person.as_str());
    let (Some(scope), Some(spec), Some(person)) = (Scope::parse(&op.scope), mobile_schema::kind(&op.kind), person)
    else {
        return BTreeSet::new();
    };
    touching(&scope, spec, time, person, facts).into_iter().map(|right| right.role).collect()
}

#[cfg(test)]
mod tests {
    use mobile_schema::Place;

    use super::*;
    use crate::{
        ids::InstallId,
        judge::{Install, Right},
        line::{Line, read},
        sign::InstallRole,
        time::Anchor,
    };

    const PLACE: &str = "440811070201";

    fn op(install: u8, seq: u64, fields: &str, seen: &[Dot]) -> Op {
        let seen = serde_json::to_string(seen).unwrap();
        let line = format!(
            r#"{{"s":"{PLACE}/inspection","k":"finding","id":"f","f":{fields},"seen":{seen},"t":{{"w":{seq}}}}}"#
        );
        match read(InstallId([install; 16]), seq, line.as_bytes()) {
            Line::Op(op) => *op,
            other => panic!("{other:?}"),
        }
    }

    fn facts() -> Facts {
        let mut facts = Facts::default();
        for install in 1..=3 {
            let person = format!("zjedz.p.i-{install}");
            let right = |role, from, to| Right { role, place: Place::parse("440811").unwrap(), from, to };
            let rights =
                vec![right(Role::Inspector, 0, None), right(Role::Office, 500, Some(600)), right(Role::Town, 0, None)];
            facts.rights.insert(person.clone(), rights);
            let known = Install { person, role: InstallRole::Phone, enrolled: true, ended: None, lost: None };
            facts.installs.insert(InstallId([install; 16]), known);
        }
        facts
    }

    fn at(ms: i64) -> Corrected {
        Corrected::At(Anchor { at_ms: ms, uncertainty_ms: 1 })
    }

    fn values<'o>(found: &[&'o Op]) -> Vec<&'o str> {
        found.iter().map(|op| op.field("severity").unwrap().get()).collect()
    }

    #[test]
    fn an_author_started_from_the_newest_values_they_had_seen() {
        let first = op(1, 1, r#"{"severity":"minor"}"#, &[]);
        let title = op(1, 2, r#"{"title":"t"}"#, &[]);
        let (second, apart) =
            (op(2, 1, r#"{"severity":"serious"}"#, &[title.dot]), op(3, 1, r#"{"severity":"grave"}"#, &[]));
        let third = op(1, 3, r#"{"severity":"grave"}"#, &[second.dot, apart.dot]);
        let ops = [&first, &title, &second, &apart, &third];
        let origins = Origins::of(&ops, &[at(1); 5], &facts());
        let of = |op: &Op| values(&origins.started_from(op.dot, "severity"));
        assert!(of(&first).is_empty() && of(&apart).is_empty());
        assert_eq!(of(&second), [r#""minor""#], "through an operation on another field");
        assert_eq!(of(&third), [r#""serious""#, r#""grave""#], "two values stood, and the first was gone");
    }

    #[test]
    fn what_does_not_count_is_nothing_to_start_from_but_leads_further() {
        let first = op(1, 1, r#"{"severity":"minor"}"#, &[]);
        let wrong = op(2, 1, r#"{"severity":"dreadful"}"#, &[first.dot]);
        let third = op(3, 1, r#"{"severity":"grave"}"#, &[wrong.dot]);
        let ops = [&first, &wrong, &third];
        let origins = Origins::of(&ops, &[at(1); 3], &facts());
        assert_eq!(values(&origins.started_from(third.dot, "severity")), [r#""minor""#]);
    }

    #[test]
    fn a_role_is_that_of_a_right_that_lets_one_write_it_then() {
        let one = op(1, 1, r#"{"severity":"minor"}"#, &[]);
        assert_eq!(roles(&one, at(100), &facts()), [Role::Inspector].into(), "a town writes no findings");
        assert_eq!(roles(&one, at(550), &facts()), [Role::Inspector, Role::Office].into());
        assert_eq!(roles(&one, at(600), &facts()), [Role::Inspector].into());
        assert!(roles(&op(9, 1, r#"{"severity":"minor"}"#, &[]), at(1), &facts()).is_empty(), "an unknown phone");
    }
}
