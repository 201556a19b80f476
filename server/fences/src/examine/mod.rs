//! Whether a drawing can be a village's boundary, what speaks against it, and what would mend it. Pure.
//!
//! Each check is a function of the drawing (and of what is around it) that gives findings; a later one runs only on what the earlier ones let
//! through, since a ring that does not close has no inside to speak of. A finding may bring the whole boundary as its repair would
//! make it; nothing is repaired unless asked.

mod crossing;
mod finding;
mod numbers;
mod parts;
mod rings;
mod surroundings;

use std::collections::BTreeSet;

use mobile_schema::Datum;

pub(crate) use crossing::merged;
pub use finding::{Finding, Kind, Offer, Repair, Weight};
pub use surroundings::{Around, Neighbour};

use crate::drawing::Drawing;

/// What is found of a drawing in degrees of that datum, errors first.
pub fn examine(drawing: &Drawing, datum: Datum, around: &Around<'_>) -> Vec<Finding> {
    let mut found = errors(drawing, datum);
    if found.is_empty() {
        found.extend(rings::duplicates(drawing, datum));
        found.extend(surroundings::examine(drawing, datum, around));
    }
    found
}

/// Of each stage that finds something the later ones have nothing to look at.
pub(crate) fn errors(drawing: &Drawing, datum: Datum) -> Vec<Finding> {
    let stages: [fn(&Drawing, Datum) -> Vec<Finding>; 5] =
        [numbers::examine, rings::examine, rings::too_many, crossing::examine, parts::examine];
    stages.iter().map(|stage| stage(drawing, datum)).find(|found| !found.is_empty()).unwrap_or_default()
}

/// A drawing after repairs, and what is still found of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Repaired {
    /// The boundary.
    pub drawing: Drawing,
    /// What its degrees refer to.
    pub datum: Datum,
    /// What was done, in this order.
    pub done: Vec<Repair>,
    /// What is left.
    pub findings: Vec<Finding>,
}

/// Examines, and takes up what is offered and `wanted` until nothing more is.
pub fn repair(drawing: Drawing, datum: Datum, around: &Around<'_>, wanted: &BTreeSet<Repair>) -> Repaired {
    let mut at = Repaired { findings: examine(&drawing, datum, around), drawing, datum, done: Vec::new() };
    loop {
        let offer = at.findings.iter().filter_map(|f| f.offer.as_ref());
        let offer =
            offer.filter(|o| wanted.contains(&o.repair) && !at.done.contains(&o.repair)).min_by_key(|o| o.repair);
        let Some(Offer { repair, drawing, datum }) = offer.cloned() else { return at };
        let mut done = at.done;
        done.push(repair);
        at = Repaired { findings: examine(&drawing, datum, around), drawing, datum, done };
    }
}
