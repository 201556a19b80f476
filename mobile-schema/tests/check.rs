//! What the check takes and what it refuses, from the wire.

use mobile_schema::check::{CODES, check_value};
use mobile_schema::{Fault, FieldType, kind};
use serde_json::value::RawValue;

fn raw(json: &str) -> Box<RawValue> {
    serde_json::from_str(json).unwrap_or_else(|e| panic!("{json}: {e}"))
}

fn value_faults(ty: &FieldType, json: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    check_value(ty, "x", &raw(json), &mut faults);
    faults
}

/// The code of the only fault, or `ok`.
fn verdict(ty: &FieldType, json: &str) -> &'static str {
    match value_faults(ty, json).as_slice() {
        [] => "ok",
        [fault] => fault.code,
        more => panic!("{json}: {more:?}"),
    }
}

/// `path code` of each fault of these fields of a kind.
fn faults(name: &str, f: &str) -> Vec<String> {
    let fields: std::collections::BTreeMap<String, &RawValue> = serde_json::from_str(f).unwrap();
    let faults = kind(name).unwrap().check(fields.iter().map(|(k, v)| (k.as_str(), *v)));
    faults.into_iter().map(|f| format!("{} {}", f.path, f.code)).collect()
}

#[test]
fn scalars() {
    const INT: FieldType = FieldType::Int { min: -5, max: 10, unit: "" };
    const NUMBER: FieldType = FieldType::Number { min: -90.0, max: 90.0, unit: "deg" };
    const TEXT: FieldType = FieldType::Text { max: 3 };
    const CHOICE: FieldType = FieldType::Choice { of: &["minor", "grave"] };
    let cases: &[(FieldType, &str, &str)] = &[
        (FieldType::Bool, "true", "ok"),
        (FieldType::Bool, "1", "wrong_type"),
        (FieldType::Bool, "null", "wrong_type"),
        (INT, "10", "ok"),
        (INT, "-5", "ok"),
        (INT, "11", "out_of_range"),
        (INT, "-6", "out_of_range"),
        (INT, "99999999999999999999999999", "out_of_range"),
        (INT, "1.0", "wrong_type"),
        (INT, "1e0", "wrong_type"),
        (INT, "-0", "wrong_type"),
        (INT, "\"1\"", "wrong_type"),
        (INT, "null", "wrong_type"),
        (NUMBER, "90", "ok"),
        (NUMBER, "-9.0e1", "ok"),
        (NUMBER, "-0", "ok"),
        (NUMBER, "1e-999", "ok"),
        (NUMBER, "90.000000001", "out_of_range"),
        (NUMBER, "1e999", "out_of_range"),
        (NUMBER, "-1e99999999999999999999", "out_of_range"),
        (NUMBER, "\"NaN\"", "wrong_type"),
        (NUMBER, "[1]", "wrong_type"),
        (NUMBER, "false", "wrong_type"),
        (TEXT, "\"\"", "ok"),
        (TEXT, "\"调文村\"", "ok"),
        (TEXT, "\"调文村委\"", "too_long"),
        (TEXT, r#""\u8c03\u6587\n""#, "ok"),
        (TEXT, r#""\ud83d\ude00""#, "ok"),
        (TEXT, r#""\ud83d""#, "bad_text"),
        (TEXT, r#""\\\"\\""#, "ok"),
        (TEXT, "3", "wrong_type"),
        (CHOICE, "\"grave\"", "ok"),
        (CHOICE, r#""gr\u0061ve""#, "ok"),
        (CHOICE, "\"Grave\"", "not_a_choice"),
        (CHOICE, "\"\"", "not_a_choice"),
        (CHOICE, "0", "wrong_type"),
        (FieldType::Date, "\"2024-02-29\"", "ok"),
        (FieldType::Date, "\"2023-02-29\"", "bad_date"),
        (FieldType::Date, "20240229", "wrong_type"),
        (FieldType::Instant, "0", "ok"),
        (FieldType::Instant, "9007199254740992", "ok"),
        (FieldType::Instant, "9007199254740993", "out_of_range"),
        (FieldType::Instant, "-1", "out_of_range"),
        (FieldType::Id, "\"9f86.1\"", "ok"),
        (FieldType::Id, "\"\"", "bad_id"),
        (FieldType::Person, "\"zjedz.p.m-0012\"", "ok"),
        (FieldType::Person, "\"zjedz.u.m-0012\"", "bad_place"),
        (FieldType::Place, "\"440811070\"", "ok"),
        (FieldType::Place, "\"44081107\"", "bad_place"),
        (FieldType::Village, "\"440811070201\"", "ok"),
        (FieldType::Village, "\"440811070\"", "bad_place"),
        (FieldType::Sha256, "\"AB\"", "bad_hash"),
        (FieldType::Json { max_bytes: 7 }, r#"{"a":1}"#, "ok"),
        (FieldType::Json { max_bytes: 6 }, r#"{"a":1}"#, "too_long"),
        (FieldType::List { of: &INT, max: 2 }, "[1,2]", "ok"),
        (FieldType::List { of: &INT, max: 2 }, "[1,2,3]", "too_many"),
        (FieldType::List { of: &INT, max: 2 }, "{}", "wrong_type"),
    ];
    for (ty, json, expected) in cases {
        assert_eq!(verdict(ty, json), *expected, "{json} as {ty:?}");
    }
}

#[test]
fn geometries() {
    let cases = [
        (r#"{"type":"Polygon","coordinates":[[[110,21],[110.1,21],[110.1,21.1],[110,21]]]}"#, "ok"),
        (r#"{"type":"Polygon","coordinates":[[[110,21,5],[110.1,21,5],[110.1,21.1,5],[110,21,5]]]}"#, "ok"),
        (r#"{"coordinates":[[[[110,21],[110.1,21],[110.1,21.1],[110,21]]]],"type":"MultiPolygon","note":1}"#, "ok"),
        (r#"{"type":"Circle","coordinates":[110,21],"radius_m":800}"#, "ok"),
        (r#"{"type":"Circle","coordinates":[110,21],"radius_m":0}"#, "bad_geometry"),
        (r#"{"type":"Circle","coordinates":[110,21],"radius_m":50001}"#, "bad_geometry"),
        (r#"{"type":"Circle","coordinates":[110,21],"radius_m":1e999}"#, "bad_geometry"),
        (r#"{"type":"Circle","coordinates":[110,21]}"#, "bad_geometry"),
        (r#"{"type":"Circle","coordinates":[21,110],"radius_m":800}"#, "bad_geometry"),
        (r#"{"type":"Polygon","coordinates":[[[110,21],[110.1,21],[110.1,21.1],[110.2,21]]]}"#, "bad_geometry"),
        (r#"{"type":"Polygon","coordinates":[[[110,21],[110.1,21],[110,21]]]}"#, "bad_geometry"),
        (r#"{"type":"Polygon","coordinates":[[[110],[110.1,21],[110.1,21.1],[110]]]}"#, "bad_geometry"),
        (r#"{"type":"Polygon","coordinates":[]}"#, "bad_geometry"),
        (r#"{"type":"MultiPolygon","coordinates":[[]]}"#, "bad_geometry"),
        (r#"{"type":"Polygon","coordinates":null}"#, "bad_geometry"),
        (r#"{"type":"Point","coordinates":[110,21]}"#, "bad_geometry"),
        (r#"["Polygon",[]]"#, "wrong_type"),
    ];
    for (json, expected) in cases {
        assert_eq!(verdict(&FieldType::Geometry, json), expected, "{json}");
    }
    let many = format!(r#"{{"type":"Polygon","coordinates":[[{}[0,0]]]}}"#, "[0,0],".repeat(10_000));
    assert_eq!(verdict(&FieldType::Geometry, &many), "bad_geometry");
}

#[test]
fn a_newer_apps_fields_are_kept_and_never_a_fault() {
    assert_eq!(faults("visit", r#"{"weather":{"sky":[1e999]},"place":"440811070201"}"#), [""; 0]);
    assert_eq!(faults("response", r#"{"i.in_village":"whatever","done":true}"#), [""; 0]);
}

#[test]
fn every_fault_is_told_at_its_place() {
    let f = r#"{"accuracy_m":-1,"lat":91,"lon":110.4,"provider":"radar","visit":""}"#;
    assert_eq!(
        faults("fix", f),
        ["accuracy_m out_of_range", "lat out_of_range", "provider not_a_choice", "visit bad_id"]
    );
}

#[test]
fn deletion_is_said_with_true_or_false() {
    assert_eq!(faults("visit", r#"{"_deleted":true}"#), [""; 0]);
    for bad in ["null", "1", "\"true\""] {
        assert_eq!(faults("visit", &format!(r#"{{"_deleted":{bad}}}"#)), ["_deleted wrong_type"]);
    }
}

#[test]
fn sets_are_written_as_changes() {
    let hash = "ab".repeat(32);
    let dot = "9f86d081884c7d659a2feaa0c55ad015:17:2c26b46b68ffc68f";
    let good = [
        "{}".to_owned(),
        format!(r#"{{"add":["{hash}"]}}"#),
        format!(r#"{{"add":["{hash}"],"remove":[["{hash}",["{dot}"]],["{hash}",[]]],"of_a_newer_app":1}}"#),
    ];
    for write in good {
        assert_eq!(faults("finding", &format!(r#"{{"photos":{write}}}"#)), [""; 0], "{write}");
    }
    let bad = [
        ("null".to_owned(), "photos wrong_type"),
        (format!(r#"["{hash}"]"#), "photos wrong_type"),
        (format!(r#"[["{hash}"],[]]"#), "photos wrong_type"),
        (format!(r#"{{"add":"{hash}"}}"#), "photos wrong_type"),
        (format!(r#"{{"remove":["{hash}"]}}"#), "photos wrong_type"),
        (format!(r#"{{"remove":[["{hash}"]]}}"#), "photos wrong_type"),
        (format!(r#"{{"remove":[["{hash}",["{dot}"],1]]}}"#), "photos wrong_type"),
        (format!(r#"{{"remove":[["{hash}",["17"]]]}}"#), "photos.remove[0] bad_dot"),
        (format!(r#"{{"add":["{hash}","ab"]}}"#), "photos.add[1] bad_hash"),
        (format!(r#"{{"add":["{hash}",null]}}"#), "photos.add[1] wrong_type"),
        (format!(r#"{{"remove":[["ab",["{dot}"]]]}}"#), "photos.remove[0] bad_hash"),
    ];
    for (write, fault) in bad {
        assert_eq!(faults("finding", &format!(r#"{{"photos":{write}}}"#)), [fault], "{write}");
    }
}

#[test]
fn a_write_of_a_set_names_at_most_200_elements() {
    let tags = |n: usize| format!(r#"{{"tags":{{"add":[{}"x"]}}}}"#, "\"x\",".repeat(n - 1));
    assert_eq!(faults("finding", &tags(200)), [""; 0]);
    assert_eq!(faults("finding", &tags(201)), ["tags too_many"]);
}

#[test]
fn codes_are_listed_once() {
    let mut codes: Vec<&str> = CODES.iter().map(|(code, _)| *code).collect();
    codes.sort_unstable();
    assert!(codes.is_sorted_by(|a, b| a < b));
}
