//! Conflicts that are alike, settled by a rule.

use mobile_schema::derived_id;
use serde_json::{Value, json};
use zhucun_tests::{office::text, raw::RawPhone, server::Database};

use crate::fixture::{Desk, HOUR, desk, desk_on};

const PLACE: &str = "440811072203";
const SCOPE: &str = "440811072203/inspection";

/// So many roll calls whose heads two inspectors counted differently, the second an hour later.
async fn counted(desk: &Desk, count: usize) -> (RawPhone, RawPhone) {
    let (mut one, mut other) = (desk.raw("i-04", 541).await, desk.raw("i-05", 542).await);
    (one.now_ms, other.now_ms) = (desk.now_ms - 3 * HOUR, desk.now_ms - 2 * HOUR);
    let id = |i: usize| one.own_id(&format!("call-{i}"));
    let call = |phone: &RawPhone, i: usize, heads: usize| {
        phone.line(SCOPE, "roll_call", &id(i), &json!({"head_count": heads}))
    };
    let first: Vec<Vec<u8>> = (0..count).map(|i| call(&one, i, 10 + i)).collect();
    let second: Vec<Vec<u8>> = (0..count).map(|i| call(&other, i, 7)).collect();
    one.push(&first).await.unwrap();
    other.push(&second).await.unwrap();
    (one, other)
}

/// One checklist of which both score an item differently.
async fn scored(one: &mut RawPhone, other: &mut RawPhone) {
    let tpl = "work-team@1";
    let id = derived_id("response", &["visit-541", tpl]);
    let line = |phone: &RawPhone, score: u32| {
        let at = phone.now_ms;
        format!(
            r#"{{"s":"{SCOPE}","k":"response","id":"{id}","tpl":"{tpl}","f":{{"i.presence_score":{score}}},"t":{{"g":[{at},0]}}}}"#
        )
        .into_bytes()
    };
    let lines = (line(one, 3), line(other, 8));
    one.push(&[lines.0]).await.unwrap();
    other.push(&[lines.1]).await.unwrap();
}

async fn list(desk: &Desk, query: &[(&str, &str)]) -> Vec<Value> {
    desk.office.conflicts_where(&[&[("place", PLACE)], query].concat()).await.unwrap()
}

#[tokio::test]
async fn conflicts_that_are_alike_are_settled_by_a_rule_and_all_of_it_is_taken_back() {
    settled_by_rule(desk().await).await;
}

#[tokio::test]
async fn likewise_on_postgres() {
    settled_by_rule(desk_on(Database::Postgres).await).await;
}

async fn settled_by_rule(desk: Desk) {
    let (mut one, mut other) = counted(&desk, 5).await;
    scored(&mut one, &mut other).await;

    // By weight the checklist's item goes first; and it can be asked for alone.
    let by_weight = list(&desk, &[("sort", "weight"), ("limit", "2")]).await;
    assert_eq!(by_weight.len(), 6);
    assert_eq!((&by_weight[0]["field"], &by_weight[0]["weight"]), (&json!("i.presence_score"), &json!(2.0)));
    assert!(by_weight[0]["label"].as_str().is_some_and(|label| !label.is_empty()), "{}", by_weight[0]);
    assert_eq!(list(&desk, &[("min_weight", "1.5")]).await.len(), 1);
    assert_eq!(list(&desk, &[("kind", "roll_call")]).await.len(), 5);
    let (first, second) = ((desk.now_ms - 3 * HOUR).to_string(), (desk.now_ms - 2 * HOUR).to_string());
    let young = [("from", second.as_str())];
    assert_eq!(list(&desk, &young).await.len(), 6);
    assert_eq!(list(&desk, &[("from", &second), ("age_of", "oldest")]).await.len(), 0);
    assert_eq!(list(&desk, &[("to", &second), ("from", &first), ("age_of", "oldest")]).await.len(), 6);
    assert_eq!(list(&desk, &[("sort", "age"), ("limit", "1")]).await.len(), 6);

    let filter = json!({"place": PLACE, "kind": "roll_call", "field": "head_count"});
    let ask = |rule: Value, confirm: Value| json!({"filter": filter, "rule": rule, "reason": "以实到点名为准", "confirm": confirm});
    let post = async |body: Value| desk.office.post("/v1/settlements/alike", body).await.unwrap();
    let none = post(ask(json!({"prefer": "role", "role": "lead"}), Value::Null)).await;
    assert_eq!((&none["count"], none["undecided"].as_array().map(Vec::len)), (&json!(0), Some(5)));
    assert_eq!(none["undecided"][0]["because"]["code"], "no_such_value");

    let highest = json!({"prefer": "highest"});
    let dry = post(ask(highest.clone(), Value::Null)).await;
    assert_eq!((&dry["count"], &dry["done"]), (&json!(5), &json!(false)));
    assert_eq!(list(&desk, &[]).await.len(), 6, "a dry run changes nothing");
    // A value that comes meanwhile is not written over unseen.
    let third = one.own_id("call-0");
    other.push(&[other.line(SCOPE, "roll_call", &third, &json!({"head_count": 99}))]).await.unwrap();
    let late = desk.answer(&desk.office, "/v1/settlements/alike", ask(highest.clone(), dry["confirm"].clone())).await;
    late.refused(409, "changed_meanwhile");

    let dry = post(ask(highest.clone(), Value::Null)).await;
    let done = post(ask(highest, dry["confirm"].clone())).await;
    assert_eq!((&done["count"], &done["done"]), (&json!(5), &json!(true)));
    assert_eq!(list(&desk, &[]).await.len(), 1, "the checklist's is left");
    for (i, heads) in [99, 11, 12, 13, 14].into_iter().enumerate() {
        let record = desk.record(SCOPE, "roll_call", &one.own_id(&format!("call-{i}"))).await;
        assert_eq!((&record["f"]["head_count"], &record["alt"]), (&json!(heads), &Value::Null), "{record}");
        let why = text(&record["f"], "_why.head_count").unwrap();
        assert!(why.contains("highest") && why.ends_with("以实到点名为准"), "{why}");
    }
    let undone = desk.office.undo_batch(&text(&done, "batch").unwrap(), "").await.unwrap();
    assert_eq!(undone["count"], 5);
    assert_eq!(list(&desk, &[]).await.len(), 6);
    desk.end();
}
