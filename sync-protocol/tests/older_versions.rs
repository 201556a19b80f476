//! Nothing is refused for age (P10): what an older version of a kind took, the newest takes. The older versions are kept for ever, as they
//! were exported, in `mobile-schema/versions/<kind>@<version>.json`.

use std::path::PathBuf;

use serde_json::Value;
use sync_protocol::{
    InstallId, Line, line,
    schema::{KINDS, KindSpec, Policy, export},
};

fn older(kind: &KindSpec, version: u32) -> Value {
    let name = format!("../mobile-schema/versions/{}@{version}.json", kind.name);
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| {
        panic!("{}: {e}. Before a kind changes, its definition in schema.json is kept there.", path.display())
    });
    serde_json::from_str(&text).expect("a definition")
}

/// Every older version of every kind.
fn all() -> Vec<(&'static KindSpec, u32, Value)> {
    let of = |kind: &'static KindSpec| (1..kind.version).map(move |version| (kind, version, older(kind, version)));
    KINDS.iter().copied().flat_map(of).collect()
}

/// Values at the limits of what that part of a schema takes, as texts.
fn values(spec: &Value) -> Vec<String> {
    if let Some(reference) = spec["$ref"].as_str() {
        let value = match reference.rsplit('/').next().unwrap() {
            "type-date" => r#""2018-07-02""#,
            "type-instant" => "9007199254740992",
            "type-id" => r#""v.1:2@3-_""#,
            "type-person" => r#""zjedz.p.m-0001""#,
            "type-place" => r#""440811""#,
            "type-village" => r#""440811070201""#,
            "type-sha256" => r#""1111111111111111111111111111111111111111111111111111111111111111""#,
            "type-geometry" => r#"{"type":"Circle","coordinates":[110.4,21.0],"radius_m":500}"#,
            other => panic!("no value of {other}"),
        };
        return vec![value.to_owned()];
    }
    if spec["x-policy"] == "set" {
        let elements = values(&spec["properties"]["add"]["items"]);
        return elements.iter().map(|e| format!(r#"{{"add":[{e}],"remove":[[{e},[]]]}}"#)).collect();
    }
    if let Some(choices) = spec["anyOf"].as_array() {
        return choices.iter().flat_map(values).collect();
    }
    if let Some(words) = spec["enum"].as_array() {
        return words.iter().map(Value::to_string).collect();
    }
    match spec["type"].as_str() {
        Some("null") => vec!["null".to_owned()],
        Some("boolean") => vec!["true".to_owned(), "false".to_owned()],
        Some("integer" | "number") => vec![spec["minimum"].to_string(), spec["maximum"].to_string()],
        Some("string") => {
            vec![r#""""#.to_owned(), format!("\"{}\"", "村".repeat(spec["maxLength"].as_u64().unwrap() as usize))]
        }
        Some("array") => values(&spec["items"]).iter().map(|e| format!("[{e}]")).chain(["[]".to_owned()]).collect(),
        _ => vec![r#"{"any":[1]}"#.to_owned()],
    }
}

#[test]
fn what_an_older_version_took_the_newest_takes() {
    let mut tried = 0;
    for (kind, version, older) in all() {
        assert_eq!(older["x-version"], version, "{}", kind.name);
        for (field, spec) in older["properties"].as_object().expect("fields") {
            let values = values(spec);
            assert!(values.len() > 1 || spec["$ref"].is_string(), "{field}");
            for value in values {
                let (name, at) = (kind.name, format!("{}@{version}.{field} {value}", kind.name));
                let line =
                    format!(r#"{{"s":"440811/own","k":"{name}","id":"i","v":{version},"f":{{"{field}":{value}}}}}"#);
                let Line::Op(op) = line::read(InstallId([1; 16]), 1, line.as_bytes()) else { panic!("{at}") };
                assert!(!op.fields.is_empty(), "{at}: lost");
                let faults = kind.check(op.fields.iter().map(|(name, value)| (name.as_str(), &**value)));
                assert_eq!(faults, [], "{at}");
                tried += 1;
            }
        }
    }
    assert!(tried > 20, "{tried}");
}

#[test]
fn who_wrote_an_older_version_may_write_the_newest() {
    for (kind, version, older) in all() {
        let at = format!("{}@{version}", kind.name);
        assert_eq!(older["x-id"], serde_json::to_value(kind.id).unwrap(), "{at}");
        let newest = export::json_schema()["$defs"][kind.name]["x-lanes"].clone();
        for (lane, writers) in older["x-lanes"].as_object().expect("lanes") {
            let now = newest[lane].as_array().unwrap_or_else(|| panic!("{at}: no lane {lane}"));
            assert!(writers.as_array().unwrap().iter().all(|role| now.contains(role)), "{at}: {lane}");
        }
        for (field, spec) in older["properties"].as_object().expect("fields") {
            let closed = kind.field(field).is_some_and(|f| f.policy == Policy::Office) && spec["x-policy"] != "office";
            assert!(!closed, "{at}: only the office may write {field} now");
        }
    }
}

/// A name that a step does not introduce could be an older app's own, and would be read as what it is not.
#[test]
fn every_field_of_later_comes_by_a_step() {
    for kind in KINDS {
        assert_eq!(kind.upcasts.len() + 1, kind.version as usize, "{}", kind.name);
    }
    for (kind, version, older) in all() {
        let known = older["properties"].as_object().expect("fields");
        let introduced: Vec<&str> =
            kind.upcasts[version as usize - 1..].iter().flat_map(|s| s.iter()).flat_map(|s| s.introduces()).collect();
        for field in kind.fields.iter().filter(|f| !known.contains_key(f.name)) {
            assert!(introduced.contains(&field.name), "{}.{} comes by no step", kind.name, field.name);
        }
    }
}
