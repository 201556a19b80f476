//! Time in stretches, by which photos are counted beforehand. Pure.

use std::ops::Range;

/// How long a stretch is: some 25 days.
const LENGTH_MS: i64 = 1 << 31;

/// The stretch of a moment, which is not negative.
pub fn of(ms: i64) -> i64 {
    ms / LENGTH_MS
}

/// A span of time as whole stretches and what is left at its ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pieces {
    /// The stretches that lie wholly in it; perhaps none.
    pub whole: Range<i64>,
    /// The rest, ms: at most two.
    pub edges: Vec<Range<i64>>,
}

impl Pieces {
    /// Of that span, ms.
    pub fn of(span: &Range<i64>) -> Self {
        let (from, to) = (span.start.max(0), span.end);
        if from >= to {
            return Self { whole: 0..0, edges: Vec::new() };
        }
        // A span that is open ends with no edge.
        let end = if to == i64::MAX { of(to) + 1 } else { of(to) };
        let whole = from.div_euclid(LENGTH_MS) + i64::from(from % LENGTH_MS != 0)..end;
        if whole.is_empty() {
            // Stretches are no shorter than what lies between two of their ends.
            let all = from..to;
            return Self { whole: 0..0, edges: vec![all] };
        }
        let edges = [from..whole.start * LENGTH_MS, whole.end.saturating_mul(LENGTH_MS)..to];
        Self { whole, edges: edges.into_iter().filter(|edge| !edge.is_empty()).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_the_span_and_nothing_twice() {
        let length = LENGTH_MS;
        let ends = [i64::MIN, -5, 0, 1, length - 1, length, length + 1, 5 * length, 5 * length + 7, i64::MAX];
        for from in ends {
            for to in ends {
                let Pieces { whole, edges } = Pieces::of(&(from..to));
                let mut parts: Vec<Range<i64>> = edges.clone();
                if !whole.is_empty() {
                    parts.push(whole.start * length..whole.end.saturating_mul(length));
                }
                parts.sort_by_key(|part| part.start);
                assert!(parts.windows(2).all(|two| two[0].end == two[1].start), "{from} {to}: {parts:?}");
                let covered = parts.first().zip(parts.last()).map(|(first, last)| (first.start, last.end));
                assert_eq!(covered, (from.max(0) < to).then_some((from.max(0), to)), "{from} {to}");
                assert!(to < i64::MAX || edges.len() <= 1, "{from}: an open end is no edge");
            }
        }
    }
}
