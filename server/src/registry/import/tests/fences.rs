use serde_json::json;

use super::*;

const SQUARE: &str = "[[[110.4,21.0],[110.41,21.0],[110.41,21.01],[110.4,21.01],[110.4,21.0]]]";

fn feature(village: &str, from: &str, kind: &str, coordinates: &str) -> String {
    format!(
        r#"{{"type":"Feature","properties":{{"village":"{village}","from":"{from}","synthetic":true}},"geometry":{{"type":"{kind}","coordinates":{coordinates}}}}}"#
    )
}

fn file(features: &[String]) -> Vec<u8> {
    format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}", features.join(",\n")).into_bytes()
}

fn one(coordinates: &str) -> Vec<String> {
    faults(
        Kind::Fences,
        &file(&[feature("440811070209", "2026-01-01", "Polygon", coordinates)]),
        &with_datum(Datum::Wgs84),
    )
}

#[test]
fn fences_are_named_by_village_and_day_and_twice_change_nothing() {
    let file = file(&[feature("440811070209", "2026-01-01", "Polygon", SQUARE)]);
    let plan = plan(Kind::Fences, &file, &with_datum(Datum::Gcj02), &known()).unwrap();
    let fence = &plan.drafts[0];
    assert_eq!((fence.scope.as_str(), fence.id.as_str()), ("440811070209/roster", "440811070209@2026-01-01"));
    assert_eq!((&fence.fields["datum"], &fence.fields["synthetic"]), (&json!("gcj02"), &json!(true)));
    twice_changes_nothing(Kind::Fences, &file, &with_datum(Datum::Gcj02));
}

#[test]
fn the_datum_is_said_and_never_guessed() {
    let features = [feature("440811070209", "2026-01-01", "Polygon", SQUARE)];
    let said = |datum: &str| {
        String::from_utf8(file(&features)).unwrap().replacen('{', &format!("{{\"datum\":\"{datum}\","), 1)
    };
    let datum = "2 features[0].properties.datum";
    assert_eq!(faults(Kind::Fences, &file(&features), &context()), [format!("{datum} datum_missing")]);
    assert_eq!(faults(Kind::Fences, said("GCJ-02").as_bytes(), &context()), [""; 0]);
    assert_eq!(faults(Kind::Fences, said("CGCS2000").as_bytes(), &with_datum(Datum::Wgs84)), [""; 0]);
    assert_eq!(faults(Kind::Fences, said("utm").as_bytes(), &context()), [format!("{datum} datum_missing")]);
    let differs = faults(Kind::Fences, said("bd09").as_bytes(), &with_datum(Datum::Wgs84));
    assert_eq!(differs, [format!("{datum} datum_differs")]);
}

#[test]
fn geometries_that_bound_nothing_are_told_with_their_likely_cause() {
    let geometry = |code: &str| vec![format!("2 features[0].geometry {code}")];
    assert_eq!(one(SQUARE), [""; 0]);
    assert_eq!(one("[[[110.4,21.0],[110.41,21.0],[110.4,21.0]]]"), geometry("bad_geometry"));
    assert_eq!(one("[[[110.4,21.0],[110.41,21.0],[110.41,21.01],[110.4,21.01]]]"), geometry("open_ring"));
    assert_eq!(one("[[[21.0,110.4],[21.0,110.41],[21.01,110.41],[21.0,110.4]]]"), geometry("swapped"));
    assert_eq!(
        one("[[[438500.0,2323000.0],[438600.0,2323000.0],[438600.0,2323100.0],[438500.0,2323000.0]]]"),
        geometry("projected")
    );
    assert_eq!(one("[[[190.4,21.0],[190.41,21.0],[190.41,21.01],[190.4,21.0]]]"), geometry("bad_geometry"));
    assert_eq!(one("[[110.4,21.0]]"), geometry("bad_geometry"));
    assert_eq!(one("null"), geometry("bad_geometry"));
    let bow = "[[[110.4,21.0],[110.41,21.01],[110.41,21.0],[110.4,21.01],[110.4,21.0]]]";
    assert_eq!(one(bow), geometry("crossing"));
    let spike = "[[[110.4,21.0],[110.41,21.0],[110.42,21.0],[110.41,21.0],[110.41,21.01],[110.4,21.0]]]";
    assert_eq!(one(spike), geometry("crossing"));
    let hole = |at: f64| {
        let (a, b) = (at, at + 0.002);
        format!(
            "[{},[[{a},21.004],[{b},21.004],[{b},21.006],[{a},21.004]]]",
            SQUARE
                .trim_start_matches('[')
                .trim_end_matches(']')
                .split_once("110.4")
                .map(|_| &SQUARE[1..SQUARE.len() - 1])
                .unwrap()
        )
    };
    assert_eq!(one(&hole(110.404)), [""; 0]);
    assert_eq!(one(&hole(110.409)), geometry("crossing"));
    assert_eq!(one(&hole(110.5)), geometry("hole_outside"));
}

#[test]
fn what_bounds_no_village_is_left_out_where_that_is_asked_for_and_named() {
    let features = [
        feature("440811070299", "2026-01-01", "Polygon", SQUARE),
        feature("440811070209", "2026-01-01", "Polygon", SQUARE),
        r#"{"type":"Feature","properties":{"road":"G207"},"geometry":null}"#.to_owned(),
    ];
    let mut options = with_datum(Datum::Wgs84);
    let refused = faults(Kind::Fences, &file(&features), &options);
    assert!(refused.contains(&"2 features[0].properties.village unknown_village".to_owned()), "{refused:?}");
    options.options.fences.skip_unmatched = true;
    let seen = look(Kind::Fences, &file(&features), &options, &known());
    assert_eq!((seen.faults.len(), seen.plan.drafts.len()), (0, 1), "{:?}", seen.faults);
    let left_out: Vec<(u64, &str, &str)> =
        seen.warnings.iter().map(|fault| (fault.line, fault.column.as_str(), fault.code)).collect();
    let at = |n: usize| format!("features[{n}].properties.village");
    assert_eq!(left_out, [(2, at(0).as_str(), "unknown_village"), (4, at(2).as_str(), "missing")]);
    assert!(seen.warnings[0].message.contains("440811070299"), "{}", seen.warnings[0].message);
    // What is wrong with a village's own boundary is not waved through, and a file of nothing else is refused.
    let bad = [features[0].clone(), feature("440811070209", "some day", "Polygon", SQUARE)];
    assert_eq!(faults(Kind::Fences, &file(&bad), &options), ["3 features[1].properties.from bad_date"]);
    assert_eq!(faults(Kind::Fences, &file(&features[..1]), &options), ["1 features unknown_village"]);
}

#[test]
fn every_bad_feature_is_told_by_its_line() {
    let features = [
        feature("440811070209", "2026-01-01", "Polygon", SQUARE),
        feature("440811070299", "2026-01-01", "Polygon", SQUARE),
        feature("440811070209", "some day", "Polygon", "[]"),
        feature("440811070209", "2026-01-01", "Polygon", SQUARE),
        feature("440811173203", "2026-01-01", "Point", "[110.4,21.0]"),
        r#"{"type":"Feature","properties":null,"geometry":null}"#.to_owned(),
        "17".to_owned(),
    ];
    assert_eq!(
        faults(Kind::Fences, &file(&features), &with_datum(Datum::Wgs84)),
        [
            "3 features[1].properties.village unknown_village",
            "4 features[2].properties.from bad_date",
            "4 features[2].geometry bad_geometry",
            "5 features[3].properties duplicate",
            "6 features[4].geometry bad_geometry",
            "7 features[5].properties.village missing",
            "7 features[5].properties.from missing",
            "7 features[5].geometry bad_geometry",
            "8 features[6].type bad_syntax",
        ]
    );
    assert_eq!(faults(Kind::Fences, b"{\"type\":\"FeatureCollection\",\n", &context()), ["2  bad_syntax"]);
    assert_eq!(faults(Kind::Fences, br#"{"type":"Feature","features":[]}"#, &context()), ["1 type bad_syntax"]);
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    assert_eq!(one(&deep), ["2 features[0].geometry bad_geometry"]);
}

#[test]
fn a_boundary_that_another_follows_ends_the_day_before() {
    let context = with_datum(Datum::Wgs84);
    let old = file(&[feature("440811070209", "2026-01-01", "Polygon", SQUARE)]);
    let new = file(&[feature("440811070209", "2026-06-01", "Polygon", SQUARE)]);
    let mut known = known();
    known.absorb(&plan(Kind::Fences, &old, &context, &known).unwrap().drafts);
    let moved = plan(Kind::Fences, &new, &context, &known).unwrap();
    assert_eq!((moved.report.created, moved.report.changed), (1, 1));
    known.absorb(&moved.drafts);
    assert_eq!(known.get("fence", "440811070209@2026-01-01").unwrap().text("to"), Some("2026-05-31"));
    for file in [old, new] {
        assert!(plan(Kind::Fences, &file, &context, &known).unwrap().drafts.is_empty());
    }
    let ends = |to: &str| feature("440811070209", &format!(r#"2026-01-01","to":"{to}"#), "Polygon", SQUARE);
    let both = file(&[ends("2026-06-01"), feature("440811070209", "2026-06-01", "Polygon", SQUARE)]);
    assert_eq!(faults(Kind::Fences, &both, &context), ["2 features[0] overlap"]);
}
