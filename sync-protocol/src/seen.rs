//! What the author of each operation of a record had seen: the transitive closure of `seen` (`PROTOCOL.md`, section 8).

use std::collections::{BTreeMap, HashMap};

use crate::{
    ids::{Dot, InstallId},
    judge::Facts,
    line::Op,
};

/// For each operation the set of operations its author saw, as bits.
pub struct Seen {
    words: usize,
    bits: Vec<u64>,
}

impl Seen {
    /// The closure over these operations of one record.
    pub fn of(ops: &[&Op], facts: &Facts) -> Self {
        let words = ops.len().div_ceil(64);
        let mut seen = Self { words, bits: vec![0; words * ops.len()] };
        if ops.len() < 2 {
            return seen;
        }
        let edges = edges(ops, facts);
        // Depth first: an operation's set is complete once those it names are. A dot holds a hash of what names it, so there are no
        // cycles; should someone find a collision, the edge that closes it counts for nothing.
        let mut state = vec![State::New; ops.len()];
        let mut stack: Vec<(usize, usize)> = Vec::new();
        for start in 0..ops.len() {
            stack.push((start, 0));
            while let Some((at, next)) = stack.pop() {
                if next == 0 {
                    if state[at] != State::New {
                        continue;
                    }
                    state[at] = State::Open;
                }
                if let Some(to) = edges[at].get(next).copied() {
                    stack.push((at, next + 1));
                    if state[to] == State::New {
                        stack.push((to, 0));
                    }
                } else {
                    for to in edges[at].iter().copied().filter(|to| state[*to] == State::Done) {
                        seen.include(at, to);
                    }
                    state[at] = State::Done;
                }
            }
        }
        seen
    }

    /// Whether the author of `by` saw `what`.
    pub fn saw(&self, by: usize, what: usize) -> bool {
        self.bits[by * self.words + what / 64] >> (what % 64) & 1 == 1
    }

    /// How many operations its author saw.
    pub fn count(&self, by: usize) -> u32 {
        self.bits[by * self.words..(by + 1) * self.words].iter().map(|w| w.count_ones()).sum()
    }

    fn include(&mut self, by: usize, what: usize) {
        for w in 0..self.words {
            self.bits[by * self.words + w] |= self.bits[what * self.words + w];
        }
        self.bits[by * self.words + what / 64] |= 1 << (what % 64);
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

fn edges(ops: &[&Op], facts: &Facts) -> Vec<Vec<usize>> {
    let index: HashMap<Dot, usize> = ops.iter().enumerate().map(|(i, op)| (op.dot, i)).collect();
    let mut own: HashMap<InstallId, BTreeMap<u64, usize>> = HashMap::new();
    for (i, op) in ops.iter().enumerate() {
        // Two contents of one seq occur only from the fork seq on, where nothing is seen by being earlier.
        own.entry(op.dot.install).or_default().insert(op.dot.seq, i);
    }
    ops.iter()
        .map(|op| {
            let below = implied_below(op.dot, facts.fork_seq(op.dot.install));
            let previous = own[&op.dot.install].range(..below).next_back().map(|(_, i)| *i);
            op.seen.iter().filter_map(|dot| index.get(dot).copied()).chain(previous).collect()
        })
        .collect()
}

/// An install has seen its own earlier operations; after a fork only those from before it, the rest must be named.
pub fn implied_below(dot: Dot, fork_seq: Option<u64>) -> u64 {
    fork_seq.map_or(dot.seq, |fork| fork.min(dot.seq))
}
