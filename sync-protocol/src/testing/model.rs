//! A slow, obvious model of `PROTOCOL.md`: state as a function of the set of lines, written from the text alone.
//!
//! It shares with the crate under test only the data of the schema, its checks of values, and signatures. A test counts its
//! lines: what has to be read to trust it stays under 300.

mod body;
mod facts;
mod lines;
mod merge;
mod time;

use std::collections::{BTreeMap, BTreeSet};

use crate::sign::PublicKey;
use facts::Facts;
pub use lines::{Dot, hex_hash};
use lines::{Op, Read};

/// Install, seq, bytes.
pub type Placed = (String, u64, Vec<u8>);

/// All that follows from a set of lines.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct World {
    /// Body of each record, by (scope, kind, id).
    pub records: BTreeMap<(String, String, String), String>,
    /// Code of each operation, by dot; unreadable lines and `time` lines too.
    pub standings: BTreeMap<String, &'static str>,
    /// Why lines are unreadable.
    pub unreadable: BTreeMap<String, &'static str>,
    /// Digest of each scope.
    pub digests: BTreeMap<String, String>,
    /// Lowest seq with two contents.
    pub forks: BTreeMap<String, u64>,
}

/// Folds lines in any order.
pub fn fold(lines: &[Placed], servers: &[PublicKey]) -> World {
    let mut world = World::default();
    let (mut ops, mut clocks, mut chain) = (Vec::new(), Vec::new(), time::Chain::new());
    for (install, seq, bytes) in lines.iter().collect::<BTreeSet<_>>() {
        let hash = hex_hash(bytes);
        let (at, name) = ((install.clone(), *seq), (install.clone(), *seq, hash[..16].to_owned()));
        let hash = match lines::read(&name, bytes) {
            Read::Blank(lost) => lost,
            Read::Unreadable(code) => {
                world.standings.insert(lines::text(&name), "unreadable");
                world.unreadable.insert(lines::text(&name), code);
                hash
            }
            Read::Time(t) => {
                clocks.push((name, t));
                hash
            }
            Read::Op(op) => {
                clocks.push((name, op.t.clone()));
                ops.push(op);
                hash
            }
        };
        chain.entry(at.0).or_default().entry(at.1).or_default().insert(hash);
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
        let body = body::body(&name, &record);
        let sum = world.digests.entry(name.0.clone()).or_insert_with(|| "0".repeat(64));
        *sum = body::add(sum, &if record.by.is_empty() { "0".repeat(64) } else { hex_hash(body.as_bytes()) });
        world.records.insert(name, body);
    }
    world
}

fn by_record(ops: &[Op]) -> BTreeMap<(String, String, String), Vec<&Op>> {
    let mut records = BTreeMap::<_, Vec<&Op>>::new();
    for op in ops {
        records.entry((op.s.clone(), op.k.clone(), op.id.clone())).or_default().push(op);
    }
    records
}
