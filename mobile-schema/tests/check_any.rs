//! The check holds for any JSON, not only for what someone thought of.

use mobile_schema::check::{CODES, check_value};
use mobile_schema::{Fault, FieldType, kind};
use proptest::prelude::*;
use serde_json::value::RawValue;

fn value_faults(ty: &FieldType, json: &str) -> Vec<Fault> {
    let raw: &RawValue = serde_json::from_str(json).unwrap_or_else(|e| panic!("{json}: {e}"));
    let mut faults = Vec::new();
    check_value(ty, "x", raw, &mut faults);
    faults
}

const TYPES: [FieldType; 15] = [
    FieldType::Bool,
    FieldType::Int { min: -7, max: 7, unit: "" },
    FieldType::Number { min: -1.5, max: 1.5, unit: "" },
    FieldType::Text { max: 4 },
    FieldType::Choice { of: &["a", "b"] },
    FieldType::Date,
    FieldType::Instant,
    FieldType::Id,
    FieldType::Person,
    FieldType::Place,
    FieldType::Village,
    FieldType::Sha256,
    FieldType::Geometry,
    FieldType::List { of: &FieldType::Date, max: 2 },
    FieldType::Json { max_bytes: 10 },
];

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|b| b.to_string()),
        any::<i64>().prop_map(|n| n.to_string()),
        (-9i64..9).prop_map(|n| n.to_string()),
        "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,4})?",
        any::<String>().prop_map(|s| serde_json::to_string(&s).unwrap()),
        "\"(\\\\u[0-9a-f]{4}|[a-c0-9-]){0,12}\"",
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|v| format!("[{}]", v.join(","))),
            (inner.clone(), inner).prop_map(|(a, b)| format!(r#"{{"add":{a},"remove":{b},"type":"Circle"}}"#)),
        ]
    })
}

proptest! {
    /// Whatever the JSON: no panic, listed codes, and what is taken is what a strict reader reads.
    #[test]
    fn any_json_is_judged_as_a_strict_reader_would(json in json()) {
        for ty in TYPES {
            let faults = value_faults(&ty, &json);
            prop_assert!(faults.iter().all(|f| CODES.iter().any(|(c, _)| *c == f.code) && f.path.starts_with('x')));
            let reads = match ty {
                FieldType::Bool => serde_json::from_str::<bool>(&json).is_ok(),
                FieldType::Int { min, max, .. } => serde_json::from_str(&json).is_ok_and(|n: i64| (min..=max).contains(&n)),
                FieldType::Number { min, max, .. } => serde_json::from_str(&json).is_ok_and(|n: f64| (min..=max).contains(&n)),
                FieldType::Text { max } => serde_json::from_str(&json).is_ok_and(|s: String| s.chars().count() <= max),
                FieldType::Choice { of } => serde_json::from_str(&json).is_ok_and(|s: String| of.contains(&s.as_str())),
                _ => continue,
            };
            prop_assert_eq!(faults.is_empty(), reads, "{} as {:?}: {:?}", json, ty, faults);
        }
    }

    #[test]
    fn any_write_of_a_set_is_judged_without_panic(json in json()) {
        let raw: &RawValue = serde_json::from_str(&json).unwrap();
        let faults = kind("finding").unwrap().check([("photos", raw), ("tags", raw)].into_iter());
        prop_assert!(faults.iter().all(|f| f.path.starts_with("photos") || f.path.starts_with("tags")));
    }

    #[test]
    fn days_of_the_calendar_are_those_that_come_one_after_another(days in 0u32..150_000) {
        // Counted on from 1800-01-01 by hand.
        let leap = |y: u32| y.is_multiple_of(4) && (!y.is_multiple_of(100) || y.is_multiple_of(400));
        let (mut year, mut month, mut left) = (1800, 1, days);
        let length = |y, m| [31, if leap(y) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][m as usize - 1];
        while left >= length(year, month) {
            left -= length(year, month);
            (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        }
        prop_assert_eq!(value_faults(&FieldType::Date, &format!("\"{year:04}-{month:02}-{:02}\"", left + 1)), []);
        let past = length(year, month) + 1;
        prop_assert_eq!(value_faults(&FieldType::Date, &format!("\"{year:04}-{month:02}-{past:02}\""))[0].code, "bad_date");
    }
}
