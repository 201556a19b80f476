use sync_protocol::time::{Anchor, Corrected};

use super::*;
use crate::office::views::conflict::shown_because;

fn at(ms: i64) -> Corrected {
    Corrected::At(Anchor { at_ms: ms, uncertainty_ms: 1 })
}

fn value(json: &str, person: &str, authority: Authority, role: Role, time: Corrected) -> ValueView {
    let by = AuthorView {
        dot: "11111111111111111111111111111111:1:1111111111111111".parse().unwrap(),
        person: person.to_owned(),
        name: None,
        authority,
        roles: vec![role],
        when: time.into(),
        started_from: Vec::new(),
    };
    ValueView { value: RawValue::from_string(json.to_owned()).unwrap(), shown: false, why: None, by: vec![by] }
}

fn conflict(mut values: Vec<ValueView>) -> ConflictView {
    values[0].shown = true;
    ConflictView {
        scope: "440811070201/inspection".to_owned(),
        kind: "roll_call".to_owned(),
        id: "x".to_owned(),
        field: "head_count".to_owned(),
        open: true,
        policy: Policy::Review,
        weight: 1.0,
        label: None,
        label_en: None,
        tpl: None,
        shown_because: shown_because(None),
        values,
    }
}

/// Three values: an inspector's of known time, a lead's of unknown time, the office's.
fn three() -> ConflictView {
    conflict(vec![
        value("7", "p", Authority::Office, Role::Office, at(10)),
        value("12", "q", Authority::Other, Role::Inspector, at(30)),
        value("-3.5", "r", Authority::Other, Role::Lead, Corrected::Within(Some(40), None)),
    ])
}

fn chosen(rule: &str, of: &ConflictView) -> Result<String, String> {
    let rule: Rule = serde_json::from_str(rule).unwrap();
    rule.choose(of).map(|c| c.value.get().to_owned()).map_err(|b| b.code)
}

#[test]
fn each_rule_chooses_one_value() {
    let of = three();
    for (rule, expected) in [
        (r#"{"prefer":"shown"}"#, "7"),
        (r#"{"prefer":"latest_anchored"}"#, "12"),
        (r#"{"prefer":"authority","authority":"office"}"#, "7"),
        (r#"{"prefer":"role","role":"lead"}"#, "-3.5"),
        (r#"{"prefer":"person","person":"q"}"#, "12"),
        (r#"{"prefer":"highest"}"#, "12"),
        (r#"{"prefer":"lowest"}"#, "-3.5"),
    ] {
        assert_eq!(chosen(rule, &of).as_deref(), Ok(expected), "{rule}");
    }
}

#[test]
fn where_a_rule_says_nothing_or_too_much_nothing_is_chosen() {
    let none = |rule: &str, of: &ConflictView| chosen(rule, of).unwrap_err();
    assert_eq!(none(r#"{"prefer":"person","person":"nobody"}"#, &three()), "no_such_value");
    assert_eq!(none(r#"{"prefer":"authority","authority":"other"}"#, &three()), "several_values");
    let same_time = conflict(vec![
        value("1", "p", Authority::Other, Role::Lead, at(5)),
        value("2", "q", Authority::Other, Role::Lead, at(5)),
    ]);
    assert_eq!(none(r#"{"prefer":"latest_anchored"}"#, &same_time), "several_values");
    let unknown = Corrected::UNKNOWN;
    let words = conflict(vec![
        value("\"a\"", "p", Authority::Other, Role::Lead, unknown),
        value("2", "q", Authority::Other, Role::Lead, unknown),
    ]);
    assert_eq!(none(r#"{"prefer":"latest_anchored"}"#, &words), "no_such_value");
    assert_eq!(none(r#"{"prefer":"highest"}"#, &words), "not_a_number");
    let evidence = ConflictView { policy: Policy::Once, ..three() };
    assert_eq!(none(r#"{"prefer":"shown"}"#, &evidence), "evidence");
}

#[test]
fn the_reason_names_the_rule_and_what_the_person_adds() {
    let chosen = Rule::Highest.choose(&three()).unwrap();
    assert_eq!(chosen.reason(""), "按规则：最大的数 (By rule: the highest number)");
    assert_eq!(chosen.reason("点名册为准"), "按规则：最大的数 (By rule: the highest number)：点名册为准");
}

#[test]
fn a_rule_with_a_slip_in_it_is_none() {
    for wrong in [r#"{"prefer":"newest"}"#, r#"{"prefer":"role"}"#, r#"{"prefer":"role","role":"king"}"#, "{}"] {
        assert!(serde_json::from_str::<Rule>(wrong).is_err(), "{wrong}");
    }
}
