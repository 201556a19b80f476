//! Checklists: what makes one usable, what its answers may be, and what they score.

use mobile_schema::template::{Answers, Score, answers};
use mobile_schema::{Policy, Template};
use proptest::prelude::*;
use serde_json::value::RawValue;
use serde_json::{Value, json};

fn template() -> Value {
    json!({"key": "teams", "version": 2, "title": "驻村工作队督查表", "title_en": "Stationed work teams", "sections": [
        {"title": "在岗", "title_en": "Presence", "items": [
            {"key": "in_village", "type": "yes_no", "label": "队员是否在村", "weight": 5},
            {"key": "why", "type": "choice", "label": "不在村原因", "when": {"item": "in_village", "is": false}, "options": [
                {"key": "leave", "label": "请假", "label_en": "On leave"}, {"key": "none", "label": "无故"}]},
            {"key": "since", "type": "number", "label": "离村天数", "unit": "天", "min": 0, "max": 60,
                "when": {"item": "why", "is": "none"}},
        ]},
        {"title": "履职", "items": [
            {"key": "diligence", "type": "score", "label": "履职情况", "max": 10},
            {"key": "files", "type": "score", "label": "档案", "min": 1, "max": 5, "weight": 2, "review": false},
            {"key": "note", "type": "text", "label": "说明", "max": 5, "review": true},
            {"key": "board", "type": "photo", "label": "公示栏"},
            {"key": "worst", "type": "text", "label": "最低分说明", "when": {"item": "files", "is": 1}},
        ]},
    ]})
}

fn parsed() -> Template {
    Template::parse(&template().to_string()).unwrap()
}

/// `path code` of each fault, after this change of a good template.
fn faults_after(change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut template = template();
    change(&mut template);
    let faults = Template::parse(&template.to_string()).err().unwrap_or_default();
    faults.into_iter().map(|f| format!("{} {}", f.path, f.code)).collect()
}

#[test]
fn a_good_template_reads() {
    let t = parsed();
    assert_eq!(t.name(), "teams@2");
    assert_eq!(t.items().count(), 8);
    assert_eq!(t.item("files").unwrap().label, "档案");
    assert!(t.item("nothing").is_none());
    let again = serde_json::to_string(&t).unwrap();
    assert_eq!(Template::parse(&again).unwrap(), t, "what is written out reads back");
}

#[test]
fn policies_follow_the_weight_an_answer_carries() {
    let t = parsed();
    let policy = |key| t.item(key).unwrap().policy();
    assert_eq!(policy("in_village"), Policy::Single);
    assert_eq!(policy("diligence"), Policy::Review);
    assert_eq!(policy("files"), Policy::Single, "review switched off");
    assert_eq!(policy("note"), Policy::Review, "review switched on");
    assert_eq!(policy("board"), Policy::Set);
}

#[test]
fn what_makes_a_template_unusable() {
    /// A part of a template, by section and item.
    fn item(t: &mut Value, s: usize, i: usize) -> &mut Value {
        &mut t["sections"][s]["items"][i]
    }
    type Case = (fn(&mut Value), &'static str);
    let cases: &[Case] = &[
        (|t| t["key"] = json!("Teams"), "key bad_key"),
        (|t| t["version"] = json!(0), "version out_of_range"),
        (|t| t["version"] = json!(-1), " wrong_type"),
        (|t| t["title"] = json!(" "), "title missing"),
        (|t| t["sections"] = json!([]), "sections missing"),
        (|t| item(t, 0, 0)["type"] = json!("slider"), " wrong_type"),
        (|t| item(t, 1, 0)["key"] = json!("in_village"), "sections[1].items[0].key duplicate_key"),
        (|t| item(t, 0, 0)["label"] = json!(""), "sections[0].items[0].label missing"),
        (|t| item(t, 0, 0)["weight"] = json!(-1), "sections[0].items[0].weight bad_weight"),
        (|t| item(t, 0, 1)["weight"] = json!(1), "sections[0].items[1].weight bad_weight"),
        (
            |t| item(t, 1, 2)["type"] = json!("choice"),
            "sections[1].items[2].max bad_limits, sections[1].items[2].options missing",
        ),
        (|t| item(t, 0, 1)["options"][0]["key"] = json!("none"), "sections[0].items[1].options[1].key duplicate_key"),
        (|t| item(t, 0, 0)["options"] = json!([{"key": "a", "label": "a"}]), "sections[0].items[0].options wrong_type"),
        (|t| item(t, 0, 2)["max"] = json!(-1), "sections[0].items[2].max bad_limits"),
        (|t| item(t, 0, 0)["max"] = json!(1), "sections[0].items[0].max bad_limits"),
        (|t| item(t, 1, 0)["max"] = Value::Null, "sections[1].items[0].max missing"),
        (|t| item(t, 1, 0)["max"] = json!(0), "sections[1].items[0].max bad_limits"),
        (|t| item(t, 1, 2)["max"] = json!(100_000), "sections[1].items[2].max bad_limits"),
        (|t| item(t, 1, 3)["review"] = json!(true), "sections[1].items[3].review wrong_type"),
        (|t| item(t, 0, 1)["when"]["item"] = json!("files"), "sections[0].items[1].when bad_condition"),
        (|t| item(t, 0, 1)["when"]["item"] = json!("why"), "sections[0].items[1].when bad_condition"),
        (|t| item(t, 0, 1)["when"]["is"] = json!("no"), "sections[0].items[1].when bad_condition"),
        (|t| item(t, 0, 1)["when"]["is"] = Value::Null, "sections[0].items[1].when bad_condition"),
        (|t| item(t, 1, 4)["when"]["is"] = json!(9), "sections[1].items[4].when bad_condition"),
        (|t| item(t, 1, 4)["when"]["item"] = json!("board"), "sections[1].items[4].when bad_condition"),
    ];
    assert_eq!(faults_after(|_| {}), [""; 0]);
    for (change, fault) in cases {
        assert_eq!(faults_after(change).join(", "), *fault);
    }
}

#[test]
fn a_checklist_has_at_most_500_items() {
    let with = |n: usize| {
        faults_after(|t| {
            let items = (0..n).map(|i| json!({"key": format!("k{i}"), "type": "yes_no", "label": "问"}));
            t["sections"] = json!([{"title": "段", "items": items.collect::<Vec<_>>()}]);
        })
    };
    assert_eq!(with(500), [""; 0]);
    assert_eq!(with(501), ["sections too_many"]);
}

#[test]
fn several_faults_are_told_at_once() {
    let faults = faults_after(|t| {
        t["key"] = json!("");
        t["sections"][0]["items"][0]["label"] = json!("");
    });
    assert_eq!(faults, ["key bad_key", "sections[0].items[0].label missing"]);
}

#[test]
fn answers_are_checked_by_their_item() {
    let hash = "ab".repeat(32);
    let photo = json!({ "add": [hash] }).to_string();
    let cases = [
        ("in_village", "true", ""),
        ("in_village", "null", ""),
        ("in_village", "\"yes\"", "wrong_type"),
        ("why", "\"leave\"", ""),
        ("why", "\"ill\"", "not_a_choice"),
        ("since", "60", ""),
        ("since", "61", "out_of_range"),
        ("diligence", "9.5", ""),
        ("diligence", "-1", "out_of_range"),
        ("diligence", "1e999", "out_of_range"),
        ("note", "\"一二三四五\"", ""),
        ("note", "\"一二三四五六\"", "too_long"),
        ("board", &photo, ""),
        ("board", "null", "wrong_type"),
        ("board", "[]", "wrong_type"),
        ("asked_by_nobody", "{}", ""),
    ];
    let t = parsed();
    for (key, json, code) in cases {
        let (name, value) = (format!("i.{key}"), RawValue::from_string(json.to_owned()).unwrap());
        let faults = t.check(std::iter::once((name.as_str(), &*value)));
        let found: Vec<_> = faults.iter().map(|f| (f.path.as_str(), f.code)).collect();
        let expected: Vec<_> = Some((name.as_str(), code)).filter(|_| !code.is_empty()).into_iter().collect();
        assert_eq!(found, expected, "{key} {json}");
    }
    // Only what begins with `i.` is an answer.
    let value = RawValue::from_string("1".to_owned()).unwrap();
    assert_eq!(t.check(std::iter::once(("in_village", &*value))), []);
}

fn given(value: Value) -> Answers {
    serde_json::from_value(value).unwrap()
}

#[test]
fn an_item_is_asked_when_all_it_hangs_on_is_asked_and_so_answered() {
    let t = parsed();
    let asked = |key: &str, a: Value| t.applies(t.item(key).unwrap(), &given(a));
    assert!(asked("in_village", json!({})));
    assert!(!asked("why", json!({})));
    assert!(!asked("why", json!({"in_village": true})));
    assert!(asked("why", json!({"in_village": false})));
    assert!(asked("since", json!({"in_village": false, "why": "none"})));
    assert!(!asked("since", json!({"in_village": true, "why": "none"})), "an answer left over from before");
    assert!(asked("worst", json!({"files": 1})));
    assert!(asked("worst", json!({"files": 1.0})), "1.0 is 1");
}

#[test]
fn scores() {
    let t = parsed();
    let score = |a: Value| t.score(&given(a));
    let possible = 5.0 + 10.0 + 2.0 * 5.0;
    assert_eq!(score(json!({})), Score { got: 0.0, possible }, "leaving out gains nothing");
    assert_eq!(score(json!({"in_village": true, "diligence": 7.5, "files": 3})), Score { got: 18.5, possible });
    assert_eq!(score(json!({"in_village": null, "diligence": 11, "files": "5"})), Score { got: 0.0, possible });
}

#[test]
fn what_is_not_asked_is_not_scored() {
    let t = json!({"key": "t", "version": 1, "title": "表", "sections": [{"title": "段", "items": [
        {"key": "project", "type": "yes_no", "label": "有无项目"},
        {"key": "result", "type": "score", "label": "成效", "max": 4, "when": {"item": "project", "is": true}}]}]});
    let t = Template::parse(&t.to_string()).unwrap();
    assert_eq!(t.score(&given(json!({"project": false, "result": 4}))), Score::default());
    assert_eq!(t.score(&given(json!({"project": true, "result": 4}))), Score { got: 4.0, possible: 4.0 });
}

#[test]
fn answers_are_picked_from_a_responses_fields() {
    let fields: Vec<(&str, Box<RawValue>)> = [("i.files", "3"), ("note", "\"x\""), ("i.why", "null")]
        .map(|(k, v)| (k, RawValue::from_string(v.to_owned()).unwrap()))
        .into();
    let picked = answers(fields.iter().map(|(k, v)| (*k, &**v)));
    assert_eq!(picked, given(json!({"files": 3, "why": null})));
}

fn answer() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3i64..12).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "leave|none|x".prop_map(Value::from),
    ]
}

proptest! {
    #[test]
    fn no_answers_score_below_nothing_or_above_what_is_possible(
        a in prop::collection::btree_map("in_village|why|since|diligence|files|note|board|x", answer(), 0..8)
    ) {
        let score = parsed().score(&a);
        prop_assert!(0.0 <= score.got && score.got <= score.possible, "{score:?}");
    }

    /// Without its last two brackets no character can complete it.
    #[test]
    fn a_template_cut_short_is_refused_without_panic(cut in any::<prop::sample::Index>(), last in any::<char>()) {
        let whole: Vec<char> = template().to_string().chars().collect();
        let text: String = whole[..cut.index(whole.len() - 1)].iter().chain([&last]).collect();
        prop_assert!(Template::parse(&text).is_err());
    }
}
