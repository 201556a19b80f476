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

/// How many ways through a fork are tried before none is believed. A phone that was cloned once has two contents per seq from
/// the fork on, but only chains that some push signed were stored, so real chains are far below.
const MAX_PATHS: usize = 4096;

/// The lines on the chain that ends in `head` at `seq`, as (seq, first 8 bytes of hash); none if no chain of these lines does.
pub fn path_to(install: InstallId, hashes: &Hashes, seq: u64, head: &Hash) -> Option<BTreeSet<(u64, [u8; 8])>> {
    let mut paths: Vec<(Hash, Vec<Hash>)> = vec![(genesis(install), Vec::new())];
    for at in 1..=seq {
        let here = hashes.get(&at)?;
        if paths.len() * here.len() > MAX_PATHS {
            return None;
        }
        paths = paths
            .iter()
            .flat_map(|(head, path)| {
                here.iter().map(move |h| (next(head, h), path.iter().chain([h]).copied().collect()))
            })
            .collect();
    }
    let (_, path) = paths.into_iter().find(|(end, _)| end == head)?;
    Some((1..).zip(path.iter().map(short)).collect())
}
