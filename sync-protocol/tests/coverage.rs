//! The generator of worlds reaches every standing and every branch of the merge; else the properties would say little.

use std::collections::BTreeMap;

use serde_json::Value;
use sync_protocol::{
    Code,
    testing::worlds::{self, World},
    world,
};

const SEEDS: u64 = 400;
const STEPS: usize = 60;

/// Branches of the merge that a body shows, and how to tell.
type Branch = (&'static str, fn(&Value) -> bool);

const BRANCHES: [Branch; 17] = [
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
    ("an unknown field", |b| b["f"]["zz"].is_array() || b["f"]["zz"].is_object()),
];

fn len(list: &Value) -> usize {
    list.as_array().map_or(0, Vec::len)
}

fn any(list: &Value, is: impl Fn(&Value) -> bool) -> bool {
    list.as_array().is_some_and(|list| list.iter().any(is))
}

fn has(list: &Value, text: &str) -> bool {
    any(list, |v| v == text)
}

#[test]
fn worlds_reach_every_standing_and_every_branch() {
    // Of the crate's own failures no set of lines tells.
    let codes = Code::ALL.iter().filter(|c| **c != Code::Internal).map(|c| c.name());
    let unreadable = sync_protocol::line::CODES.iter().copied();
    let branches = BRANCHES.iter().map(|b| b.0);
    let others = ["a fork", "a time not known", "a time known to lie between"];
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
