//! Section 6: when a line was written.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::lines::{Clock, Dot};

/// Install → seq → hashes there.
pub type Chain = BTreeMap<String, BTreeMap<u64, BTreeSet<String>>>;

/// From, to (both included; `None` is open), and whether that is one moment known.
#[derive(Clone, Copy)]
pub struct Span {
    pub anchored: bool,
    pub lo: Option<i64>,
    pub hi: Option<i64>,
}

/// Time and uncertainty by the line's own evidence.
fn own(t: &Clock) -> Option<(i64, i64)> {
    let g = t.g.filter(|g| (1_420_070_400_000..4_102_444_800_000).contains(&g.0));
    g.map(|g| (g.0 + g.1, 1000 + g.1 / 10_000)).or(t.n.map(|n| (n.0 + n.1, 5000 + n.1 / 10_000)))
}

fn anchor(dot: &Dot, clocks: &[(Dot, Clock)]) -> Option<i64> {
    let t = &clocks.iter().find(|(d, _)| d == dot)?.1;
    let near = clocks.iter().filter_map(|(other, c)| {
        let ((at, uncertainty), by) = (own(c)?, t.mono? - c.mono?);
        let same_boot = other.0 == dot.0 && t.boot.is_some() && c.boot == t.boot;
        same_boot.then_some((10_000 * uncertainty + by.abs(), other.1, &other.2, at + by))
    });
    own(t).map(|o| o.0).or_else(|| near.min().map(|n| n.3))
}

/// The corrected time of that line.
pub fn correct(dot: &Dot, clocks: &[(Dot, Clock)], forks: &BTreeMap<String, u64>) -> Span {
    if let Some(at) = anchor(dot, clocks) {
        return Span { anchored: true, lo: Some(at), hi: Some(at) };
    }
    let fork = forks.get(&dot.0).filter(|fork| dot.1 >= **fork);
    let own = clocks.iter().filter(|(d, _)| d.0 == dot.0);
    let known: Vec<(u64, i64)> = own.filter_map(|(d, _)| Some((d.1, anchor(d, clocks)?))).collect();
    let below = known.iter().filter(|k| k.0 < *fork.unwrap_or(&dot.1)).min_by_key(|k| (Reverse(k.0), k.1));
    let above = known.iter().filter(|k| k.0 > dot.1 && fork.is_none()).min_by_key(|k| (k.0, Reverse(k.1)));
    match (below.map(|k| k.1), above.map(|k| k.1)) {
        (Some(lo), Some(hi)) => Span { anchored: false, lo: Some(lo.min(hi)), hi: Some(lo.max(hi)) },
        (lo, hi) => Span { anchored: false, lo, hi },
    }
}
