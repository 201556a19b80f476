//! Small worlds: some phones, a server, and the lines they write while they know only part of each other.
//!
//! A world is made from [`Step`]s, which are plain numbers: [`steps`] gives them to proptest, which can shrink them, and [`seeded`] makes
//! them from a seed. [`World::make`] plays them. Phones write what they could: `seen` names what they have pulled. Some lie.

pub mod cast;
mod office;
mod phone;
mod values;

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::{
    chain,
    ids::{Dot, InstallId, sha256},
    sign::PublicKey,
    world::Placed,
};
use cast::Cast;
pub use values::garbage;

/// How many lines each world begins with: enrolments, rights, a template.
pub const CAST_LINES: usize = 20;

/// The fields of a version (1 or 2) of the checklist `t` that worlds use.
pub fn values_template(version: u32) -> String {
    values::template(version)
}

/// One thing that happens: what, who, and some choices.
pub type Step = [u8; 6];

/// Steps of one world, for proptest.
pub fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(any::<Step>(), 1..most)
}

/// Steps of one world, from a seed.
pub fn seeded(seed: u64, count: usize) -> Vec<Step> {
    let mut state = seed;
    let mut byte = || {
        // SplitMix64 (Steele, Lea, Flood 2014).
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) as u8
    };
    (0..count).map(|_| std::array::from_fn(|_| byte())).collect()
}

/// An operation that was written, as far as others can refer to it.
#[derive(Debug, Clone)]
pub struct Written {
    /// Its name.
    pub dot: Dot,
    /// Scope, kind and id.
    pub record: (String, String, String),
}

/// A world: its lines in the order they were written.
pub struct World {
    /// The lines. The last hundred or so are of the steps, those before of the cast's enrolments.
    pub lines: Vec<Placed>,
    /// The server's public keys.
    pub servers: Vec<PublicKey>,
    now: i64,
    ops: Vec<Written>,
    phones: Vec<phone::Phone>,
    server_seq: u64,
}

impl World {
    /// Plays the steps.
    pub fn make(steps: &[Step]) -> World {
        let cast = Cast::get();
        let mut world = World {
            lines: Vec::new(),
            servers: vec![cast.server.public()],
            now: cast::START,
            ops: Vec::new(),
            phones: cast.installs.iter().map(|i| phone::Phone::new(i.id)).collect(),
            server_seq: 0,
        };
        world.enrol_all();
        debug_assert_eq!(world.lines.len(), CAST_LINES);
        for step in steps {
            world.play(*step);
        }
        world
    }

    fn play(&mut self, [what, who, a, b, c, d]: Step) {
        let mut who = usize::from(who) % self.phones.len();
        if who == 7 && a < 160 {
            // Of the stranger little is heard.
            who = 2;
        }
        // Some write at the same moment.
        self.now += if c.is_multiple_of(4) { 0 } else { i64::from(d) * 120_000 };
        match what % 32 {
            0..=12 => self.write(who, [a, b, c, d]),
            13 => self.crowd(a, b, c),
            14..=17 => self.phones[who].pull(&self.ops, a),
            18 => self.phones[who].boot(self.now),
            19 => self.phones[who].hear_server(self.now),
            20 => self.write_time(who),
            21 => self.phones[who].fork(),
            22 | 24 if c < 128 => self.carry(who, [a, b, c, d]),
            22 => self.write_garbage(who, a),
            23 => self.write_blank(who, a),
            24 => self.phones[who].skip(),
            25 | 26 => self.delete(who, a, b),
            27 if c.is_multiple_of(4) => self.erase(a, b),
            27 => self.decide(a, b),
            28 => self.settle(a, b),
            29 if c < 128 => self.revoke(who, a, b),
            29 => self.write(who, [a, b, c, d]),
            30 => self.change_right(a, b, c),
            _ => self.publish(a, b),
        }
    }

    /// Puts a line there; gives its dot.
    fn put(&mut self, install: InstallId, seq: u64, bytes: Vec<u8>) -> Dot {
        let dot = Dot::new(install, seq, &sha256(&[&bytes]));
        self.lines.push(Placed { install, seq, bytes });
        dot
    }

    fn op(&mut self, install: InstallId, seq: u64, record: (String, String, String), rest: &str) -> Dot {
        let (s, k, id) = &record;
        let line = format!(r#"{{"s":"{s}","k":"{k}","id":"{id}"{rest}}}"#);
        let dot = self.put(install, seq, line.into_bytes());
        self.ops.push(Written { dot, record });
        dot
    }

    fn nth(&self, i: u8) -> Option<Written> {
        // The latest are the most interesting.
        let back = usize::from(i) % 24;
        self.ops.iter().rev().nth(back).cloned()
    }

    /// One of the latest operations on what that person usually writes; now and then on anything.
    fn nth_usual(&self, person: &str, i: u8) -> Option<Written> {
        let usual = |o: &&Written| values::usual(person).iter().any(|choice| values::kind_of(*choice) == o.record.1);
        let some: Vec<&Written> = self.ops.iter().rev().filter(usual).take(16).collect();
        match some.len() {
            0 => self.nth(i),
            _ if i >= 224 => self.nth(i),
            count => Some(some[usize::from(i) % count].clone()),
        }
    }

    fn dots_of(&self, record: &(String, String, String)) -> Vec<Dot> {
        self.ops.iter().filter(|o| o.record == *record).map(|o| o.dot).collect()
    }

    /// The head after that line, on the branch that is written first.
    fn head(&self, install: InstallId, seq: u64) -> String {
        let line = |seq| self.lines.iter().find(|l| l.install == install && l.seq == seq);
        let head = (1..=seq)
            .filter_map(line)
            .fold(chain::genesis(install), |head, line| chain::next(&head, &chain::line_hash(&line.bytes)));
        hex::encode(head)
    }

    /// The installs that wrote.
    pub fn installs(&self) -> BTreeSet<InstallId> {
        self.lines.iter().map(|l| l.install).collect()
    }
}

fn seen_text(seen: &[Dot]) -> String {
    if seen.is_empty() {
        String::new()
    } else {
        format!(r#","seen":{}"#, serde_json::to_string(seen).expect("dots serialise"))
    }
}
