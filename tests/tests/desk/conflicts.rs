//! Conflicts that people settle, one by one.

use serde_json::{Value, json};
use zhucun_tests::{office::text, phones::Phone, server::Database};

use crate::fixture::{Desk, HOUR, desk, desk_on};

const PLACE: &str = "440811071203";
const SCOPE: &str = "440811071203/inspection";

/// Two inspectors grade one finding, which both saw as minor, apart. Gives their phones and the finding.
async fn graded(desk: &Desk) -> (Phone, Phone, String) {
    let (mut one, mut other) = (desk.phone("i-01", 531).await, desk.phone("i-02", 532).await);
    for phone in [&mut one, &mut other] {
        phone.go_out(desk.now_ms - 9 * HOUR);
        phone.sync().await.unwrap();
    }
    let id = one.engine.new_id().unwrap();
    let fields = json!({"place": PLACE, "type": "problem", "title": "台账不符", "severity": "minor"});
    one.write(SCOPE, "finding", &id, fields).unwrap();
    for phone in [&one, &other] {
        phone.sync().await.unwrap();
    }
    one.at(desk.now_ms - 4 * HOUR);
    one.write(SCOPE, "finding", &id, json!({"severity": "serious", "title": "台账与实际不符"})).unwrap();
    other.at(desk.now_ms - 3 * HOUR);
    other.write(SCOPE, "finding", &id, json!({"severity": "grave", "title": "台账严重不符"})).unwrap();
    for phone in [&one, &other, &one] {
        phone.sync().await.unwrap();
    }
    (one, other, id)
}

fn heard(phone: &Phone) -> Vec<(String, String)> {
    phone.engine.standings().unwrap().into_iter().map(|s| (s.state, s.code)).collect()
}

fn shown(phone: &Phone, id: &str, field: &str) -> Value {
    phone.shown((SCOPE, "finding", id), field).unwrap()
}

fn conflict() -> Vec<(String, String)> {
    vec![("conflict".to_owned(), "open_conflict".to_owned())]
}

#[tokio::test]
async fn a_conflict_is_shown_with_all_one_must_know_settled_with_a_reason_and_the_phones_learn_it() {
    told_and_settled(desk().await).await;
}

#[tokio::test]
async fn likewise_on_postgres() {
    told_and_settled(desk_on(Database::Postgres).await).await;
}

async fn told_and_settled(desk: Desk) {
    let (one, other, id) = graded(&desk).await;
    assert_eq!((heard(&one), heard(&other)), (conflict(), conflict()));

    let open = desk.office.conflicts_where(&[("place", PLACE)]).await.unwrap();
    assert_eq!(open.len(), 1, "{open:?}");
    let it = &open[0];
    assert_eq!((&it["id"], &it["field"], &it["policy"]), (&json!(id), &json!("severity"), &json!("review")));
    assert_eq!((&it["weight"], &it["open"]), (&json!(1.0), &json!(true)));
    assert_eq!(it["shown_because"]["code"], "by_time");
    assert!(!text(&it["shown_because"], "sentence").unwrap().is_empty());
    let values = it["values"].as_array().unwrap();
    assert_eq!((&values[0]["value"], &values[1]["value"]), (&json!("grave"), &json!("serious")));
    for (value, phone, hours) in [(&values[0], &other, 3), (&values[1], &one, 4)] {
        let by = &value["by"][0];
        assert_eq!((&by["person"], &by["authority"]), (&json!(phone.person), &json!("other")));
        assert_eq!((&by["roles"], &by["at"]), (&json!(["inspector"]), &json!(desk.now_ms - hours * HOUR)));
        assert!(by["uncertainty"].as_i64().is_some_and(|ms| ms >= 1_000), "{by}");
        assert!(by["name"].as_str().is_some_and(|name| name.starts_with("演示")), "{by}");
        assert_eq!(by["started_from"].as_array().map(Vec::len), Some(1), "{by}");
        assert_eq!(by["started_from"][0]["value"], "minor");
    }

    let seen: Vec<&Value> = values.iter().map(|value| &value["by"][0]["dot"]).collect();
    let reason = "两户均属实，按严重处理";
    let ask = json!({
        "scope": SCOPE, "kind": "finding", "id": id, "field": "severity", "value": "serious", "seen": seen, "reason": reason,
    });
    let settled = desk.office.post("/v1/settlements", ask).await.unwrap();
    assert!(desk.office.conflicts_where(&[("place", PLACE)]).await.unwrap().is_empty());
    for phone in [&one, &other] {
        phone.sync().await.unwrap();
        assert_eq!(shown(phone, &id, "severity"), "serious", "the settled value");
        assert_eq!(shown(phone, &id, "_why.severity"), reason);
    }
    // Nothing of it stands beside any more, but for the title of the one who wrote first, which carries no weight.
    let outranked = vec![("outranked".to_owned(), "by_time".to_owned())];
    assert_eq!((heard(&one), heard(&other)), (outranked, Vec::new()));

    // The title is browsed in the other list.
    let beside = [("place", PLACE), ("state", "outranked")];
    let listed = desk.office.conflicts_where(&beside).await.unwrap();
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!((&listed[0]["field"], &listed[0]["open"]), (&json!("title"), &json!(false)));
    assert_eq!((&listed[0]["weight"], &listed[0]["values"][1]["value"]), (&json!(0.0), &json!("台账与实际不符")));

    // Taken back, the two stand against each other again.
    let undone = desk.office.post("/v1/undo", json!({"dots": [settled["dot"]], "reason": "再议"})).await.unwrap();
    assert_eq!(undone["count"], 1);
    let open = desk.office.conflicts_where(&[("place", PLACE)]).await.unwrap();
    assert_eq!(open.len(), 1);
    one.sync().await.unwrap();
    assert_eq!((shown(&one, &id, "severity"), shown(&one, &id, "_why.severity")), (json!("grave"), Value::Null));
    assert_eq!(heard(&one), conflict());
    desk.end();
}

#[tokio::test]
async fn what_cannot_be_settled_is_told() {
    let desk = desk().await;
    let scope = "440811071204/inspection";
    let (mut one, mut other) = (desk.raw("i-01", 533).await, desk.raw("i-02", 534).await);
    let id = one.own_id("call");
    one.push(&[one.line(scope, "roll_call", &id, &json!({"state": "seen", "head_count": 3}))]).await.unwrap();
    let proposal = other.line(scope, "roll_call", &id, &json!({"state": "absent"}));
    let told = other.push(&[proposal]).await.unwrap();
    assert_eq!(told[0].2, "correction_proposed");
    let ask = |field: &str, reason: &str| json!({"scope": scope, "kind": "roll_call", "id": id, "field": field, "value": null, "reason": reason});
    let settle = async |body: Value| desk.answer(&desk.office, "/v1/settlements", body).await;
    settle(ask("state", "")).await.refused(409, "not_decidable");
    settle(ask("village", "")).await.refused(404, "not_found");
    settle(ask("head_count", &"长".repeat(1_001))).await.refused(400, "bad_request");
    let elsewhere = json!({"scope": scope, "kind": "roll_call", "id": "none", "field": "state", "value": "seen"});
    settle(elsewhere).await.refused(404, "not_found");
    // Yet it is browsed: evidence as taken, and the correction proposed.
    let beside = [("place", "440811071204"), ("state", "outranked"), ("policy", "once")];
    let listed = desk.office.conflicts_where(&beside).await.unwrap();
    assert_eq!((listed.len(), &listed[0]["shown_because"]["code"]), (1, &json!("correction_proposed")));
    desk.end();
}
