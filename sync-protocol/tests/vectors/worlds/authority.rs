//! Judgement of phones' lines (section 7).

use sync_protocol::testing::worlds::cast::START;

use super::{Told, drop_dot, tell};
use crate::story::{FINDING, VISIT, Who, Who::*, adrift, at};

pub fn told() -> Told {
    let one = |name, about, who: Who, record: [&'static str; 3], fields: &'static str, t: String| {
        tell(name, about, move |s| drop_dot(s.write(who, record, fields, &[], &t)))
    };
    let day = 24 * 60;
    vec![
        one("a scope that is none", "", Member, ["Nowhere/presence", "visit", "v1"], "{}", at(1)),
        one("a lane of another kind", "", Member, ["440811070201/household", "visit", "v1"], "{}", at(1)),
        one("a lane is told before an id", "", Member, ["440811070201/household", "visit", "a b"], "{}", at(1)),
        one("an id with a space", "", Member, ["440811070201/presence", "visit", "a b"], "{}", at(1)),
        one("evidence without its install", "", Member, ["440811070201/presence", "fix", "x.1"], "{}", at(1)),
        one(
            "a derived id of UUID version 4",
            "",
            InspectorA,
            ["440811070201/inspection", "response", "0b6c0000-0000-4000-8000-000000000000"],
            "{}",
            at(1),
        ),
        one(
            "a derived id in upper case",
            "",
            Member,
            ["zjedz.p.member/own", "appeal", "0B6C0000-0000-8000-8000-000000000000"],
            "{}",
            at(1),
        ),
        one(
            "a ruling kind from a phone",
            "",
            Office,
            ["zjedz.p.member/own", "grant", "g1"],
            r#"{"role":"admin"}"#,
            at(1),
        ),
        one(
            "a server's kind that is no ruling",
            "",
            Office,
            ["zjedz.p.member/own", "review", "0b6c0000-0000-8000-8000-000000000000"],
            "{}",
            at(1),
        ),
        one("no enrolment known", "A certificate alone is not enough.", Stranger, VISIT, "{}", at(1)),
        one("an unknown kind", "", InspectorA, ["440811070201/inspection", "drone", "d1"], "{}", at(1)),
        one(
            "no enrolment is told before an unknown kind",
            "",
            Stranger,
            ["440811070201/inspection", "drone", "d1"],
            "{}",
            at(1),
        ),
        tell("an unknown version", "Held before the schema is asked.", |s| {
            drop_dot(s.write_with(Member, VISIT, r#"{"note":7}"#, &[], &at(1), r#","v":2"#));
        }),
        one("the schema", "", Member, VISIT, r#"{"note":7}"#, at(1)),
        one("an unknown field", "Never a fault.", Member, VISIT, r#"{"zz":{"a":[1]}}"#, at(1)),
        one(
            "carried",
            "",
            Member,
            ["zjedz.p.member/own", "carried", "00000000000000000000000000000001.1"],
            r#"{"seq":1,"line":"x"}"#,
            at(1),
        ),
        one("a place no right covers", "", Member, ["440811070202/presence", "visit", "v1"], "{}", at(1)),
        one("a place above one's own", "", Member, ["440811070/presence", "visit", "v1"], "{}", at(1)),
        one("a lane no role writes", "A lead who is a manager as well.", Lead, FINDING, "{}", at(1)),
        one("a district covers its towns", "", InspectorA, FINDING, r#"{"title":"a"}"#, at(1)),
        one("before a right begins", "", Member, VISIT, "{}", at(-1)),
        one("when a right begins", "From is included.", Member, VISIT, r#"{"note":"a"}"#, at(0)),
        one("no time at all", "An open span is never covered.", Member, VISIT, "{}", adrift()),
        one("no time and no right", "", Member, FINDING, "{}", adrift()),
        tell("a right begins in the span", "", |s| {
            s.bytes(Member, format!(r#"{{"k":"time","t":{}}}"#, at(-5)).as_bytes());
            s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &adrift());
            s.bytes(Member, format!(r#"{{"k":"time","t":{}}}"#, at(5)).as_bytes());
        }),
        tell(
            "two rights cover a span together",
            "Office until the first day, admin from then: office all the time.",
            move |s| {
                s.bytes(Office, format!(r#"{{"k":"time","t":{}}}"#, at(day - 5)).as_bytes());
                s.write(Office, FINDING, r#"{"title":"a"}"#, &[], &adrift());
                s.bytes(Office, format!(r#"{{"k":"time","t":{}}}"#, at(day + 5)).as_bytes());
            },
        ),
        one(
            "one's own scope",
            "No right needed, and no time known.",
            Lead,
            ["zjedz.p.lead/own", "leave", "l2"],
            r#"{"reason":"a"}"#,
            adrift(),
        ),
        one(
            "nobody approves their own leave",
            "",
            Office,
            ["zjedz.p.office/own", "leave", "l2"],
            r#"{"approval":"approved"}"#,
            at(1),
        ),
        one("another's own scope", "", Member, ["zjedz.p.lead/own", "leave", "l2"], r#"{"reason":"a"}"#, at(1)),
        one(
            "one's own place in another lane",
            "Nothing is one's own there.",
            Lead,
            ["zjedz.p.lead/presence", "visit", "v1"],
            "{}",
            at(1),
        ),
        tell("a grant that is back-dated", "The end is moved before the write: it is judged anew.", |s| {
            s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(60));
            s.office(["zjedz.p.inspector-a/own", "grant", "g0"], &format!(r#"{{"to":{}}}"#, START + 60 * 60_000), &[]);
        }),
    ]
}
