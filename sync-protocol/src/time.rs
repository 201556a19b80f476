//! Corrected time (`PROTOCOL.md`, section 6): what can be known of when a line was written, from its install's lines alone.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::ids::Hash;

/// What a line says of its own time. All clocks and ages are in milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeEvidence {
    /// The phone's wall clock. Kept and shown; decides nothing.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub wall: Option<u64>,
    /// Which boot of the phone.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<String>,
    /// Monotonic clock of that boot.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub mono: Option<u64>,
    /// Satellite time and its age.
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    pub satellite: Option<(u64, u64)>,
    /// The latest server time heard in this boot and its age.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub server: Option<(u64, u64)>,
}

/// Integers above this are not exact in every JSON reader.
pub const MAX_INTEGER: u64 = 1 << 53;

/// 2015-01-01 and 2100-01-01: satellite receivers of cheap phones report week-number roll-overs as 1999 or 2019 + n.
const SATELLITE_SANE: std::ops::Range<u64> = 1_420_070_400_000..4_102_444_800_000;
const SATELLITE_UNCERTAINTY_MS: u64 = 1_000;
/// A 2G round trip seldom takes longer.
const SERVER_UNCERTAINTY_MS: u64 = 5_000;
/// 100 parts in a million: the worst drift of a phone's crystal.
const DRIFT_DIVISOR: u64 = 10_000;

impl TimeEvidence {
    /// Whether all integers are within bounds and the boot id is short.
    pub fn is_well_formed(&self) -> bool {
        let pair = |p: Option<(u64, u64)>| p.is_none_or(|(a, b)| a <= MAX_INTEGER && b <= MAX_INTEGER);
        self.wall.is_none_or(|w| w <= MAX_INTEGER)
            && self.mono.is_none_or(|m| m <= MAX_INTEGER)
            && self.boot.as_ref().is_none_or(|b| b.len() <= 64)
            && pair(self.satellite)
            && pair(self.server)
    }

    /// The time this line anchors itself by, if it does.
    pub fn own_anchor(&self) -> Option<Anchor> {
        let anchor = |(time, age): (u64, u64), uncertainty| Anchor {
            at_ms: (time + age) as i64,
            uncertainty_ms: (uncertainty + age / DRIFT_DIVISOR) as i64,
        };
        self.satellite
            .filter(|(time, _)| SATELLITE_SANE.contains(time))
            .map(|g| anchor(g, SATELLITE_UNCERTAINTY_MS))
            .or_else(|| self.server.map(|n| anchor(n, SERVER_UNCERTAINTY_MS)))
    }
}

/// A known time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// Milliseconds since 1970, UTC.
    pub at_ms: i64,
    /// How far off it may be, either way.
    pub uncertainty_ms: i64,
}

/// What is known of a line's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Corrected {
    /// Anchored by satellite or server time.
    At(Anchor),
    /// Known only to lie between these (both included); `None` is open.
    Within(Option<i64>, Option<i64>),
}

impl Corrected {
    /// Nothing is known.
    pub const UNKNOWN: Corrected = Corrected::Within(None, None);

    /// The earliest and latest it can have been, uncertainty of an anchor not counted.
    pub fn span(&self) -> (Option<i64>, Option<i64>) {
        match *self {
            Corrected::At(a) => (Some(a.at_ms), Some(a.at_ms)),
            Corrected::Within(lo, hi) => (lo, hi),
        }
    }

    /// The time, if anchored.
    pub fn anchored(&self) -> Option<i64> {
        match *self {
            Corrected::At(a) => Some(a.at_ms),
            Corrected::Within(..) => None,
        }
    }
}

/// One line, as far as time goes.
#[derive(Debug, Clone)]
pub struct Timed {
    /// Its seq.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
    /// What it says.
    pub evidence: TimeEvidence,
}

/// The corrected time of each of an install's lines, in the order given.
pub fn correct(lines: &[Timed], fork_seq: Option<u64>) -> Vec<Corrected> {
    let own: Vec<Option<Anchor>> = lines.iter().map(|l| l.evidence.own_anchor()).collect();
    let boots = boots(lines, &own);
    let anchors: Vec<Option<Anchor>> =
        lines.iter().zip(&own).map(|(line, own)| own.or_else(|| same_boot(line, &boots))).collect();

    let mut marks: Vec<(u64, i64)> =
        lines.iter().zip(&anchors).filter_map(|(l, a)| a.map(|a| (l.seq, a.at_ms))).collect();
    marks.sort_unstable();
    lines
        .iter()
        .zip(&anchors)
        .map(|(line, anchor)| match anchor {
            Some(anchor) => Corrected::At(*anchor),
            None => span(line.seq, &marks, fork_seq),
        })
        .collect()
}

/// The anchored lines of one boot, by monotonic clock. To find the nearest for any line takes no look at each, so that a boot of many
/// thousand lines costs no square of that.
#[derive(Default)]
struct Boot<'a> {
    marks: Vec<Mark<'a>>,
    /// The best of `marks[..=i]` for a line behind them.
    before: Vec<usize>,
    /// The best of `marks[i..]` for a line before them.
    after: Vec<usize>,
}

struct Mark<'a> {
    mono: i64,
    anchor: Anchor,
    line: &'a Timed,
}

impl Mark<'_> {
    /// How well it tells the time of a line at `mono`: less is better.
    fn rank(&self, mono: i64) -> (i64, u64, Hash) {
        let drift = (mono - self.mono).abs();
        (self.anchor.uncertainty_ms * DRIFT_DIVISOR as i64 + drift, self.line.seq, self.line.hash)
    }
}

fn boots<'a>(lines: &'a [Timed], own: &[Option<Anchor>]) -> HashMap<&'a str, Boot<'a>> {
    let mut boots: HashMap<&str, Boot<'_>> = HashMap::new();
    for (line, anchor) in lines.iter().zip(own) {
        if let (Some(anchor), Some(boot), Some(mono)) = (anchor, &line.evidence.boot, line.evidence.mono) {
            boots.entry(boot).or_default().marks.push(Mark { mono: mono as i64, anchor: *anchor, line });
        }
    }
    for boot in boots.values_mut() {
        boot.marks.sort_unstable_by_key(|m| m.mono);
        let marks = &boot.marks;
        // Which of two is better does not depend on where the line is, as long as both are on one side of it.
        let best = |mono: i64| move |a: usize, b: usize| if marks[b].rank(mono) < marks[a].rank(mono) { b } else { a };
        let (first, last) = (marks[0].mono, marks[marks.len() - 1].mono);
        boot.before = scan(0..marks.len(), best(last));
        boot.after = scan((0..marks.len()).rev(), best(first));
        boot.after.reverse();
    }
    boots
}

/// The best so far at each step.
fn scan(indices: impl Iterator<Item = usize>, best: impl Fn(usize, usize) -> usize) -> Vec<usize> {
    let mut so_far = None;
    indices.map(|i| *so_far.insert(so_far.map_or(i, |b| best(b, i)))).collect()
}

fn same_boot(line: &Timed, boots: &HashMap<&str, Boot<'_>>) -> Option<Anchor> {
    let (boot, mono) = (boots.get(line.evidence.boot.as_deref()?)?, line.evidence.mono? as i64);
    let at = boot.marks.partition_point(|m| m.mono <= mono);
    let before = at.checked_sub(1).map(|i| boot.before[i]);
    let sides = before.into_iter().chain(boot.after.get(at).copied());
    let mark = &boot.marks[sides.min_by_key(|i| boot.marks[*i].rank(mono))?];
    let difference = mono - mark.mono;
    Some(Anchor {
        at_ms: mark.anchor.at_ms + difference,
        uncertainty_ms: mark.anchor.uncertainty_ms + difference.abs() / DRIFT_DIVISOR as i64,
    })
}

/// `marks` are the anchored lines, sorted by (seq, time).
fn span(seq: u64, marks: &[(u64, i64)], fork_seq: Option<u64>) -> Corrected {
    let after_fork = fork_seq.is_some_and(|fork| seq >= fork);
    let below = if after_fork { fork_seq.unwrap_or(seq) } else { seq };
    let lower = &marks[..marks.partition_point(|(s, _)| *s < below)];
    // Of two lines at one seq (both below the fork seq cannot be; kept for completeness) the lower time.
    let lo = lower.last().map(|(s, _)| lower[lower.partition_point(|(x, _)| x < s)].1);
    if after_fork {
        return Corrected::Within(lo, None);
    }
    let upper = &marks[marks.partition_point(|(s, _)| *s <= seq)..];
    let hi = upper.first().map(|(s, _)| upper[..upper.partition_point(|(x, _)| x <= s)].last().expect("not empty").1);
    match (lo, hi) {
        // Somebody's clock lies; the line is somewhere between all the same.
        (Some(lo), Some(hi)) => Corrected::Within(Some(lo.min(hi)), Some(lo.max(hi))),
        _ => Corrected::Within(lo, hi),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(seq: u64, boot: &str, mono: u64, server: Option<(u64, u64)>) -> Timed {
        let evidence = TimeEvidence { boot: Some(boot.into()), mono: Some(mono), server, ..TimeEvidence::default() };
        Timed { seq, hash: [seq as u8; 32], evidence }
    }

    #[test]
    fn a_line_before_the_first_contact_of_its_boot_is_anchored_by_a_later_one() {
        let lines = [line(1, "a", 10_000, None), line(2, "a", 70_000, Some((1_700_000_000_000, 5_000)))];
        let times = correct(&lines, None);
        assert_eq!(times[0].anchored(), Some(1_700_000_005_000 - 60_000));
    }

    #[test]
    fn a_boot_without_contact_lies_between_its_neighbours() {
        let lines = [
            line(1, "a", 1, Some((100, 0))),
            line(2, "b", 5, None),
            line(3, "b", 6, None),
            line(4, "c", 9, Some((900, 0))),
        ];
        let times = correct(&lines, None);
        assert_eq!(times[1], Corrected::Within(Some(100), Some(900)));
        assert_eq!(times[2], Corrected::Within(Some(100), Some(900)));
        assert_eq!(correct(&lines, Some(3))[2], Corrected::Within(Some(100), None));
        assert_eq!(correct(&lines, Some(3))[1], Corrected::Within(Some(100), Some(900)));
    }

    #[test]
    fn a_satellite_week_roll_over_is_not_believed() {
        let evidence = TimeEvidence {
            satellite: Some((935_000_000_000, 0)),
            server: Some((1_700_000_000_000, 0)),
            ..TimeEvidence::default()
        };
        assert_eq!(evidence.own_anchor().unwrap().at_ms, 1_700_000_000_000);
    }
}
