//! The hash chain of an install, blanks and forks (`PROTOCOL.md`, section 4).

use std::collections::{BTreeMap, BTreeSet};

use crate::ids::{Hash, InstallId, lower_hex, sha256, short};

const BLANK: &[u8] = b"lost ";

/// The head before the first line.
pub fn genesis(install: InstallId) -> Hash {
    sha256(&[install.to_string().as_bytes()])
}

/// The head after a line with that hash.
pub fn next(head: &Hash, line_hash: &Hash) -> Hash {
    sha256(&[head, line_hash])
}

/// The hash that stands in the chain for these bytes: their own, or the one a blank names.
pub fn line_hash(line: &[u8]) -> Hash {
    blank(line).unwrap_or_else(|| sha256(&[line]))
}

/// The hash a blank line names, if this is one.
pub fn blank(line: &[u8]) -> Option<Hash> {
    let named = line.strip_prefix(BLANK)?;
    lower_hex(std::str::from_utf8(named).ok()?)
}

/// The blank line that stands for one whose bytes are lost.
pub fn blank_line(lost: &Hash) -> Vec<u8> {
    [BLANK, hex::encode(lost).as_bytes()].concat()
}

/// The lines of an install by seq: the hash of each content seen there.
pub type Hashes = BTreeMap<u64, BTreeSet<Hash>>;

/// The lowest seq with two contents.
pub fn fork_seq(hashes: &Hashes) -> Option<u64> {
    hashes.iter().find(|(_, at)| at.len() > 1).map(|(seq, _)| *seq)
}

/// How many chains through a fork are followed to one seq, and how many steps are taken in all, before none is believed. A phone that was
/// cloned once has two contents per seq from the fork on, and twice as many chains at each.
const MAX_PATHS: usize = 4_096;
const MAX_STEPS: usize = 1 << 20;

/// The lines on the chain that ends in `head` at `seq`, as (seq, first 8 bytes of hash); none if no chain of these lines does. Where a fork
/// makes them too many to be followed, only the lines below the fork: every chain has those.
pub fn path_to(install: InstallId, hashes: &Hashes, seq: u64, head: &Hash) -> Option<BTreeSet<(u64, [u8; 8])>> {
    let fork = fork_seq(hashes).unwrap_or(u64::MAX);
    let (mut heads, mut steps) = (vec![genesis(install)], 0);
    // Of each step, the line and the step it follows.
    let mut trail: Vec<Vec<(usize, Hash)>> = Vec::new();
    for at in 1..=seq {
        let here = hashes.get(&at)?;
        let count = heads.len() * here.len();
        steps += if at < fork { 0 } else { count };
        if count > MAX_PATHS || steps > MAX_STEPS {
            // Not for want of lines: if one is missing below, nothing is known to be on the chain.
            let complete = (at..=seq).all(|at| hashes.contains_key(&at));
            let below = hashes.range(..fork).flat_map(|(seq, at)| at.iter().map(|h| (*seq, short(h))));
            return complete.then(|| below.collect());
        }
        let step = heads.iter().enumerate().flat_map(|(i, _)| here.iter().map(move |h| (i, *h)));
        trail.push(step.collect());
        heads = trail[trail.len() - 1].iter().map(|(i, h)| next(&heads[*i], h)).collect();
    }
    let mut at = heads.iter().position(|end| end == head)?;
    let mut path = BTreeSet::new();
    for (i, step) in trail.iter().enumerate().rev() {
        let (before, hash) = step[at];
        path.insert((i as u64 + 1, short(&hash)));
        at = before;
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(contents: impl IntoIterator<Item = usize>) -> Hashes {
        let line = |seq: u64, i: usize| sha256(&[format!("{seq} {i}").as_bytes()]);
        (1..).zip(contents).map(|(seq, n)| (seq, (0..n).map(|i| line(seq, i)).collect())).collect()
    }

    fn head(hashes: &Hashes, install: InstallId, seq: u64) -> Hash {
        hashes.range(..=seq).fold(genesis(install), |head, (_, at)| next(&head, at.first().unwrap()))
    }

    #[test]
    fn the_branch_that_ends_in_the_head_is_found() {
        let (install, hashes) = (InstallId([7; 16]), lines([1, 1, 2, 3, 1, 2]));
        let path = path_to(install, &hashes, 5, &head(&hashes, install, 5)).unwrap();
        assert_eq!(path.len(), 5);
        assert!(path.iter().all(|(seq, hash)| *hash == short(hashes[seq].first().unwrap())));
        assert_eq!(path_to(install, &hashes, 5, &[1; 32]), None);
        assert_eq!(path_to(install, &hashes, 9, &[1; 32]), None);
    }

    #[test]
    fn a_fork_too_wide_to_follow_leaves_the_lines_below_it() {
        let (install, hashes) = (InstallId([7; 16]), lines([1; 100].into_iter().chain([2; 100])));
        let path = path_to(install, &hashes, 150, &head(&hashes, install, 150)).unwrap();
        assert_eq!(path.into_iter().map(|(seq, _)| seq).collect::<Vec<_>>(), (1..=100).collect::<Vec<_>>());
        assert_eq!(path_to(install, &hashes, 201, &[1; 32]), None, "a line is missing");
    }
}
