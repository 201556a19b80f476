//! Cases of upcasts: what a line of an older version writes in the newest (section 7). A second reading of the steps says the same.

use std::collections::BTreeMap;

use serde_json::{Value, json, value::RawValue};
use sync_protocol::{
    schema::{KindSpec, Step, export, kind},
    testing::upcast as model,
    upcast::{Fields, upcast},
};

/// A kind with every step, through three versions.
static EVERY_STEP: [&[Step]; 2] = [
    &[
        Step::Rename { field: "notes", to: "note" },
        Step::New { field: "weather", unasked: Some((r#""not asked""#, "lat")) },
        Step::New { field: "rain", unasked: None },
        Step::Map { field: "done", values: &[("true", &[("done", r#""yes""#)]), ("false", &[("done", r#""no""#)])] },
        Step::Map {
            field: "state",
            values: &[
                (r#""away_on_duty""#, &[("state", r#""away""#), ("why_away", r#""duty""#)]),
                (r#""on_leave""#, &[("state", r#""away""#), ("why_away", r#""leave""#)]),
            ],
        },
        Step::Map { field: "tags", values: &[(r#""road""#, &[("tags", r#""path""#)])] },
        Step::Multiply { field: "distance", by: 1_000 },
    ],
    &[
        Step::Rename { field: "note", to: "remark" },
        Step::Map { field: "done", values: &[(r#""yes""#, &[("done", "1")])] },
    ],
];

/// Name, what it shows, version written with, fields written, fields in the newest version.
const CASES: &[(&str, &str, u64, &str, &str)] = &[
    ("a field has another name", "", 1, r#"{"notes":"a b"}"#, r#"{"remark":"a b"}"#),
    ("the newest is left alone", "", 3, r#"{"notes":"a","done":true}"#, r#"{"done":true,"notes":"a"}"#),
    ("a newer one too", "It will be held.", 9, r#"{"notes":"a"}"#, r#"{"notes":"a"}"#),
    ("only the later steps", "", 2, r#"{"note":"a","notes":"b"}"#, r#"{"notes":"b","remark":"a"}"#),
    ("the reason goes along", "", 1, r#"{"notes":"a","_why.notes":"w"}"#, r#"{"_why.remark":"w","remark":"a"}"#),
    ("an unknown field stays", "Verbatim.", 1, r#"{"zz":{"b":1.0, "a":[]}}"#, r#"{"zz":{"b":1.0, "a":[]}}"#),
    ("a deletion stays", "", 1, r#"{"_deleted":true}"#, r#"{"_deleted":true}"#),
    (
        "an unknown field under a name of later",
        "Whatever an older app meant by it, it was not this: it is set aside and stays unknown.",
        1,
        r#"{"rain":3,"_why.rain":"w","note":"x","notes":"a"}"#,
        r#"{"_v1.note":"x","_v1.rain":3,"_why._v1.rain":"w","remark":"a"}"#,
    ),
    ("set aside under a name that is free", "", 1, r#"{"rain":3,"_v1.rain":4}"#, r#"{"_v1._v1.rain":3,"_v1.rain":4}"#),
    ("asked with a field that was written", "", 1, r#"{"lat":1}"#, r#"{"lat":1,"weather":"not asked"}"#),
    ("asked with a field that was cleared", "", 1, r#"{"lat":null}"#, r#"{"lat":null,"weather":null}"#),
    ("not written where the other was not", "A partial write stays one.", 1, r#"{"zz":1}"#, r#"{"zz":1}"#),
    ("a value has another name", "In every version after.", 1, r#"{"done":true}"#, r#"{"done":1}"#),
    ("a value without a new name stays", "", 1, r#"{"done":false}"#, r#"{"done":"no"}"#),
    (
        "a value is found by what it means",
        "",
        1,
        r#"{"state":"on\u005fleave"}"#,
        r#"{"state":"away","why_away":"leave"}"#,
    ),
    ("a value becomes two fields", "", 1, r#"{"state":"away_on_duty"}"#, r#"{"state":"away","why_away":"duty"}"#),
    (
        "another value clears the second field",
        "So that what a later line says is not mixed with what an earlier one said.",
        1,
        r#"{"state":"seen"}"#,
        r#"{"state":"seen","why_away":null}"#,
    ),
    ("null too", "", 1, r#"{"state":null}"#, r#"{"state":null,"why_away":null}"#),
    (
        "elements of a set",
        "Added and removed ones.",
        1,
        r#"{"tags":{"add":["road","well"],"remove":[["road",[]]]}}"#,
        r#"{"tags":{"add":["path","well"],"remove":[["path",[]]]}}"#,
    ),
    ("another unit", "Exactly.", 1, r#"{"distance":2.5}"#, r#"{"distance":2500}"#),
    (
        "more digits than floating point holds",
        "",
        1,
        r#"{"distance":0.1234567890123456789}"#,
        r#"{"distance":123.4567890123456789}"#,
    ),
    ("an exponent stays", "", 1, r#"{"distance":-1.25E-2}"#, r#"{"distance":-1250E-2}"#),
    ("small and zero", "", 1, r#"{"distance":0.0005}"#, r#"{"distance":0.5}"#),
    ("no distance", "", 1, r#"{"distance":0}"#, r#"{"distance":0}"#),
    ("not measured", "", 1, r#"{"distance":null}"#, r#"{"distance":null}"#),
];

/// Of a household, as shipped.
const SHIPPED: &[(&str, &str, u64, &str, &str)] = &[(
    "a household",
    "`x-upcasts` of the schema.",
    1,
    r#"{"notes":"a","head_count":3}"#,
    r#"{"head_count":3,"note":"a"}"#,
)];

pub fn told() -> Vec<Value> {
    let case = |upcasts: Value| move |(name, about, version, fields, expect): &(&str, &str, u64, &str, &str)| json!({"name": name, "about": about, "upcasts": upcasts, "version": version, "fields": fields, "expect": expect});
    let household = export::upcasts(kind("household").expect("a kind"));
    CASES.iter().map(case(export::steps(&EVERY_STEP))).chain(SHIPPED.iter().map(case(household))).collect()
}

/// Runs a case on both.
pub fn check(case: &Value) -> Result<(), String> {
    let steps: &[&[Step]] = match &case["upcasts"] {
        upcasts if *upcasts == export::steps(&EVERY_STEP) => &EVERY_STEP,
        upcasts => named(upcasts).ok_or("upcasts of no kind")?.upcasts,
    };
    let version = case["version"].as_u64().expect("a version");
    let written: BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(case["fields"].as_str().expect("a text")).map_err(|e| e.to_string())?;
    let texts = written.iter().map(|(name, value)| (name.clone(), value.get().to_owned())).collect();
    let read: Fields = upcast(steps, version, written.into_iter().collect());
    let read: BTreeMap<String, String> = read.into_iter().map(|(name, value)| (name, value.get().to_owned())).collect();
    let modelled = model::through(&case["upcasts"], version, texts);
    let written = |fields: BTreeMap<String, String>| {
        let members = fields.iter().map(|(name, value)| format!("{}:{value}", json!(name)));
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    };
    for (who, got) in [("crate", written(read)), ("model", written(modelled))] {
        if got != case["expect"].as_str().expect("a text") {
            return Err(format!("{who}: {got}, expected {}", case["expect"]));
        }
    }
    Ok(())
}

fn named(upcasts: &Value) -> Option<&'static KindSpec> {
    sync_protocol::schema::KINDS.iter().copied().find(|kind| export::upcasts(kind) == *upcasts)
}
