//! Erased operations (section 19).

use sync_protocol::{Dot, ids::sha256};

use super::{Told, fix, tell};
use crate::story::{FINDING, HOUSEHOLD, Story, VISIT, Who::*, adrift, at, line};

/// What inspector B's second phone carries of the first: its own dot, and the line's.
fn carried(s: &mut Story, line: &str) -> (Dot, Dot) {
    let old = Dot::new(InspectorB.install(), 1, &sha256(&[line.as_bytes()]));
    (s.carry(SecondB, OWN, (InspectorB, 1), line), old)
}

const OWN: &str = "zjedz.p.inspector-b/own";

pub fn told() -> Told {
    const DELETE: &str = r#"{"_deleted":true}"#;
    let (presence, inspection) = (VISIT[0], FINDING[0]);
    vec![
        tell("a value", "Nothing of the record is left: it is none.", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            s.erase(presence, a, &[]);
        }),
        tell("before the line comes", "In whatever order they come.", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a","purpose":"b"}"#, &[], &at(1));
            let last = s.lines.pop().expect("the line");
            s.erase(presence, a, &[]);
            s.lines.push(last);
        }),
        tell("what it wrote over does not come back", "", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a","purpose":"p"}"#, &[], &at(1));
            let b = s.write(Lead, VISIT, r#"{"note":"b"}"#, &[a], &at(2));
            s.erase(presence, b, &[]);
        }),
        tell("a value beside it is shown", "", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            s.write(Lead, VISIT, r#"{"note":"b"}"#, &[], &at(2));
            let c = s.write(Member, VISIT, r#"{"note":"c"}"#, &[a], &at(3));
            s.erase(presence, c, &[]);
        }),
        tell("an open conflict with an erased value is none", "", |s| {
            s.write(InspectorA, FINDING, r#"{"severity":"minor"}"#, &[], &at(1));
            let b = s.write(InspectorB, FINDING, r#"{"severity":"grave"}"#, &[], &at(2));
            s.erase(inspection, b, &[]);
        }),
        tell(
            "an erased value equals no other",
            "Who saw it and another replaces only their own, as if they differed.",
            |s| {
                let a = s.write(InspectorA, FINDING, r#"{"severity":"minor"}"#, &[], &at(1));
                let b = s.write(InspectorB, FINDING, r#"{"severity":"minor"}"#, &[], &at(2));
                s.write(InspectorA, FINDING, r#"{"severity":"grave"}"#, &[a, b], &at(3));
                s.erase(inspection, b, &[]);
            },
        ),
        tell("a write of a set", "It adds nothing, and what it removed is back.", |s| {
            let a = s.write(InspectorA, HOUSEHOLD, r#"{"tags":{"add":["x","y"]}}"#, &[], &at(1));
            let fields = format!(r#"{{"tags":{{"add":["z"],"remove":[["x",["{a}"]]]}}}}"#);
            let b = s.write(InspectorB, HOUSEHOLD, &fields, &[a], &at(2));
            s.erase(HOUSEHOLD[0], b, &[]);
        }),
        tell("a line of an older version", "What it wrote over does not come back, by whatever name.", |s| {
            let a = s.write(InspectorA, HOUSEHOLD, r#"{"notes":"a","_why.notes":"w","head_count":3}"#, &[], &at(1));
            let b = s.write(InspectorB, HOUSEHOLD, r#"{"notes":"b","note":"x"}"#, &[a], &at(2));
            s.write_with(InspectorA, HOUSEHOLD, r#"{"note":"c"}"#, &[a], &at(3), r#","v":2"#);
            s.erase(HOUSEHOLD[0], b, &[]);
        }),
        tell("evidence", "What is corrected is gone; the correction stays one.", |s| {
            let id = fix(Member);
            let r = [presence, "fix", id.as_str()];
            let a = s.write(Member, r, r#"{"lat":21}"#, &[], &at(1));
            s.write(Member, r, r#"{"lat":22}"#, &[a], &at(2));
            s.erase(presence, a, &[]);
        }),
        tell("a deletion", "It holds, and nobody is named.", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            let d = s.write(Lead, VISIT, DELETE, &[a], &at(2));
            s.erase(presence, d, &[]);
        }),
        tell("a record that was deleted, and a write that saw none of that", "It revives what is not erased.", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            let d = s.write(Lead, VISIT, DELETE, &[a], &at(2));
            s.erase(presence, a, &[]);
            s.erase(presence, d, &[]);
            s.write(Member, VISIT, r#"{"purpose":"b"}"#, &[], &at(3));
        }),
        tell("quarantined", "It is judged by what is left.", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &adrift());
            s.erase(presence, a, &[]);
        }),
        tell("broke the schema", "The erasure says so.", |s| {
            let a = s.write(Member, VISIT, r#"{"note":7}"#, &[], &at(1));
            s.erase_with(presence, a, r#"{"reason":"asked","fault":"note: wrong_type"}"#, &[]);
        }),
        tell("an erasure that does not say so", "Nobody can tell: it fits.", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a","purpose":"p"}"#, &[], &at(1));
            let b = s.write(Lead, VISIT, r#"{"note":7}"#, &[a], &at(2));
            s.erase(presence, b, &[]);
        }),
        tell("an erasure that was deleted", "It erases all the same.", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            let e = s.erase(presence, a, &[]);
            s.erase_with(presence, a, DELETE, &[e]);
        }),
        tell("two erasures", "That in the higher scope says whether it broke the schema.", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a","purpose":"p"}"#, &[], &at(1));
            let b = s.write(Lead, VISIT, r#"{"note":"b"}"#, &[a], &at(2));
            s.erase(presence, b, &[]);
            s.erase_with("zjedz/roster", b, r#"{"reason":"asked","fault":"note: wrong_type"}"#, &[]);
        }),
        tell("a ruling that others are not judged by", "It is erased like the rest.", |s| {
            let a = s.office(["zjedz/roster", "person", "zjedz.p.x"], r#"{"name":"a"}"#, &[]);
            s.erase("zjedz/roster", a, &[]);
        }),
        tell("a ruling that others are judged by", "It is not erased.", |s| {
            let a = s.office(["zjedz/roster", "checklist_template", "t@9"], r#"{"title":"a"}"#, &[]);
            s.erase("zjedz/roster", a, &[]);
        }),
        tell("by a phone", "Only servers erase.", |s| {
            let a = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            s.write(Member, [presence, "erasure", &a.to_string()], r#"{"reason":"asked"}"#, &[], &at(2));
        }),
        tell(
            "a carried line, by its name",
            "What carries it has no values either; what it wrote over does not come back.",
            |s| {
                let a = s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(1));
                let (dot, old) = carried(s, &line(FINDING, r#"{"title":"b"}"#, &[a], &at(2), ""));
                s.decide(OWN, dot, "accept", &[]);
                s.erase(inspection, old, &[]);
            },
        ),
        tell("a carried line that comes by itself as well", "Its name reaches both.", |s| {
            let text = line(FINDING, r#"{"title":"b","severity":"minor"}"#, &[], &at(2), "");
            let (dot, old) = carried(s, &text);
            s.decide(OWN, dot, "accept", &[]);
            s.erase(inspection, old, &[]);
            s.bytes_at(InspectorB, 1, text.as_bytes());
        }),
        tell("what carries a line, by its own name", "The line stays where it came by itself.", |s| {
            let text = line(FINDING, r#"{"title":"b"}"#, &[], &at(2), "");
            let (dot, _) = carried(s, &text);
            s.decide(OWN, dot, "accept", &[]);
            s.erase(OWN, dot, &[]);
            s.bytes_at(InspectorB, 1, text.as_bytes());
        }),
        tell("evidence that came by itself as well", "The first write is that one of the two which is left.", |s| {
            let id = fix(InspectorB);
            let text = line([inspection, "fix", &id], r#"{"lat":21}"#, &[], &at(2), "");
            let (dot, _) = carried(s, &text);
            s.decide(OWN, dot, "accept", &[]);
            s.erase(OWN, dot, &[]);
            s.bytes_at(InspectorB, 1, text.as_bytes());
        }),
        tell("a carried line that is not accepted", "Nothing of it is shown anywhere.", |s| {
            let (_, old) = carried(s, &line(FINDING, r#"{"title":"b"}"#, &[], &at(2), ""));
            s.erase(OWN, old, &[]);
        }),
        tell(
            "a carried line that is accepted afterwards",
            "It writes over what its author saw, and shows nothing.",
            |s| {
                let a = s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(1));
                let (dot, old) = carried(s, &line(FINDING, r#"{"title":"b"}"#, &[a], &at(2), ""));
                s.erase(OWN, old, &[]);
                s.decide(OWN, dot, "accept", &[]);
            },
        ),
        tell("a carried line whose acceptance is taken back", "What it wrote over is back.", |s| {
            let a = s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            let (dot, old) = carried(s, &line(FINDING, r#"{"title":"b"}"#, &[a], &at(2), ""));
            let accepted = s.decide(OWN, dot, "accept", &[]);
            s.erase(inspection, old, &[]);
            s.decide(OWN, dot, "none", &[accepted]);
        }),
        tell(
            "a carried line that broke the schema",
            "The erasure speaks of the line, and not of what carries it.",
            |s| {
                let broke = r#"{"reason":"asked","fault":"title: wrong_type"}"#;
                let a = s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(1));
                let (dot, old) = carried(s, &line(FINDING, r#"{"title":7}"#, &[a], &at(2), ""));
                s.erase_with(OWN, old, broke, &[]);
                s.decide(OWN, dot, "accept", &[]);
                let other = s.carry(SecondB, OWN, (InspectorB, 2), &line(FINDING, r#"{"title":8}"#, &[a], &at(3), ""));
                s.erase_with(OWN, other, broke, &[]);
            },
        ),
        tell("a carried line of an older version", "What it wrote over does not come back, by whatever name.", |s| {
            let a = s.write(InspectorA, HOUSEHOLD, r#"{"notes":"a","head_count":3}"#, &[], &at(1));
            let (dot, old) = carried(s, &line(HOUSEHOLD, r#"{"notes":"b","note":"x"}"#, &[a], &at(2), ""));
            s.decide(OWN, dot, "accept", &[]);
            s.erase(HOUSEHOLD[0], old, &[]);
        }),
        tell(
            "what carries a line that may not be carried",
            "Of its own name the erasure speaks, of the line's it does not.",
            |s| {
                let broke = r#"{"reason":"asked","fault":"line: server_only"}"#;
                let grant = |id| line(["zjedz.p.lead/own", "grant", id], r#"{"role":"admin"}"#, &[], &at(10), "");
                let (dot, _) = carried(s, &grant("g8"));
                s.erase_with(OWN, dot, broke, &[]);
                let (text, install) = (grant("g9"), InspectorB.install());
                s.carry(SecondB, OWN, (InspectorB, 2), &text);
                s.erase_with(OWN, Dot::new(install, 2, &sha256(&[text.as_bytes()])), broke, &[]);
            },
        ),
        tell("what carries bytes that are no operation", "It is kept as what it is, without them.", |s| {
            let (dot, _) = carried(s, "{");
            s.decide(OWN, dot, "accept", &[]);
            s.erase(OWN, dot, &[]);
        }),
    ]
}
