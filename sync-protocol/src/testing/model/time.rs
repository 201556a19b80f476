//! Section 6: when a line was written.

use std::collections::{BTreeMap, BTreeSet};

use super::lines::{Clock, Dot};

/// Install → seq → hashes there.
pub type Chain = BTreeMap<String, BTreeMap<u64, BTreeSet<String>>>;

/// The span; a moment where both ends are the same and `anchored`.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub anchored: bool,
    pub lo: Option<i64>,
    pub hi: Option<i64>,
}

/// 2015-01-01 and 2101-01-01, UTC.
const GOOD: std::ops::Range<i64> = 1_420_070_400_000..4_133_980_800_000;

/// Time and uncertainty by the line's own evidence.
fn own(t: &Clock) -> Option<(i64, i64)> {
    let good = |p: Option<(i64, i64)>, base| p.filter(|p| GOOD.contains(&p.0)).map(|p| (p.0 + p.1, base + p.1 / 10_000));
    good(t.g, 1000).or(good(t.n, 5000))
}

fn anchor(dot: &Dot, clocks: &[(Dot, Clock)]) -> Option<i64> {
    let t = &clocks.iter().find(|(d, _)| d == dot)?.1;
    if let Some((at, _)) = own(t) {
        return Some(at);
    }
    let near = clocks.iter().filter_map(|(other, c)| {
        let same_boot = other.0 == dot.0 && t.boot.is_some() && c.boot == t.boot;
        let ((at, uncertain), by) = (own(c)?, t.mono? - c.mono?);
        same_boot.then_some((uncertain + by.abs() / 10_000, other.1, &other.2, at + by))
    });
    near.min().map(|n| n.3)
}

/// The corrected time of that line.
pub fn correct(dot: &Dot, clocks: &[(Dot, Clock)], forks: &BTreeMap<String, u64>) -> Span {
    if let Some(at) = anchor(dot, clocks) {
        return Span { anchored: true, lo: Some(at), hi: Some(at) };
    }
    let forked = forks.get(&dot.0).copied().filter(|f| dot.1 >= *f);
    let known = || clocks.iter().filter(|(d, _)| d.0 == dot.0).filter_map(|(d, _)| Some((d.1, anchor(d, clocks)?)));
    let below = known().filter(|(seq, _)| *seq < forked.unwrap_or(dot.1)).map(|(seq, at)| (std::cmp::Reverse(seq), at)).min();
    let above = known().filter(|(seq, _)| *seq > dot.1 && forked.is_none()).map(|(seq, at)| (seq, std::cmp::Reverse(at))).min();
    Span { anchored: false, lo: below.map(|b| b.1), hi: above.map(|a| a.1.0) }
}
