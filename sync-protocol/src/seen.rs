//! What the author of each operation of a record had seen: the transitive closure of `seen` (`PROTOCOL.md`, section 8).

use std::collections::{BTreeSet, HashMap};

use crate::{
    broken,
    ids::{Dot, InstallId},
    judge::Facts,
    line::Op,
};

/// For each operation the set of operations its author saw and which did not see it, as bits.
///
/// Nobody sees what is not yet written, but lines can claim it: operation 1 of a phone names another's, which names operation 2 of that
/// phone, which comes after 1. Operations that so saw each other are as if none had seen the other, so that none of them vanishes.
pub struct Seen {
    bits: Vec<Bits>,
    direct: Vec<Vec<usize>>,
    order: Vec<usize>,
}

/// A set of small numbers.
#[derive(Clone, Default)]
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    pub(crate) fn for_count(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    pub(crate) fn has(&self, i: usize) -> bool {
        self.0[i / 64] >> (i % 64) & 1 == 1
    }

    pub(crate) fn insert(&mut self, i: usize) {
        self.0[i / 64] |= 1 << (i % 64);
    }

    pub(crate) fn include(&mut self, other: &Bits) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }

    pub(crate) fn but(&self, other: &Bits) -> Bits {
        Bits(self.0.iter().zip(&other.0).map(|(a, b)| a & !b).collect())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        let words = self.0.iter().enumerate().filter(|(_, word)| **word != 0);
        words.flat_map(|(i, word)| (0..64).filter(move |b| word >> b & 1 == 1).map(move |b| i * 64 + b))
    }
}

impl Seen {
    /// The closure over these operations of one record.
    pub fn of(ops: &[&Op], facts: &Facts) -> Self {
        let count = ops.len();
        let mut seen =
            Self { bits: vec![Bits::for_count(count); count], direct: vec![Vec::new(); count], order: Vec::new() };
        if count < 2 {
            seen.order.extend(0..count);
            return seen;
        }
        let edges = edges(ops, facts);
        // Of each operation, which component it is in; those before it are done.
        let mut of = vec![usize::MAX; count];
        let components = components(&edges);
        for (c, component) in components.iter().enumerate() {
            component.iter().for_each(|i| of[*i] = c);
            let mut below: Vec<usize> =
                component.iter().flat_map(|i| &edges[*i]).map(|i| of[*i]).filter(|b| *b != c).collect();
            // The latest first: mostly it saw the rest.
            below.sort_unstable_by_key(|b| std::cmp::Reverse(*b));
            let (mut all, mut direct) = (Bits::for_count(count), Vec::new());
            for members in below.into_iter().map(|b| &components[b]) {
                if !all.has(members[0]) {
                    all.include(&seen.bits[members[0]]);
                    members.iter().for_each(|i| all.insert(*i));
                    direct.extend(members);
                }
            }
            for i in component.iter().copied() {
                seen.order.push(i);
                seen.bits[i] = all.clone();
                seen.direct[i] = direct.clone();
            }
        }
        seen
    }

    /// Whether the author of `by` saw `what` (and not the other way round as well).
    pub fn saw(&self, by: usize, what: usize) -> bool {
        self.bits[by].has(what)
    }

    /// All that the author of `by` saw.
    pub(crate) fn all(&self, by: usize) -> &Bits {
        &self.bits[by]
    }

    /// Of what the author of `by` saw, enough that they and what was seen by them are all.
    pub(crate) fn direct(&self, by: usize) -> &[usize] {
        &self.direct[by]
    }

    /// The operations, each after all that its author saw.
    pub(crate) fn order(&self) -> &[usize] {
        &self.order
    }
}

fn edges(ops: &[&Op], facts: &Facts) -> Vec<Vec<usize>> {
    let index: HashMap<Dot, usize> = ops.iter().enumerate().map(|(i, op)| (op.dot, i)).collect();
    let mut carried: HashMap<Dot, Vec<usize>> = HashMap::new();
    let mut own: HashMap<InstallId, BTreeSet<(u64, usize)>> = HashMap::new();
    for (i, op) in ops.iter().enumerate() {
        own.entry(op.place().install).or_default().insert((op.place().seq, i));
        if let Some(place) = op.carried {
            carried.entry(place).or_default().push(i);
        }
    }
    // One line may be there several times, its own and carried: who saw one of them saw all.
    let named = |dot: &Dot| {
        let place = index.get(dot).map_or(*dot, |i| ops[*i].place());
        let again = carried.get(&place).into_iter().flatten();
        index.get(&place).into_iter().chain(again).copied().collect::<Vec<_>>()
    };
    ops.iter()
        .map(|op| {
            let own = &own[&op.place().install];
            let below = implied_below(op.place(), facts.fork_seq(op.place().install));
            let last = own.range(..(below, 0)).next_back().map_or(0, |(seq, _)| *seq);
            let previous = own.range((last, 0)..(below, 0)).map(|(_, i)| *i);
            op.seen.iter().filter(|_| !broken::is("ignore seen")).flat_map(named).chain(previous).collect()
        })
        .collect()
}

/// Groups of nodes that reach each other, every group after those it reaches (Tarjan's algorithm, without recursion: a chain of
/// operations can be longer than a stack is deep).
fn components(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    const NEW: usize = usize::MAX;
    let (mut found, mut low) = (vec![NEW; edges.len()], vec![NEW; edges.len()]);
    let (mut open, mut is_open) = (Vec::new(), vec![false; edges.len()]);
    let (mut components, mut count) = (Vec::new(), 0);
    for start in (0..edges.len()).rev() {
        let mut path: Vec<(usize, usize)> = if found[start] == NEW { vec![(start, 0)] } else { Vec::new() };
        while let Some((at, next)) = path.pop() {
            if next == 0 {
                (found[at], low[at]) = (count, count);
                count += 1;
                open.push(at);
                is_open[at] = true;
            } else if is_open[edges[at][next - 1]] {
                low[at] = low[at].min(low[edges[at][next - 1]]);
            }
            if let Some(to) = edges[at].get(next).copied() {
                path.push((at, next + 1));
                if found[to] == NEW {
                    path.push((to, 0));
                }
            } else if low[at] == found[at] {
                let from = open.iter().rposition(|i| *i == at).expect("it was opened");
                let component = open.split_off(from);
                component.iter().for_each(|i| is_open[*i] = false);
                components.push(component);
            }
        }
    }
    components
}

/// An install has seen its own earlier operations; after a fork only those from before it, the rest must be named.
pub fn implied_below(dot: Dot, fork_seq: Option<u64>) -> u64 {
    fork_seq.map_or(dot.seq, |fork| fork.min(dot.seq))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reaches_each_other_is_one_component_and_comes_after_what_it_reaches() {
        let edges = vec![vec![1], vec![2, 4], vec![0, 3], vec![], vec![3], vec![0, 0]];
        let mut components = components(&edges);
        components.iter_mut().for_each(|c| c.sort_unstable());
        let at = |c: &[usize]| components.iter().position(|x| x == c).unwrap();
        assert_eq!(components.len(), 4);
        assert!(at(&[3]) < at(&[4]) && at(&[4]) < at(&[0, 1, 2]) && at(&[0, 1, 2]) < at(&[5]));
    }

    #[test]
    fn a_long_chain_needs_no_deep_stack() {
        let edges: Vec<Vec<usize>> = (0..200_000_usize).map(|i| i.checked_sub(1).into_iter().collect()).collect();
        assert_eq!(components(&edges).len(), 200_000);
    }
}
