//! Lines of older and newer versions of a kind (section 7).

use super::{Told, tell};
use crate::story::{HOUSEHOLD, Story, Who, Who::*, at};

const V2: &str = r#","v":2"#;

pub fn told() -> Told {
    let old = |s: &mut Story, who: Who, fields: &str, minute: i64| s.write(who, HOUSEHOLD, fields, &[], &at(minute));
    let new = |s: &mut Story, who: Who, fields: &str, seen: &[_], minute: i64| {
        s.write_with(who, HOUSEHOLD, fields, seen, &at(minute), V2)
    };
    vec![
        tell(
            "an old line in the newest version",
            "Its remarks were called notes; the body says the version.",
            move |s| {
                old(s, InspectorA, r#"{"notes":"屋顶漏雨","head_count":3}"#, 1);
            },
        ),
        tell("an old and a new spelling are one field", "They are siblings of it.", move |s| {
            old(s, InspectorA, r#"{"notes":"a"}"#, 1);
            new(s, InspectorB, r#"{"note":"b"}"#, &[], 2);
        }),
        tell("a new line writes over an old one that it saw", "", move |s| {
            let first = old(s, InspectorA, r#"{"notes":"a","_why.notes":"w"}"#, 1);
            new(s, InspectorB, r#"{"note":"b"}"#, &[first], 2);
        }),
        tell("one who writes both spellings in an old line", "What was no field then is set aside.", move |s| {
            old(s, InspectorA, r#"{"notes":"a","note":"x"}"#, 1);
        }),
        tell("the old spelling in a new line", "An unknown field like any other.", move |s| {
            new(s, InspectorA, r#"{"notes":"a"}"#, &[], 1);
        }),
        tell("an old line that breaks the schema", "By the name that it has now.", move |s| {
            old(s, InspectorA, r#"{"notes":7}"#, 1);
        }),
        tell("a line of a version to come", "Held, with all it says.", move |s| {
            s.write_with(InspectorA, HOUSEHOLD, r#"{"note":"a"}"#, &[], &at(1), r#","v":3"#);
        }),
    ]
}
