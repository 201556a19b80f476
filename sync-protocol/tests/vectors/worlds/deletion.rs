//! Deletion and revival (section 8).

use super::{Told, fix, tell};
use crate::story::{FINDING, LEAVE, VISIT, Who::*, at};

pub fn told() -> Told {
    const DELETE: &str = r#"{"_deleted":true}"#;
    vec![
        tell("all was seen", "", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            s.write(Lead, VISIT, DELETE, &[a], &at(2));
        }),
        tell("a write it has not seen", "The record stays.", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            s.write(Lead, VISIT, DELETE, &[a], &at(2));
            s.write(Member, VISIT, r#"{"purpose":"b"}"#, &[], &at(3));
        }),
        tell("a write that saw it revives all", "", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            let d = s.write(Lead, VISIT, DELETE, &[a], &at(2));
            s.write(Member, VISIT, r#"{"purpose":"b"}"#, &[d], &at(3));
        }),
        tell("restored", "", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            let d = s.write(Lead, VISIT, DELETE, &[a], &at(2));
            s.write(Member, VISIT, r#"{"_deleted":false}"#, &[d], &at(3));
        }),
        tell("restored and deleted again", "The dots of what stands are enough to name.", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            let d = s.write(Lead, VISIT, DELETE, &[a], &at(2));
            s.write(Member, VISIT, r#"{"_deleted":false}"#, &[d], &at(3));
            s.write(Lead, VISIT, DELETE, &[a], &at(4));
        }),
        tell("two delete", "", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            s.write(Lead, VISIT, DELETE, &[a], &at(2));
            s.write(Member, VISIT, DELETE, &[], &at(2));
        }),
        tell("a removal from a set need not be seen", "It holds no value, so nobody could name it.", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a","companions":{"add":["zjedz.p.lead"]}}"#, &[], &at(1));
            s.write(Lead, VISIT, &format!(r#"{{"companions":{{"remove":[["zjedz.p.lead",["{a}"]]]}}}}"#), &[a], &at(2));
            s.write(Member, VISIT, DELETE, &[], &at(3));
        }),
        tell("a deletion that writes as well", "Its own value need not be seen by itself, but by another.", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            s.write(Lead, VISIT, r#"{"_deleted":true,"note":"double"}"#, &[a], &at(2));
            s.write(Member, VISIT, DELETE, &[], &at(3));
        }),
        tell("an open conflict is not deleted away", "", |s| {
            let a = s.write(InspectorA, FINDING, r#"{"severity":"minor"}"#, &[], &at(1));
            let b = s.write(InspectorB, FINDING, r#"{"severity":"grave"}"#, &[], &at(2));
            s.write(InspectorA, FINDING, DELETE, &[a, b], &at(3));
        }),
        tell("but by the office", "", |s| {
            let a = s.write(InspectorA, FINDING, r#"{"severity":"minor"}"#, &[], &at(1));
            let b = s.write(InspectorB, FINDING, r#"{"severity":"grave"}"#, &[], &at(2));
            s.office(FINDING, DELETE, &[a, b]);
        }),
        tell("another's evidence", "", |s| {
            let id = fix(Member);
            let r = ["440811070201/presence", "fix", id.as_str()];
            let a = s.write(Member, r, r#"{"lat":21}"#, &[], &at(1));
            s.write(Lead, r, DELETE, &[a], &at(2));
        }),
        tell("one's own evidence", "", |s| {
            let id = fix(Member);
            let r = ["440811070201/presence", "fix", id.as_str()];
            s.write(Member, r, r#"{"lat":21}"#, &[], &at(1));
            s.write(Member, r, DELETE, &[], &at(2));
        }),
        tell("what the office approved", "", |s| {
            let a = s.write(Member, LEAVE, r#"{"reason":"a"}"#, &[], &at(1));
            let b = s.write(Town, LEAVE, r#"{"approval":"approved"}"#, &[a], &at(2));
            s.write(Member, LEAVE, DELETE, &[b], &at(3));
        }),
        tell("a deletion that does not count", "", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            s.write(Lead, VISIT, DELETE, &[a], &at(-1));
        }),
    ]
}
