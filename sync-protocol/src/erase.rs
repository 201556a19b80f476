//! Erased operations (`PROTOCOL.md`, section 19): what stays of one whose values are gone. It goes on replacing what its author saw, and
//! shows nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use crate::{
    carried,
    ids::Dot,
    judge::Facts,
    line::{self, Line, LineDraft, Op},
    merge::DELETED,
    rulings,
};

/// What an erasure says of its operation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erasure {
    /// How it broke the schema, if it did: `lat: out_of_range`.
    pub fault: Option<String>,
}

/// Whether operations of that kind can be erased. Those that others are judged by cannot.
pub fn is_erasable(kind: &str) -> bool {
    !rulings::KINDS.contains(&kind)
}

/// What is left of a line that an operation carries: it may be accepted still.
#[derive(Serialize, Deserialize)]
struct Left {
    /// The line's name.
    of: Dot,
    /// The line's skeleton.
    skeleton: String,
}

/// The operation without its values. Each reads as what equals no other value and, written to a set, adds and removes nothing.
pub fn erased(op: &Op) -> Op {
    blotted(op, left_of(op).as_deref())
}

fn blotted(op: &Op, left: Option<&RawValue>) -> Op {
    let gone = to_raw_value(&BTreeMap::from([("erased", op.dot)])).expect("a dot serialises");
    let value =
        |name: &str, value| kept(name, value).or(left.filter(|_| name == carried::LINE)).unwrap_or(&gone).to_owned();
    let fields = op.fields.iter().map(|(name, was)| (name.clone(), value(name, was)));
    Op { fields: fields.collect(), erased: true, ..op.clone() }
}

/// Whether it deletes is no datum of a person.
fn kept<'v>(name: &str, value: &'v RawValue) -> Option<&'v RawValue> {
    (name == DELETED && matches!(value.get(), "true" | "false")).then_some(value)
}

fn raw_left(skeleton: &Op) -> Option<(&RawValue, Left)> {
    let value = skeleton.field(carried::LINE).filter(|_| skeleton.kind == carried::KIND)?;
    Some((value, serde_json::from_str(value.get()).ok()?))
}

fn left_of(op: &Op) -> Option<Box<RawValue>> {
    if op.erased {
        return raw_left(op).map(|(value, _)| value.to_owned());
    }
    carried::write(op)?;
    let old = Op { acting: None, ..carried::as_written(op)? };
    let left = Left { of: old.dot, skeleton: String::from_utf8(skeleton(&old)).ok()? };
    Some(to_raw_value(&left).expect("names serialise"))
}

/// What is left of the operation that an erased one carries; none where it carried no good one.
pub fn left(erased: &Op) -> Option<Op> {
    let (_, Left { of, skeleton }) = raw_left(erased)?;
    read(of, skeleton.as_bytes())
}

/// The skeleton, as it is stored, of an operation [as its author wrote it](line::as_written): a line with `null` in the place of values; but
/// of one that carries a line it has what is left of that. So a later version of its kind finds the names that its upcasts are about.
pub fn skeleton(op: &Op) -> Vec<u8> {
    let left = left_of(op);
    let value = |name: &str, value| kept(name, value).or(left.as_deref().filter(|_| name == carried::LINE));
    let fields: BTreeMap<&str, Option<&RawValue>> =
        op.fields.iter().map(|(name, was)| (name.as_str(), value(name, was))).collect();
    LineDraft::of(op, &to_raw_value(&fields).expect("names serialise")).bytes()
}

/// The operation of a stored skeleton; none if it is not one.
pub fn read(dot: Dot, skeleton: &[u8]) -> Option<Op> {
    match line::read_as(dot, std::str::from_utf8(skeleton).ok()?) {
        Ok(Line::Op(op)) => {
            let left = raw_left(&op).map(|(value, _)| value.to_owned());
            Some(blotted(&line::newest(*op), left.as_deref()))
        }
        _ => None,
    }
}

impl Facts {
    /// Whether an erasure is known that takes this operation's values.
    pub fn erases(&self, op: &Op) -> bool {
        is_erasable(&op.kind) && self.erasure(op).is_some()
    }

    /// The erasure of that name, else of the line that it carries.
    fn erasure(&self, op: &Op) -> Option<&Erasure> {
        if self.erasures.is_empty() {
            return None;
        }
        self.erasures.get(&op.dot).or_else(|| self.erasures.get(&carried::name(op)?))
    }

    /// How an erased operation broke the schema, as far as anybody can tell. Where it carries a line that is left it did not: its erasure tells
    /// of that line.
    pub(crate) fn fault_of_erased(&self, op: &Op) -> Option<String> {
        let carries = op.kind == carried::KIND && carried::write(op).is_some();
        self.erasure(op).filter(|_| !carries).and_then(|erasure| erasure.fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::InstallId;

    #[test]
    fn a_skeleton_has_everything_but_the_values() {
        let text = br#"{"s":"440811070201/presence","k":"visit","id":"v1","v":2,"f":{"note":"secret","_deleted":true,"tags":{"add":["secret"]}},
            "seen":["9f86d081884c7d659a2feaa0c55ad015:17:2c26b46b68ffc68f"],"t":{"w":5,"b":"boot","m":7,"n":[3,4],"x":"secret"},
            "tpl":"t@1","by":"zjedz.p.o","as":"office","more":"secret"}"#;
        let Line::Op(op) = line::read(InstallId([1; 16]), 3, text) else { panic!("an operation") };
        let skeleton = skeleton(&op);
        assert!(!String::from_utf8_lossy(&skeleton).contains("secret"));
        let (once, again) = (erased(&op), read(op.dot, &skeleton).unwrap());
        assert_eq!(once.field(DELETED).unwrap().get(), "true");
        assert_eq!(sorted(again), sorted(once.clone()));
        assert_eq!(sorted(erased(&once)), sorted(once));
    }

    fn sorted(op: Op) -> impl PartialEq + std::fmt::Debug {
        let fields: BTreeMap<String, String> = op.fields.into_iter().map(|(n, v)| (n, v.get().to_owned())).collect();
        let rest = (op.tpl, op.acting, op.erased, op.carried);
        (op.dot, op.scope, op.kind, op.id, op.version, fields, op.seen, op.time, rest)
    }

    fn carrying(line: &str) -> Op {
        let install = InstallId([2; 16]);
        let fields = serde_json::json!({"install": install, "seq": 4, "line": line, "more": "secret"});
        let text = format!(r#"{{"s":"zjedz.p.a/own","k":"carried","id":"{}.c","f":{fields}}}"#, InstallId([1; 16]));
        match line::read(InstallId([1; 16]), 3, text.as_bytes()) {
            Line::Op(op) => *op,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_carried_a_good_line_goes_on_being_the_write_that_it_was_without_the_values() {
        let op = carrying(
            r#"{"s":"440811070201/presence","k":"visit","id":"v1","f":{"note":"secret"},"seen":[],"t":{"n":[3,4]},"by":"secret","as":"office"}"#,
        );
        let skeleton = skeleton(&op);
        assert!(!String::from_utf8_lossy(&skeleton).contains("secret"));
        let (once, again) = (erased(&op), read(op.dot, &skeleton).unwrap());
        assert_eq!(sorted(again.clone()), sorted(once.clone()));
        assert_eq!(carried::name(&again), carried::name(&op));
        let (write, left) = (carried::write(&op).unwrap(), carried::write(&again).unwrap());
        assert_eq!((left.dot, &left.kind, left.carried), (op.dot, &write.kind, write.carried));
        assert_eq!(sorted(erased(&write)), sorted(left));
        assert_eq!(sorted(erased(&once)), sorted(once));
    }

    #[test]
    fn what_is_left_of_a_carried_line_keeps_the_names_that_its_author_wrote() {
        let op =
            carrying(r#"{"s":"440811070201/household","k":"household","id":"h1","f":{"notes":"secret","note":1}}"#);
        let stored = skeleton(&op);
        let text = String::from_utf8_lossy(&stored).into_owned();
        assert!(text.contains("notes") && !text.contains("_v1"), "{text}");
        let (write, left) = (carried::write(&op).unwrap(), carried::write(&read(op.dot, &stored).unwrap()).unwrap());
        assert!(write.field("_v1.note").is_some(), "it is read in the newest version");
        assert_eq!(sorted(erased(&write)), sorted(left));
    }

    #[test]
    fn nobody_can_send_what_looks_like_something_left() {
        for line in [r#"{"s":"440811070201/presence","k":"grant","id":"g"}"#, "{"] {
            assert!(left(&erased(&carrying(line))).is_none());
        }
        let mut forged = carrying("{}");
        let value =
            serde_json::json!({"of": forged.dot, "skeleton": r#"{"s":"440811070201/presence","k":"visit","id":"v"}"#});
        forged.fields.retain(|(name, _)| name != carried::LINE);
        forged.fields.push((carried::LINE.to_owned(), to_raw_value(&value).unwrap()));
        assert!(
            left(&erased(&forged)).is_none()
                && read(forged.dot, &skeleton(&forged)).is_some_and(|op| left(&op).is_none())
        );
    }
}
