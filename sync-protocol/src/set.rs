//! Merging a set: elements added and removed one by one (`PROTOCOL.md`, section 8).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    ids::Dot,
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

/// The elements that stand.
pub fn merge(ops: &[&Op], writes: &[(usize, &RawValue)], facts: &Facts) -> Field {
    let mut adds: BTreeMap<String, Vec<(Dot, &RawValue)>> = BTreeMap::new();
    let mut removals: Vec<(String, Dot, Vec<Dot>)> = Vec::new();
    for (i, raw) in writes {
        // What was accepted passed the schema, where a set write has this form.
        let write: SetWrite<'_> = serde_json::from_str(raw.get()).unwrap_or_default();
        for element in write.add {
            adds.entry(canonical(element)).or_default().push((ops[*i].dot, element));
        }
        for (element, dots) in write.remove {
            removals.push((canonical(element), ops[*i].dot, dots));
        }
    }
    let mut elements: Vec<Value> = adds
        .into_iter()
        .filter_map(|(element, mut adds)| {
            adds.retain(|(add, _)| {
                !removals.iter().any(|(removed, by, named)| {
                    *removed == element && (named.contains(add) || earlier_of_same_install(*add, *by, facts))
                })
            });
            adds.sort_unstable_by_key(|(dot, _)| *dot);
            adds.dedup_by_key(|(dot, _)| *dot);
            let raw = adds.first()?.1.to_owned();
            Some(Value { raw, by: adds.into_iter().map(|(dot, _)| dot).collect() })
        })
        .collect();
    elements.sort_by(|a, b| a.raw.get().as_bytes().cmp(b.raw.get().as_bytes()));
    Field { elements: Some(elements), ..Field::default() }
}

fn earlier_of_same_install(add: Dot, removal: Dot, facts: &Facts) -> bool {
    add.install == removal.install && add.seq < implied_below(removal, facts.fork_seq(removal.install))
}
