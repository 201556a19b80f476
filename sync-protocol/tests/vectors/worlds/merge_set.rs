//! The policy `set` (section 8).

use super::{Told, tell};
use crate::story::{FINDING, Who::*, at};

pub fn told() -> Told {
    let add = r#"{"tags":{"add":["road"]}}"#;
    vec![
        tell("two add", "", |s| {
            s.write(InspectorA, FINDING, add, &[], &at(1));
            s.write(InspectorB, FINDING, r#"{"tags":{"add":["well","r\u006fad"]}}"#, &[], &at(2));
        }),
        tell("a removal names what it saw", "", |s| {
            let a = s.write(InspectorA, FINDING, add, &[], &at(1));
            s.write(InspectorB, FINDING, &format!(r#"{{"tags":{{"remove":[["road",["{a}"]]]}}}}"#), &[], &at(2));
        }),
        tell("add wins over a removal that has not seen it", "", |s| {
            let a = s.write(InspectorA, FINDING, add, &[], &at(1));
            s.write(InspectorB, FINDING, add, &[], &at(1));
            s.write(SecondB, FINDING, &format!(r#"{{"tags":{{"remove":[["road",["{a}"]]]}}}}"#), &[a], &at(2));
        }),
        tell("seen is not named", "What `seen` holds does not remove.", |s| {
            let a = s.write(InspectorA, FINDING, add, &[], &at(1));
            s.write(InspectorB, FINDING, r#"{"tags":{"remove":[["road",[]]]}}"#, &[a], &at(2));
        }),
        tell("an install removes its own earlier adds", "", |s| {
            s.write(InspectorA, FINDING, add, &[], &at(1));
            s.write(InspectorA, FINDING, r#"{"tags":{"remove":[["road",[]]]}}"#, &[], &at(2));
        }),
        tell("but not later ones, nor those of the same line", "", |s| {
            s.write(
                InspectorA,
                FINDING,
                r#"{"tags":{"remove":[["road",[]],["well",[]]],"add":["well"]}}"#,
                &[],
                &at(1),
            );
            s.write(InspectorA, FINDING, add, &[], &at(2));
        }),
        tell("after a fork only what is named", "", |s| {
            s.write_at(InspectorA, 1, FINDING, add, &[], &at(1));
            s.write_at(InspectorA, 2, FINDING, r#"{"tags":{"add":["well"]}}"#, &[], &at(2));
            s.write_at(InspectorA, 2, FINDING, r#"{"tags":{"add":["roof"]}}"#, &[], &at(3));
            s.write_at(
                InspectorA,
                3,
                FINDING,
                r#"{"tags":{"remove":[["road",[]],["well",[]],["roof",[]]]}}"#,
                &[],
                &at(4),
            );
        }),
        tell("an element twice in a line", "The first spelling is fed.", |s| {
            s.write(InspectorA, FINDING, r#"{"tags":{"add":["r\u006fad","road"]}}"#, &[], &at(1));
        }),
        tell("emptied, beside a value that stands", "An empty set is fed as one.", |s| {
            s.write(InspectorA, FINDING, r#"{"tags":{"add":["road"]},"title":"a"}"#, &[], &at(1));
            s.write(InspectorA, FINDING, r#"{"tags":{"remove":[["road",[]]]}}"#, &[], &at(2));
        }),
        tell("a removal that does not count", "", |s| {
            let a = s.write(InspectorA, FINDING, add, &[], &at(1));
            s.write(Member, FINDING, &format!(r#"{{"tags":{{"remove":[["road",["{a}"]]]}}}}"#), &[a], &at(2));
        }),
    ]
}
