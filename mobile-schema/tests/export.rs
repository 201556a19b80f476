//! The committed `schema.json` is the one the code has.

use std::collections::BTreeMap;

use mobile_schema::{KINDS, export::json_schema};
use serde_json::Value;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.json");

#[test]
fn the_committed_schema_is_that_of_the_code() {
    let now = json_schema();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        let sorted: BTreeMap<&String, &Value> = now.as_object().unwrap().iter().collect();
        std::fs::write(PATH, format!("{}\n", serde_json::to_string_pretty(&sorted).unwrap())).unwrap();
    }
    let committed = std::fs::read_to_string(PATH).unwrap_or_default();
    // As values: the order of members depends on features other crates of the workspace turn on.
    let committed: Value = serde_json::from_str(&committed).unwrap_or_default();
    assert!(
        committed == now,
        "mobile-schema/schema.json is not what the code says. If the change of the schema is meant, run\n    \
         UPDATE_SCHEMA=1 cargo test -p mobile-schema --test export\nand commit the file with it."
    );
}

#[test]
fn every_kind_is_exported_and_every_reference_leads_somewhere() {
    let schema = json_schema();
    let defs = schema["$defs"].as_object().unwrap();
    for kind in KINDS {
        let fields = defs[kind.name]["properties"].as_object().unwrap();
        assert_eq!(fields.len(), kind.fields.len() + 1, "{}", kind.name);
    }
    let mut references = Vec::new();
    collect(&schema, &mut references);
    assert!(references.len() > 50, "{}", references.len());
    for reference in references {
        assert!(defs.contains_key(reference.strip_prefix("#/$defs/").unwrap()), "{reference}");
    }
}

fn collect<'s>(value: &'s Value, references: &mut Vec<&'s str>) {
    match value {
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|v| collect(v, references));
        }
        Value::Array(elements) => elements.iter().for_each(|v| collect(v, references)),
        _ => {}
    }
}
