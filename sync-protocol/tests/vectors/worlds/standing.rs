//! An operation of several fields (section 9), and digests (section 10).

use super::{Told, tell};
use crate::story::{FINDING, VISIT, Who::*, at};

pub fn told() -> Told {
    vec![
        tell("the worst of its fields", "", |s| {
            s.write(InspectorA, FINDING, r#"{"severity":"minor","title":"a","text":"x"}"#, &[], &at(1));
            s.write(Office, FINDING, r#"{"severity":"grave","title":"b"}"#, &[], &at(0));
        }),
        tell("of equals the first field by name", "", |s| {
            s.write(InspectorA, FINDING, r#"{"title":"a","text":"x"}"#, &[], &at(1));
            s.write(InspectorB, FINDING, r#"{"title":"b"}"#, &[], &at(2));
            s.write(Office, FINDING, r#"{"text":"y"}"#, &[], &at(0));
        }),
        tell("a line without fields", "Applied, and nothing of it stands.", |s| {
            s.write(Member, VISIT, "{}", &[], &at(1));
        }),
        tell("a digest is a sum", "Three records of one scope, in any order.", |s| {
            for id in ["a", "b", "c"] {
                s.write(Member, ["440811070201/presence", "visit", id], &format!(r#"{{"note":"{id}"}}"#), &[], &at(1));
            }
        }),
        tell("values are fed verbatim", "White space and escapes within a value, and names that need them.", |s| {
            s.write(Member, VISIT, r#"{"zz":{ "b" : 1.50,"a":"\u0061" },"quote\" and \n":1}"#, &[], &at(1));
        }),
    ]
}
