//! A slow, obvious model of `PROTOCOL.md`: state as a function of the set of lines, written from the text alone.
//!
//! It shares with the crate under test only the data of the schema, its checks of values, and signatures. A test counts its
//! lines: what has to be read to trust it stays short.

mod body;
mod judge;
mod lines;
mod merge;
mod rulings;
mod time;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use crate::sign::PublicKey;
use lines::{Op, Read, hex_hash};
use rulings::Facts;

/// What a set of lines comes to. Names and dots are texts here.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct World {
    /// Body of each record of which something stands, by (scope, kind, id).
    pub records: BTreeMap<(String, String, String), String>,
    /// Code of each operation and unreadable line, by dot.
    pub standings: BTreeMap<String, &'static str>,
    /// Why lines are unreadable, by dot.
    pub unreadable: BTreeMap<String, &'static str>,
    /// Digest of each scope.
    pub digests: BTreeMap<String, String>,
    /// Lowest seq with two contents.
    pub forks: BTreeMap<String, u64>,
}

/// Folds lines (install, seq, bytes) in any order.
pub fn fold(lines: &[(String, u64, Vec<u8>)], servers: &[PublicKey]) -> World {
    let mut world = World::default();
    let (mut ops, mut clocks, mut chain) = (Vec::new(), Vec::new(), time::Chain::new());
    for (install, seq, bytes) in lines.iter().collect::<BTreeSet<_>>() {
        let mut hash = hex_hash(bytes);
        let dot = (install.clone(), *seq, hash[..16].to_owned());
        match lines::read(&dot, bytes) {
            Read::Blank(lost) => hash = lost,
            Read::Time(t) => clocks.push((dot, t)),
            Read::Unreadable(code) => {
                world.standings.insert(lines::text(&dot), "unreadable");
                world.unreadable.insert(lines::text(&dot), code);
            }
            Read::Op(op) => {
                clocks.push((dot, op.t.clone()));
                ops.push(*op);
            }
        }
        chain.entry(install.clone()).or_default().entry(*seq).or_default().insert(hash);
    }
    for (install, by_seq) in &chain {
        let fork = by_seq.iter().find(|(_, contents)| contents.len() > 1);
        world.forks.extend(fork.map(|(seq, _)| (install.clone(), *seq)));
    }
    let times = ops.iter().map(|op| (op.dot.clone(), time::correct(&op.dot, &clocks, &world.forks))).collect();
    let facts = Facts::gather(&ops, &times, &chain, &world.forks, servers);
    for (name, own) in by_record(&ops) {
        let record = merge::merge(&own, &times, &facts, &world.forks);
        world.standings.extend(record.standings.iter().map(|(dot, code)| (lines::text(dot), *code)));
        if !record.by.is_empty() {
            let body = body::body(&name, &record);
            let sum = world.digests.entry(name.0.clone()).or_insert_with(|| "0".repeat(64));
            *sum = body::add(sum, &hex_hash(body.as_bytes()));
            world.records.insert(name, body);
        }
    }
    world
}

/// The dot of a line, as text.
pub fn dot_of(install: &str, seq: u64, bytes: &[u8]) -> String {
    lines::text(&(install.to_owned(), seq, hex_hash(bytes)[..16].to_owned()))
}

fn by_record(ops: &[Op]) -> BTreeMap<(String, String, String), Vec<&Op>> {
    let mut records = BTreeMap::<_, Vec<&Op>>::new();
    for op in ops {
        records.entry((op.s.clone(), op.k.clone(), op.id.clone())).or_default().push(op);
    }
    records
}
