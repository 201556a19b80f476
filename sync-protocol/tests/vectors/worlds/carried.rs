//! Lines that an install carries for an earlier one (section 7).

use sync_protocol::{Dot, ids::sha256};

use super::{Told, drop_dot, fix, tell};
use crate::story::{FINDING, HOUSEHOLD, Story, VISIT, Who::*, adrift, at, line};

const OWN: &str = "zjedz.p.inspector-b/own";

/// Inspector B's second phone carries a line of the first; the office accepts it.
fn accepted(s: &mut Story, seq: u64, line: &str) -> Dot {
    let dot = s.carry(SecondB, OWN, (InspectorB, seq), line);
    s.decide(OWN, dot, "accept", &[]);
    dot
}

fn title(of: &str, seen: &[Dot], t: &str) -> String {
    line(FINDING, &format!(r#"{{"title":"{of}"}}"#), seen, t, "")
}

pub fn told() -> Told {
    let one = |name, about, line: String| tell(name, about, move |s| drop_dot(accepted(s, 1, &line)));
    vec![
        tell("not accepted yet", "It is an operation of its own record and nothing else.", |s| {
            s.carry(SecondB, OWN, (InspectorB, 1), &title("a", &[], &at(10)));
        }),
        one("accepted", "The write that the line was, with authority other.", title("a", &[], &at(10))),
        one("a line without a time", "The phone that carries it knows nothing of that.", title("a", &[], &adrift())),
        one("a line that breaks the schema", "", line(FINDING, r#"{"title":7}"#, &[], &at(10), "")),
        one(
            "a line in a lane of another kind",
            "",
            line(["440811070201/household", "visit", "v1"], "{}", &[], &at(10), ""),
        ),
        one("a line of an unknown kind", "", line(["440811070201/inspection", "drone", "d1"], "{}", &[], &at(10), "")),
        one(
            "a line of a kind no phone writes",
            "",
            line(["zjedz.p.lead/own", "grant", "g8"], r#"{"role":"admin"}"#, &[], &at(10), ""),
        ),
        one(
            "a line of a server's kind that is no ruling",
            "",
            line([OWN, "review", "0b6c0000-0000-8000-8000-000000000000"], "{}", &[], &at(10), ""),
        ),
        one(
            "a line that plays the office",
            "",
            line(FINDING, r#"{"title":"a"}"#, &[], &at(10), r#","by":"zjedz.p.office","as":"office""#),
        ),
        one("a line that is no operation", "It is kept as what it is.", format!(r#"{{"k":"time","t":{}}}"#, at(10))),
        one("a line that cannot be read", "It is kept as what it is.", "{".to_owned()),
        tell("a line that was carried already", "", |s| {
            let fields = format!(r#"{{"install":"{}","seq":1,"line":"x"}}"#, Member.install());
            let inner = line([OWN, "carried", &fix(InspectorB)], &fields, &[], &at(10), "");
            accepted(s, 1, &inner);
        }),
        tell("taken back", "It goes again.", |s| {
            let dot = s.carry(SecondB, OWN, (InspectorB, 1), &title("a", &[], &at(10)));
            let accepted = s.decide(OWN, dot, "accept", &[]);
            s.decide(OWN, dot, "none", &[accepted]);
        }),
        tell("later lines saw earlier ones", "In the order of the old phone, not in that of the new.", |s| {
            accepted(s, 2, &title("b", &[], &adrift()));
            accepted(s, 1, &title("a", &[], &adrift()));
        }),
        tell("a line saw what came by itself", "", |s| {
            s.write(InspectorB, FINDING, r#"{"title":"a"}"#, &[], &at(5));
            accepted(s, 2, &title("b", &[], &adrift()));
        }),
        tell("the phone that carries saw nothing by that", "Both values are there.", |s| {
            accepted(s, 1, &title("a", &[], &at(10)));
            s.write(SecondB, FINDING, r#"{"title":"b"}"#, &[], &at(20));
        }),
        tell("from the fork seq on", "Nothing is seen by being earlier.", |s| {
            s.write_at(InspectorB, 1, FINDING, r#"{"title":"a"}"#, &[], &at(5));
            s.write_at(InspectorB, 2, FINDING, r#"{"severity":"minor"}"#, &[], &at(6));
            s.write_at(InspectorB, 2, FINDING, r#"{"severity":"grave"}"#, &[], &at(6));
            accepted(s, 3, &line(FINDING, r#"{"title":"b","severity":"serious"}"#, &[], &at(10), ""));
        }),
        tell("a line that came by itself as well", "One value, of both.", |s| {
            let line = title("a", &[], &at(10));
            s.bytes_at(InspectorB, 1, line.as_bytes());
            accepted(s, 1, &line);
        }),
        tell("who names one of them names both", "Be it what carries a line, or the line.", |s| {
            let (a, b) = (title("a", &[], &at(10)), line(FINDING, r#"{"severity":"minor"}"#, &[], &at(11), ""));
            let carried = accepted(s, 1, &a);
            s.bytes_at(InspectorB, 1, a.as_bytes());
            let other = s.bytes_at(InspectorB, 2, b.as_bytes());
            accepted(s, 2, &b);
            s.write(InspectorA, FINDING, r#"{"title":"c"}"#, &[carried], &at(1));
            s.write(InspectorA, FINDING, r#"{"severity":"grave"}"#, &[other], &at(1));
        }),
        tell("evidence", "Its id names the phone that took it.", |s| {
            let id = fix(InspectorB);
            accepted(s, 1, &line(["440811070201/presence", "fix", &id], r#"{"lat":21}"#, &[], &at(10), ""));
            s.write(Member, ["440811070201/presence", "fix", &id], r#"{"lat":22}"#, &[], &at(1));
        }),
        tell("an element that a later line takes away", "By the name that the addition had.", |s| {
            let add = line(FINDING, r#"{"tags":{"add":["road","well"]}}"#, &[], &at(10), "");
            let dot = accepted(s, 1, &add);
            let old = Dot::new(InspectorB.install(), 1, &sha256(&[add.as_bytes()]));
            let removal = |what, dot| format!(r#"{{"tags":{{"remove":[["{what}",["{dot}"]]]}}}}"#);
            s.write(InspectorA, FINDING, &removal("road", old), &[], &at(20));
            s.write(InspectorA, FINDING, &removal("well", dot), &[], &at(21));
            s.bytes_at(InspectorB, 1, add.as_bytes());
        }),
        tell("a deletion", "It came by itself as well.", |s| {
            let a = s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            let deletes = line(FINDING, r#"{"_deleted":true,"title":"b"}"#, &[a], &at(10), "");
            s.bytes_at(InspectorB, 1, deletes.as_bytes());
            accepted(s, 1, &deletes);
        }),
        tell("a line of an older version", "It is read in the newest, like any line.", |s| {
            let old = accepted(s, 1, &line(HOUSEHOLD, r#"{"notes":"a","head_count":3}"#, &[], &at(10), ""));
            s.write_with(InspectorA, HOUSEHOLD, r#"{"note":"b"}"#, &[old], &at(20), r#","v":2"#);
        }),
        one("a line of a version to come", "", line(HOUSEHOLD, r#"{"note":"a"}"#, &[], &at(10), r#","v":3"#)),
        tell("from a phone that nobody knows", "Accepted, it counts; whose it is, nobody knows.", |s| {
            let scope = "zjedz.p.stranger/own";
            let dot = s.carry(Stranger, scope, (Nobody, 7), &line(VISIT, r#"{"note":"a"}"#, &[], &at(10), ""));
            s.decide(scope, dot, "accept", &[]);
        }),
    ]
}
