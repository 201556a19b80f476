//! Which pictures come near, among a million, by their sketches: all are looked at, eight bytes each, which takes a millisecond. An index
//! that looks at fewer (by bands of bits) would have to look at most of them too, for so wide a distance.

use crate::Sketch;

/// The sketches that a process knows, each with its number.
#[derive(Debug, Default)]
pub struct Sketches {
    bits: Vec<u64>,
    numbers: Vec<i64>,
}

impl Sketches {
    /// Adds one, of a higher number than all before.
    pub fn push(&mut self, number: i64, sketch: Sketch) {
        self.bits.push(sketch.0);
        self.numbers.push(number);
    }

    /// The highest number; 0 where there is none.
    pub fn last(&self) -> i64 {
        self.numbers.last().copied().unwrap_or_default()
    }

    /// The numbers above `from` of at most `most` that differ in no more than `distance` bits, the nearest first, then the oldest.
    pub fn near(&self, sketch: Sketch, distance: u32, from: i64, most: usize) -> Vec<i64> {
        let first = self.numbers.partition_point(|number| *number <= from);
        let apart = self.bits[first..].iter().map(|bits| Sketch(*bits).distance(sketch));
        let near = apart.zip(&self.numbers[first..]).filter(|(apart, _)| *apart <= distance);
        let mut found: Vec<(u32, i64)> = near.map(|(apart, number)| (apart, *number)).collect();
        found.sort_unstable();
        found.truncate(most);
        found.into_iter().map(|(_, number)| number).collect()
    }
}
