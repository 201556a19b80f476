//! The generator of worlds reaches every standing and every branch of the merge; else the properties would say little.

use std::collections::BTreeMap;

use serde_json::Value;
use sync_protocol::{
    Code, Line, State, carried, line,
    testing::worlds::{self, World},
    world::{self, Placed},
};

const SEEDS: u64 = 400;
const STEPS: usize = 60;

/// Branches of the merge that a body shows, and how to tell.
type Branch = (&'static str, fn(&Value) -> bool);

const BRANCHES: [Branch; 26] = [
    ("deleted", |b| b["gone"] == true),
    ("deleted by two", |b| b["gone"] == true && len(&b["by"]) > 1),
    ("a deleted response", |b| b["gone"] == true && b["tpl"].is_string()),
    ("single: another value beside", |b| len(&b["alt"]["title"]) > 0 || len(&b["alt"]["note"]) > 0),
    ("single: three values", |b| len(&b["alt"]["title"]) > 1 || len(&b["alt"]["note"]) > 1),
    ("review: an open conflict", |b| b["k"] == "finding" && has(&b["open"], "severity")),
    ("review: a conflict in a checklist", |b| b["k"] == "response" && len(&b["open"]) > 0),
    ("equal values of several people", |b| b["w"].as_object().is_some_and(|w| w.values().any(|by| len(by) > 1))),
    ("set: an element added twice", |b| {
        b["el"].as_object().is_some_and(|e| e.values().any(|s| any(s, |by| len(by) > 1)))
    }),
    ("set: emptied", |b| b["f"].as_object().is_some_and(|f| f.values().any(|v| v == &Value::Array(Vec::new())))),
    ("set: in a checklist", |b| b["k"] == "response" && b["el"]["i.pic"].is_array()),
    ("set: a text where the newer checklist has a set", |b| b["tpl"] == "t@2" && b["f"]["i.pic"].is_string()),
    ("once: a correction beside the evidence", |b| {
        b["k"] == "fix" && b["f"]["lat"].is_number() && b["alt"]["lat"].is_array()
    }),
    ("once: a correction alone", |b| b["k"] == "fix" && b["f"]["lat"].is_null() && b["alt"]["lat"].is_array()),
    ("office: an approval", |b| b["k"] == "leave" && b["f"]["approval"].is_string()),
    ("office: two approvals", |b| b["k"] == "leave" && b["alt"]["approval"].is_array()),
    ("a decision to accept", |b| b["k"] == "decision" && b["f"]["decision"] == "accept"),
    ("a decision to refuse", |b| b["k"] == "decision" && b["f"]["decision"] == "refuse"),
    ("a decision undone", |b| b["k"] == "decision" && b["f"]["decision"] == "none"),
    ("a back-dated revocation", |b| b["k"] == "enrolment" && before_it_was_written(b, "ended")),
    ("a back-dated end of a right", |b| b["k"] == "grant" && before_it_was_written(b, "to")),
    ("a right given later", |b| b["k"] == "grant" && len(&b["by"]) > 1 && b["f"]["from"].is_number()),
    ("the second version of a checklist", |b| b["tpl"] == "t@2"),
    ("an older version's field, in the newest", |b| {
        b["v"] == 2 && b["f"]["note"].is_string() && b["f"]["notes"].is_null()
    }),
    ("a name of later, set aside", |b| b["f"]["_v1.note"].is_string()),
    ("an unknown field", |b| b["f"]["zz"].is_array() || b["f"]["zz"].is_object()),
];

fn len(list: &Value) -> usize {
    list.as_array().map_or(0, Vec::len)
}

fn any(list: &Value, is: impl Fn(&Value) -> bool) -> bool {
    list.as_array().is_some_and(|list| list.iter().any(is))
}

/// Whether a ruling's field names a moment before one of its operations was written.
fn before_it_was_written(body: &Value, field: &str) -> bool {
    body["f"][field].as_i64().is_some_and(|at| any(&body["by"], |by| by[3].as_i64().is_some_and(|wrote| at < wrote)))
}

fn has(list: &Value, text: &str) -> bool {
    any(list, |v| v == text)
}

/// Whether the line deletes a record and counts, and the record is there all the same: another wrote over the deletion.
fn taken_back(line: &Placed, outcome: &world::World) -> bool {
    let Line::Op(op) = line::read(line.install, line.seq, &line.bytes) else { return false };
    let deletes = op.field("_deleted").is_some_and(|v| v.get() == "true");
    let counts = outcome.standings.get(&op.dot).is_some_and(|s| s.code == Code::Applied);
    let body = outcome.records.get(&(op.scope, op.kind, op.id));
    deletes && counts && body.is_some_and(|body| !body.contains(r#""gone":true"#))
}

/// What became of a line that is carried and accepted.
fn carried(line: &Placed, outcome: &world::World) -> Vec<&'static str> {
    let Line::Op(op) = line::read(line.install, line.seq, &line.bytes) else { return Vec::new() };
    let state = |dot| outcome.standings.get(dot).map(|s| s.state()).filter(|s| *s <= State::Conflict);
    let Some((old, state_of_it)) = carried::write(&op).and_then(|w| w.carried).zip(state(&op.dot)) else {
        return Vec::new();
    };
    let mut found = vec!["a carried line that counts"];
    found.extend(state(&old).map(|_| "a carried line that came by itself as well"));
    found.extend((state_of_it != State::Applied).then_some("a carried line beside another value"));
    let names = [op.dot.to_string(), old.to_string()];
    let erased = outcome.records.keys().any(|(_, kind, id)| kind == "erasure" && names.contains(id));
    found.extend(erased.then_some("a carried line that was erased"));
    found
}

#[test]
fn worlds_reach_every_standing_and_every_branch() {
    // Of the crate's own failures no set of lines tells.
    let codes = Code::ALL.iter().filter(|c| **c != Code::Internal).map(|c| c.name());
    let unreadable = line::CODES.iter().copied();
    let branches = BRANCHES.iter().map(|b| b.0);
    let others = [
        "a fork",
        "a time not known",
        "a time known to lie between",
        "a wall clock of 1980",
        "a satellite roll-over",
        "a deletion taken back",
        "a carried line that counts",
        "a carried line that came by itself as well",
        "a carried line beside another value",
        "a carried line that was erased",
    ];
    let mut reached: BTreeMap<&str, u32> =
        codes.chain(unreadable).chain(branches).chain(others).map(|name| (name, 0)).collect();
    for seed in 0..SEEDS {
        let world = World::make(&worlds::seeded(seed, STEPS));
        let outcome = world::fold(&world.lines, &world.servers);
        let mut hit = |name: &str| *reached.get_mut(name).expect("in the list") += 1;
        for standing in outcome.standings.values() {
            hit(standing.code.name());
            if standing.code == Code::Unreadable {
                hit(&standing.detail);
            }
        }
        outcome.forks.iter().for_each(|_| hit("a fork"));
        for line in &world.lines {
            let text = String::from_utf8_lossy(&line.bytes);
            let says = |what: &str| text.contains(what);
            says(r#""w":315532800000"#).then(|| hit("a wall clock of 1980"));
            says(r#""g":[935000000000"#).then(|| hit("a satellite roll-over"));
            carried(line, &outcome).into_iter().for_each(&mut hit);
            taken_back(line, &outcome).then(|| hit("a deletion taken back"));
        }
        for body in outcome.records.values() {
            let body: Value = serde_json::from_str(body).expect("a body is JSON");
            BRANCHES.iter().filter(|(_, is)| is(&body)).for_each(|(name, _)| hit(name));
            let spans: Vec<&Value> =
                body["by"].as_array().unwrap().iter().map(|by| &by[3]).filter(|t| t.is_array()).collect();
            spans.iter().filter(|t| t[0].is_null()).for_each(|_| hit("a time not known"));
            spans.iter().filter(|t| t[0].is_i64() && t[1].is_i64()).for_each(|_| hit("a time known to lie between"));
        }
    }
    println!("{reached:#?}");
    let never: Vec<_> = reached.iter().filter(|(_, times)| **times < 3).collect();
    assert!(never.is_empty(), "hardly reached: {never:?}");
}
