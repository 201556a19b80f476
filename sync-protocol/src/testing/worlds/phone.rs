//! What phones write.

use std::collections::BTreeSet;

use super::{
    World, Written,
    cast::{Cast, START},
    seen_text, values,
};
use crate::{
    ids::{Dot, InstallId, sha256},
    line::{self, Line},
};

/// A phone: what it knows, and its clocks. A fork is two next seqs of one install.
pub struct Phone {
    install: InstallId,
    /// The next seq of each copy of it.
    next: Vec<u64>,
    /// Seqs left out, to be written later.
    skipped: Vec<u64>,
    known: BTreeSet<Dot>,
    boot: u32,
    booted: i64,
    heard: Option<i64>,
    /// When it wrote last.
    pub(super) wrote: i64,
}

impl Phone {
    pub(super) fn new(install: InstallId) -> Self {
        let (next, skipped, known) = (vec![1], Vec::new(), BTreeSet::new());
        Self { install, next, skipped, known, boot: 0, booted: START, heard: Some(START), wrote: START }
    }

    /// Learns of operations: all, or those of an odd or even place.
    pub(super) fn pull(&mut self, ops: &[Written], which: u8) {
        let some = ops.iter().enumerate().filter(|(i, _)| which % 4 < 2 || i % 2 == usize::from(which % 2));
        self.known.extend(some.map(|(_, o)| o.dot));
    }

    pub(super) fn boot(&mut self, now: i64) {
        (self.boot, self.booted, self.heard) = (self.boot + 1, now, None);
    }

    pub(super) fn hear_server(&mut self, now: i64) {
        self.heard = Some(now);
    }

    /// A copy of the phone as it was two lines ago goes on by itself.
    pub(super) fn fork(&mut self) {
        if self.next.len() < 2 && self.next[0] > 2 {
            self.next.push(self.next[0] - 2);
        }
    }

    pub(super) fn skip(&mut self) {
        if self.next.len() == 1 {
            self.skipped.push(self.next[0]);
            self.next[0] += 1;
        }
    }

    fn take_seq(&mut self, choice: u8) -> u64 {
        if choice >= 200 && !self.skipped.is_empty() {
            return self.skipped.remove(0);
        }
        let copy = usize::from(choice) % self.next.len();
        self.next[copy] += 1;
        self.next[copy] - 1
    }

    /// Time evidence: sometimes nothing, sometimes nonsense.
    fn time(&self, now: i64, choice: u8) -> String {
        let mono = (now - self.booted).max(0);
        let wall = if choice.is_multiple_of(7) { 315_532_800_000 } else { now };
        let heard =
            self.heard.filter(|_| choice % 5 != 1).map_or(String::new(), |h| format!(r#","n":[{h},{}]"#, now - h));
        let satellite = match choice % 16 {
            0 => format!(r#","g":[{now},20]"#),
            1 => r#","g":[935000000000,0]"#.to_owned(),
            2 => format!(r#","g":[{},0]"#, now - 40_000_000),
            _ => String::new(),
        };
        match choice % 8 {
            7 => String::new(),
            6 => format!(r#","t":{{"w":{wall}}}"#),
            _ => format!(r#","t":{{"w":{wall},"b":"b{}","m":{mono}{heard}{satellite}}}"#, self.boot),
        }
    }
}

impl World {
    /// A write to a record: a new one, or one that is there.
    pub(super) fn write(&mut self, who: usize, [a, b, c, d]: [u8; 4]) {
        let install = self.phones[who].install;
        let person = Cast::get().installs[who].person;
        let old = self.nth_usual(person, b.wrapping_mul(31)).filter(|o| a % 8 < 6 && !values::is_ruling(&o.record.1));
        let usual = values::usual(person);
        let choice = if a >= 200 { c } else { usual[usize::from(c) % usual.len()] };
        let record = old.map_or_else(|| values::record(install, person, choice, c / 8), |op| op.record);
        let seen = self.seen(who, &record, b);
        let rest = values::rest(&record.1, b, c, &seen);
        self.write_op(who, record, &rest, &seen, d);
    }

    /// Several write to one record at one moment, unseen by each other; or all delete it.
    pub(super) fn crowd(&mut self, a: u8, b: u8, c: u8) {
        let (group, choices) = if a.is_multiple_of(3) { ([0, 1, 0], [0, 19]) } else { ([2, 3, 5], [5, 11]) };
        let choice = if a % 7 == 6 { 15 } else { choices[usize::from(a / 16) % 2] };
        let record = values::record(self.phones[2].install, "", choice, 0);
        let before = self.dots_of(&record);
        for (i, who) in group.into_iter().enumerate() {
            let seen = if c.is_multiple_of(2) { before.clone() } else { Vec::new() };
            let rest = match c % 8 {
                6 => r#","f":{"_deleted":true},"tpl":"t@1""#.to_owned(),
                _ => values::rest(&record.1, b, c.wrapping_add(4 * i as u8), &seen),
            };
            self.write_op(who, record.clone(), &rest, &seen, if b.is_multiple_of(2) { 5 } else { 3 });
        }
    }

    fn write_op(&mut self, who: usize, record: (String, String, String), rest: &str, seen: &[Dot], choice: u8) -> Dot {
        let phone = &mut self.phones[who];
        let seq = phone.take_seq(choice);
        let time = phone.time(self.now, choice);
        let install = phone.install;
        let dot = self.op(install, seq, record, &format!("{rest}{}{time}", seen_text(seen)));
        self.phones[who].known.insert(dot);
        self.phones[who].wrote = self.now;
        dot
    }

    /// Carries a line of an earlier phone: one that came by itself as well, or one that never will. Mostly the office accepts it.
    pub(super) fn carry(&mut self, who: usize, [a, b, c, d]: [u8; 4]) {
        let (install, person) = (self.phones[who].install, Cast::get().installs[who].person);
        let from = usize::from(a) % self.phones.len();
        let came = !b.is_multiple_of(4);
        if !came {
            self.write(from, [d, b, c, a]);
        }
        let (from, back) = (self.phones[from].install, if came { usize::from(b) % 6 } else { 0 });
        let Some(at) =
            self.lines.iter().enumerate().filter(|(_, l)| l.install == from).map(|(at, _)| at).nth_back(back)
        else {
            return;
        };
        let old = if came { self.lines[at].clone() } else { self.lines.remove(at) };
        let Some(text) = std::str::from_utf8(&old.bytes).ok().filter(|text| text.len() < 10_000) else { return };
        let line = serde_json::to_string(text).expect("text serialises");
        let seq = if c == 0 { 0 } else { old.seq };
        let rest = format!(r#","f":{{"install":"{from}","seq":{seq},"line":{line}}}"#);
        let record = (format!("{person}/own"), "carried".to_owned(), format!("{install}.c.{from}.{seq}"));
        let scope = record.0.clone();
        let dot = self.write_op(who, record, &rest, &[], d);
        if let Line::Op(op) = line::read(old.install, old.seq, &old.bytes) {
            // Who is shown its content names what carries it.
            self.ops.push(Written { dot, record: (op.scope, op.kind, op.id) });
        }
        if !d.is_multiple_of(4) {
            self.rule(&scope, "decision", &dot.to_string(), r#"{"decision":"accept"}"#, &[]);
        }
    }

    /// What the phone knows of the record; or a lie.
    fn seen(&self, who: usize, record: &(String, String, String), choice: u8) -> Vec<Dot> {
        let all = self.dots_of(record);
        match choice % 8 {
            0 | 7 => Vec::new(),
            1 => all,
            2 => self.ops.iter().rev().skip(usize::from(choice / 8)).take(3).map(|o| o.dot).collect(),
            3 => vec![Dot::new(self.phones[who].install, 7, &sha256(&[b"never written"]))],
            _ => all.into_iter().filter(|d| self.phones[who].known.contains(d)).collect(),
        }
    }

    pub(super) fn delete(&mut self, who: usize, which: u8, choice: u8) {
        let person = Cast::get().installs[who].person;
        let Some(op) = self.nth_usual(person, which).filter(|o| !values::is_ruling(&o.record.1)) else { return };
        let tpl = if op.record.1 == "response" { r#","tpl":"t@1""# } else { "" };
        let fields = match choice % 16 {
            0 => r#"{"_deleted":false}"#,
            1 => r#"{"_deleted":true,"note":"duplicate"}"#,
            2 => r#"{"_deleted":"yes"}"#,
            _ => r#"{"_deleted":true}"#,
        };
        let seen = self.seen(who, &op.record, if choice < 128 { 1 } else { choice / 16 });
        self.write_op(who, op.record, &format!(r#","f":{fields}{tpl}"#), &seen, choice);
    }

    pub(super) fn write_time(&mut self, who: usize) {
        let seq = self.phones[who].take_seq(0);
        let time = format!(r#"{{"k":"time"{}}}"#, self.phones[who].time(self.now, 3));
        self.put(self.phones[who].install, seq, time.into_bytes());
    }

    pub(super) fn write_garbage(&mut self, who: usize, choice: u8) {
        let garbage = values::garbage();
        let line = garbage[usize::from(choice) % garbage.len()].0.clone();
        let seq = self.phones[who].take_seq(choice);
        self.put(self.phones[who].install, seq, line);
    }

    /// A blank for a line that never turns up, for one that does, or for one that is another's.
    pub(super) fn write_blank(&mut self, who: usize, choice: u8) {
        let install = self.phones[who].install;
        let lost = match self.lines.iter().rev().find(|l| l.install == install).filter(|_| choice.is_multiple_of(2)) {
            Some(line) => {
                let (seq, hash) = (line.seq, sha256(&[&line.bytes]));
                self.put(install, seq, crate::chain::blank_line(&hash));
                return;
            }
            None => sha256(&[&[choice]]),
        };
        let seq = self.phones[who].take_seq(0);
        self.put(install, seq, crate::chain::blank_line(&lost));
    }
}
