//! How a file is cut for sending. Pure.

use std::ops::Range;

/// Up to here a file goes as one: a photo mostly does.
const WHOLE_BYTES: u64 = 16 << 20;
/// No store takes more parts.
const MOST_PARTS: u64 = 10_000;
/// Parts are this long while that is long enough: what a broken connection costs is one of them.
const USUAL_BYTES: u64 = 8 << 20;
/// Longer parts are whole multiples of this.
const GRAIN_BYTES: u64 = 1 << 20;

/// The parts of a file of that length, in order; none where it goes as one.
pub fn parts(length: u64) -> Vec<Range<u64>> {
    if length <= WHOLE_BYTES {
        return Vec::new();
    }
    let size = length.div_ceil(MOST_PARTS).next_multiple_of(GRAIN_BYTES).max(USUAL_BYTES);
    (0..length.div_ceil(size)).map(|n| n * size..length.min((n + 1) * size)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No store takes a smaller part, but as the last.
    const SMALLEST_BYTES: u64 = 5 << 20;

    #[test]
    fn any_length_is_cut_within_what_stores_take() {
        for length in [0, 1, WHOLE_BYTES] {
            assert!(parts(length).is_empty(), "{length}");
        }
        let edge = USUAL_BYTES * MOST_PARTS;
        for length in [WHOLE_BYTES + 1, 3 * USUAL_BYTES, 3 * USUAL_BYTES + 1, edge, edge + 1, 1 << 40, 5 << 40] {
            let parts = parts(length);
            assert!(parts.len() as u64 <= MOST_PARTS, "{length}: {} parts", parts.len());
            assert_eq!((parts[0].start, parts.last().unwrap().end), (0, length));
            assert!(parts.windows(2).all(|pair| pair[0].end == pair[1].start), "{length}: a gap");
            let all_but_last = &parts[..parts.len() - 1];
            assert!(all_but_last.iter().all(|part| part.end - part.start >= SMALLEST_BYTES), "{length}: too small");
            assert!(parts.iter().all(|part| !part.is_empty() && part.end - part.start <= 5 << 30), "{length}");
        }
    }
}
