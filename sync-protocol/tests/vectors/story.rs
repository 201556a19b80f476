//! Telling a case: who writes what, in which order.

use std::collections::BTreeMap;

use sync_protocol::{
    Dot, InstallId, chain,
    ids::sha256,
    testing::worlds::{
        self,
        cast::{Cast, START},
    },
    world::Placed,
};

/// An install of the cast, by its place there; or the server's.
#[derive(Clone, Copy, PartialEq)]
pub enum Who {
    Member,
    Lead,
    InspectorA,
    InspectorB,
    /// The other phone of inspector B.
    SecondB,
    Office,
    Town,
    /// No enrolment operation of it is known.
    Stranger,
    /// Not of the cast.
    Nobody,
    Server,
}

pub const FINDING: [&str; 3] = ["440811070201/inspection", "finding", "f1"];
pub const VISIT: [&str; 3] = ["440811070201/presence", "visit", "v1"];
pub const LEAVE: [&str; 3] = ["zjedz.p.member/own", "leave", "l1"];
pub const HOUSEHOLD: [&str; 3] = ["440811070201/household", "household", "h1"];

/// The lines of one case.
pub struct Story {
    pub name: &'static str,
    pub about: &'static str,
    pub lines: Vec<Placed>,
    next: BTreeMap<InstallId, u64>,
}

impl Who {
    pub fn install(self) -> InstallId {
        let cast = Cast::get();
        match self {
            Who::Server => cast.server_install.id,
            Who::Nobody => InstallId([9; 16]),
            _ => cast.installs[self as usize].id,
        }
    }
}

/// Time evidence: server time heard that many minutes after the world begins.
pub fn at(minutes: i64) -> String {
    format!(r#"{{"n":[{},0]}}"#, START + minutes * 60_000)
}

/// Time evidence without any anchor.
pub fn adrift() -> String {
    r#"{"w":315532800000}"#.to_owned()
}

impl Story {
    pub fn new(name: &'static str, about: &'static str) -> Self {
        let server = (Cast::get().server_install.id, worlds::CAST_LINES as u64 + 1);
        Self { name, about, lines: Vec::new(), next: BTreeMap::from([server]) }
    }

    /// Any bytes, at the next seq.
    pub fn bytes(&mut self, who: Who, bytes: &[u8]) -> Dot {
        let seq = *self.next.entry(who.install()).or_insert(1);
        self.bytes_at(who, seq, bytes)
    }

    /// Any bytes, at that seq.
    pub fn bytes_at(&mut self, who: Who, seq: u64, bytes: &[u8]) -> Dot {
        let next = self.next.entry(who.install()).or_insert(1);
        *next = (*next).max(seq + 1);
        self.lines.push(Placed { install: who.install(), seq, bytes: bytes.to_vec() });
        Dot::new(who.install(), seq, &sha256(&[bytes]))
    }

    /// A write, at that seq.
    pub fn write_at(&mut self, who: Who, seq: u64, record: [&str; 3], fields: &str, seen: &[Dot], t: &str) -> Dot {
        self.bytes_at(who, seq, line(record, fields, seen, t, "").as_bytes())
    }

    /// A write.
    pub fn write(&mut self, who: Who, record: [&str; 3], fields: &str, seen: &[Dot], t: &str) -> Dot {
        self.bytes(who, line(record, fields, seen, t, "").as_bytes())
    }

    /// A write with more members, such as `,"tpl":"t@1"`.
    pub fn write_with(&mut self, who: Who, record: [&str; 3], fields: &str, seen: &[Dot], t: &str, more: &str) -> Dot {
        self.bytes(who, line(record, fields, seen, t, more).as_bytes())
    }

    /// A line of the server, by a person of the office.
    pub fn office(&mut self, record: [&str; 3], fields: &str, seen: &[Dot]) -> Dot {
        self.write_with(Who::Server, record, fields, seen, &at(100), r#","by":"zjedz.p.office","as":"office""#)
    }

    /// What the office decides on an operation.
    pub fn decide(&mut self, scope: &str, about: Dot, decision: &str, seen: &[Dot]) -> Dot {
        self.office([scope, "decision", &about.to_string()], &format!(r#"{{"decision":"{decision}"}}"#), seen)
    }

    /// A line of another install, carried by that phone.
    pub fn carry(&mut self, who: Who, scope: &str, (from, seq): (Who, u64), line: &str) -> Dot {
        let (from, line) = (from.install(), serde_json::to_string(line).unwrap());
        let id = format!("{}.c.{from}.{seq}", who.install());
        let fields = format!(r#"{{"install":"{from}","seq":{seq},"line":{line}}}"#);
        self.write(who, [scope, "carried", &id], &fields, &[], &at(200))
    }

    /// An erasure of an operation.
    pub fn erase(&mut self, scope: &str, about: Dot, seen: &[Dot]) -> Dot {
        self.erase_with(scope, about, r#"{"reason":"asked","basis":"consent_withdrawn"}"#, seen)
    }

    /// Likewise, saying that.
    pub fn erase_with(&mut self, scope: &str, about: Dot, fields: &str, seen: &[Dot]) -> Dot {
        self.office([scope, "erasure", &about.to_string()], fields, seen)
    }

    /// The head of a phone's chain after that seq, by the first line told for each.
    pub fn head(&self, who: Who, seq: u64) -> String {
        let line =
            |seq| self.lines.iter().find(|l| l.install == who.install() && l.seq == seq).expect("a line of each seq");
        let lines = (1..=seq).map(line);
        hex::encode(lines.fold(chain::genesis(who.install()), |h, l| chain::next(&h, &chain::line_hash(&l.bytes))))
    }
}

/// The text of a line.
pub fn line([s, k, id]: [&str; 3], fields: &str, seen: &[Dot], t: &str, more: &str) -> String {
    let seen =
        if seen.is_empty() { String::new() } else { format!(r#","seen":{}"#, serde_json::to_string(seen).unwrap()) };
    format!(r#"{{"s":"{s}","k":"{k}","id":"{id}"{more},"f":{fields}{seen},"t":{t}}}"#)
}
