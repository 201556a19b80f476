//! Erasure (`PROTOCOL.md`, section 19) as a step before the model: what an erased operation reads as. It shares nothing with the crate's own.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::{
    carried,
    model::{Judged, Model},
    read::Lines,
};
use crate::{Dot, Op};

/// Kinds by which others are judged.
const KEPT: [&str; 7] = ["checklist_template", "decision", "enrolment", "erasure", "grant", "place", "station"];

/// The lines as they are to be read: without the values that erasures take, as the model of the lines before says. What was carried and
/// accepted was put in its place.
pub fn without_values(lines: Lines, before: &Model) -> Lines {
    let (erasures, mut lines) = (erasures(before), lines);
    for op in lines.ops.iter_mut().filter(|r| !KEPT.contains(&r.0.1.as_str())).flat_map(|r| r.1.values_mut()) {
        let line = op.carried.or_else(|| carried::read(op).map(|old| old.dot));
        let of_line = line.and_then(|line| erasures.get(&line));
        if let Some(broke) = erasures.get(&op.dot).or(of_line) {
            // What carries a good line fits; of what carries another the erasure of that line says nothing.
            let broke = match op.kind == "carried" {
                true => carried::old(op).is_none() && erasures.get(&op.dot) == Some(&true),
                false => *broke,
            };
            lines.broke.extend(broke.then_some(op.dot));
            blot_out(op);
        }
    }
    lines
}

/// The operations that erasures name, and whether one says that it broke the schema: of several erasures that in the highest scope.
fn erasures(model: &Model) -> BTreeMap<Dot, bool> {
    let stands = model.records.iter().filter(|r| r.0.1 == "erasure" && r.1.fields.values().flatten().count() > 0);
    stands.filter_map(|(name, record)| Some((name.2.parse().ok()?, record.shown()["fault"].is_string()))).collect()
}

/// Every value becomes one of its own, which is like no other, and a write of a set that adds and removes nothing.
fn blot_out(op: &mut Op) {
    let blot = RawValue::from_string(format!(r#"{{"blotted out":"{}"}}"#, op.dot)).expect("it is JSON");
    let blots = op.fields.iter_mut().filter(|f| f.0 != "_deleted" || !["true", "false"].contains(&f.1.get()));
    blots.for_each(|f| f.1 = blot.clone());
    op.erased = true;
}

/// Those of the writes that have values.
pub fn live(writes: Vec<&Judged>) -> Vec<&Judged> {
    writes.into_iter().filter(|w| !w.op.erased).collect()
}

impl Lines {
    /// The fields by which it is told whether the operation fits: of an erased one none, or one that fits nowhere.
    pub fn checked<'o>(&self, op: &'o Op) -> Vec<(&'o str, &'o RawValue)> {
        let seven = || serde_json::from_str::<&'static RawValue>("7").expect("it is JSON");
        match op.erased {
            true if self.broke.contains(&op.dot) => vec![("_deleted", seven())],
            true => Vec::new(),
            false => op.fields.iter().map(|(name, value)| (name.as_str(), &**value)).collect(),
        }
    }
}
