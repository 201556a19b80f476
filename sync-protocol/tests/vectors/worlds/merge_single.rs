//! The policy `single` (section 8).

use sync_protocol::{Dot, ids::sha256};

use super::{Told, tell};
use crate::story::{FINDING, VISIT, Who::*, adrift, at};

pub fn told() -> Told {
    vec![
        tell("what was seen is replaced", "", |s| {
            let a = s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            s.write(InspectorB, FINDING, r#"{"title":"b"}"#, &[a], &at(2));
        }),
        tell("an install has seen its own", "", |s| {
            s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(2));
            s.write(InspectorA, FINDING, r#"{"title":"b"}"#, &[], &at(1));
        }),
        tell("the later shows", "", |s| {
            s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(2));
            s.write(InspectorB, FINDING, r#"{"title":"b"}"#, &[], &at(1));
        }),
        tell("authority before time", "", |s| {
            s.write(Office, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            s.write(InspectorB, FINDING, r#"{"title":"b"}"#, &[], &at(9));
        }),
        tell("a known time before an unknown", "", |s| {
            s.bytes(InspectorB, format!(r#"{{"k":"time","t":{}}}"#, at(8)).as_bytes());
            s.write(InspectorB, FINDING, r#"{"title":"b"}"#, &[], &adrift());
            s.bytes(InspectorB, format!(r#"{{"k":"time","t":{}}}"#, at(9)).as_bytes());
            s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(1));
        }),
        tell("the dot when nothing else tells", "", |s| {
            s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            s.write(InspectorB, FINDING, r#"{"title":"b"}"#, &[], &at(1));
        }),
        tell("three values, two of them equal", "", |s| {
            s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(3));
            s.write(InspectorB, FINDING, r#"{"title":"b"}"#, &[], &at(2));
            s.write(SecondB, FINDING, r#"{"title":"\u0061"}"#, &[], &at(1));
        }),
        tell("seen through another", "Also through one that does not stand.", |s| {
            let a = s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            let b = s.write(Member, FINDING, r#"{"title":"b"}"#, &[a], &at(2));
            s.write(InspectorB, FINDING, r#"{"title":"c"}"#, &[b], &at(0));
        }),
        tell("what does not stand replaces nothing", "", |s| {
            let a = s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            s.write(Member, FINDING, r#"{"title":"b"}"#, &[a], &at(2));
        }),
        tell("dots of elsewhere mean nothing", "", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            let never = Dot::new(Member.install(), 77, &sha256(&[b"never"]));
            s.write(InspectorB, FINDING, r#"{"title":"b"}"#, &[a, never], &at(2));
        }),
        tell("null is a value", "", |s| {
            let a = s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            s.write(InspectorB, FINDING, r#"{"title":null}"#, &[a], &at(2));
        }),
    ]
}
