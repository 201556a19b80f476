//! Merging a set: elements added and removed one by one (`PROTOCOL.md`, section 8).

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    ids::{Dot, InstallId},
    judge::Facts,
    line::Op,
    merge::{Field, Value, canonical},
    seen::implied_below,
};

/// What is written to a set.
#[derive(Debug, Default, Deserialize)]
pub struct SetWrite<'a> {
    /// Elements added.
    #[serde(borrow, default)]
    pub add: Vec<&'a RawValue>,
    /// Elements removed, each with the dots of the adds that the author saw.
    #[serde(borrow, default)]
    pub remove: Vec<(&'a RawValue, Vec<Dot>)>,
}

/// A set write, read; none where the value is no set write.
pub(crate) fn read(raw: &RawValue) -> Option<SetWrite<'_>> {
    // A sequence is told apart by hand: serde would read `[[…],[…]]` into the struct by position.
    raw.get().starts_with('{').then(|| serde_json::from_str(raw.get()).ok())?
}

/// Of one element: which adds are removed.
#[derive(Default)]
struct Removed {
    named: HashSet<Dot>,
    /// By install, all adds below this seq.
    below: HashMap<InstallId, u64>,
}

/// The elements that stand. `writes` are operations and what they write.
pub(crate) fn merge(ops: &[&Op], writes: &[(usize, SetWrite<'_>)], facts: &Facts) -> Field {
    let mut removed: HashMap<String, Removed> = HashMap::new();
    let carried: HashMap<Dot, Dot> = ops.iter().filter_map(|op| Some((op.dot, op.carried?))).collect();
    for (i, write) in writes {
        let by = ops[*i].place();
        for (element, dots) in &write.remove {
            let removed = removed.entry(canonical(element)).or_default();
            removed.named.extend(dots.iter().map(|dot| carried.get(dot).unwrap_or(dot)));
            let below = removed.below.entry(by.install).or_default();
            *below = implied_below(by, facts.fork_seq(by.install)).max(*below);
        }
    }
    let mut adds: BTreeMap<String, BTreeMap<Dot, &RawValue>> = BTreeMap::new();
    for (i, write) in writes {
        let (dot, place) = (ops[*i].dot, ops[*i].place());
        for raw in &write.add {
            let element = canonical(raw);
            let gone = removed.get(&element).is_some_and(|removed| {
                let below = removed.below.get(&place.install);
                removed.named.contains(&place) || below.is_some_and(|below| place.seq < *below)
            });
            if !gone {
                adds.entry(element).or_default().entry(dot).or_insert(raw);
            }
        }
    }
    let mut elements: Vec<Value> = adds
        .into_values()
        .filter_map(|by| Some(Value { raw: (*by.first_key_value()?.1).to_owned(), by: by.into_keys().collect() }))
        .collect();
    elements.sort_by(|a, b| a.raw.get().as_bytes().cmp(b.raw.get().as_bytes()));
    Field { elements: Some(elements), ..Field::default() }
}
