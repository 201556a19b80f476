//! Erased operations (`PROTOCOL.md`, section 19): what stays of one whose values are gone. It goes on replacing what its author saw, and
//! shows nothing.

use std::collections::BTreeMap;

use serde_json::value::{RawValue, to_raw_value};

use crate::{
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

/// The operation without its values. Each reads as what equals no other value and, written to a set, adds and removes nothing.
pub fn erased(op: &Op) -> Op {
    let gone = to_raw_value(&BTreeMap::from([("erased", op.dot)])).expect("a dot serialises");
    let fields = op.fields.iter().map(|(name, value)| (name.clone(), kept(name, value).unwrap_or(&gone).to_owned()));
    Op { fields: fields.collect(), erased: true, ..op.clone() }
}

/// Whether it deletes is no datum of a person.
fn kept<'v>(name: &str, value: &'v RawValue) -> Option<&'v RawValue> {
    (name == DELETED && matches!(value.get(), "true" | "false")).then_some(value)
}

/// The skeleton, as it is stored, of an operation [as its author wrote it](line::as_written): a line with `null` in the place of values.
/// So a later version of its kind finds the names that its upcasts are about.
pub fn skeleton(op: &Op) -> Vec<u8> {
    let fields: BTreeMap<&str, Option<&RawValue>> =
        op.fields.iter().map(|(name, value)| (name.as_str(), kept(name, value))).collect();
    LineDraft {
        scope: Some(&op.scope),
        kind: &op.kind,
        id: Some(&op.id),
        version: op.version,
        tpl: op.tpl.as_deref(),
        by: op.acting.as_ref().map(|(person, _)| person.as_str()),
        as_role: op.acting.as_ref().map(|(_, role)| *role),
        fields: Some(&to_raw_value(&fields).expect("names serialise")),
        seen: &op.seen,
        time: op.time.clone(),
    }
    .bytes()
}

/// The operation of a stored skeleton; none if it is not one.
pub fn read(dot: Dot, skeleton: &[u8]) -> Option<Op> {
    match line::read_as(dot, std::str::from_utf8(skeleton).ok()?) {
        Ok(Line::Op(op)) => Some(erased(&line::newest(*op))),
        _ => None,
    }
}

impl Facts {
    /// Whether an erasure is known that takes this operation's values.
    pub fn erases(&self, op: &Op) -> bool {
        self.erasures.contains_key(&op.dot) && is_erasable(&op.kind)
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
        let sorted = |op: Op| {
            let fields: BTreeMap<String, String> =
                op.fields.into_iter().map(|(n, v)| (n, v.get().to_owned())).collect();
            (op.dot, op.scope, op.kind, op.id, op.version, fields, op.seen, op.time, (op.tpl, op.acting, op.erased))
        };
        assert_eq!(sorted(again), sorted(once.clone()));
        assert_eq!(sorted(erased(&once)), sorted(once));
    }
}
