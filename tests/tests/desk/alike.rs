//! Quarantined operations decided on alike.

use serde_json::{Value, json};
use zhucun_tests::{office::text, raw::RawPhone, server::Database};

use crate::fixture::{Desk, HOUR, desk, desk_on};

const ONE: &str = "440811071201/presence";
const OTHER: &str = "440811071202/presence";

fn log(phone: &RawPhone, scope: &str, name: &str) -> Vec<u8> {
    phone.line(scope, "work_log", name, &json!({"person": phone.person, "text": name}))
}

/// A phone of a member posted elsewhere, with so many logs in two villages where they have no right.
async fn astray(desk: &Desk, member: &str, seed: u64, (one, other): (usize, usize)) -> RawPhone {
    let mut phone = desk.raw(member, seed).await;
    let mut lines: Vec<Vec<u8>> = (0..one).map(|i| log(&phone, ONE, &format!("one-{seed}-{i}"))).collect();
    lines.extend((0..other).map(|i| log(&phone, OTHER, &format!("other-{seed}-{i}"))));
    let told = phone.push(&lines).await.expect("a push is acknowledged whatever it says");
    assert_eq!(told.len(), one + other);
    assert!(told.iter().all(|(_, state, code)| (state.as_str(), code.as_str()) == ("quarantined", "no_grant")));
    phone
}

#[tokio::test]
async fn a_clerk_with_forty_exceptions_is_done_in_five_requests() {
    forty_exceptions(desk().await).await;
}

#[tokio::test]
async fn likewise_on_postgres() {
    forty_exceptions(desk_on(Database::Postgres).await).await;
}

async fn forty_exceptions(desk: Desk) {
    let phone = astray(&desk, "m-0001", 501, (30, 10)).await;
    let install = phone.install.to_string();

    // One: what waits, and all one must know of it.
    let page = desk.office.get("/v1/standings", &[("state", "quarantined"), ("install", &install)]).await.unwrap();
    let in_pages = desk.office.quarantined(&[("install", &install), ("limit", "7")]).await.unwrap();
    assert_eq!(page["standings"], Value::from(in_pages));
    let listed = page["standings"].as_array().unwrap();
    assert_eq!((listed.len(), &page["next"]), (40, &Value::Null));
    let first = &listed[0];
    assert_eq!(
        (&first["code"], &first["scope"], &first["kind"]),
        (&json!("no_grant"), &json!(ONE), &json!("work_log"))
    );
    assert_eq!((&first["fields"]["text"], &first["person"]), (&first["id"], &json!(phone.person)));
    assert!(first["name"].as_str().is_some_and(|name| name.starts_with("演示")), "{first}");
    assert_eq!((&first["at"], &first["uncertainty"]), (&json!(phone.now_ms), &json!(1_000)));
    assert!(!text(first, "sentence").unwrap().is_empty() && !text(first, "sentence_en").unwrap().is_empty());
    assert!(first["now"].is_null(), "there is no such record yet");

    // Two and three: a dry run, and its confirmation. Four and five: likewise for the other village.
    let there = |scope: &str| json!({"install": install, "code": "no_grant", "place": &scope[..12]});
    let dry = desk.office.decide_alike(there(ONE), "accept", "借调期间", None).await.unwrap();
    assert_eq!((&dry["count"], &dry["done"], &dry["batch"]), (&json!(30), &json!(false), &Value::Null));
    assert_eq!(desk.office.quarantined(&[("install", &install)]).await.unwrap().len(), 40, "a dry run changes nothing");
    let confirm = text(&dry, "confirm").unwrap();
    let done = desk.office.decide_alike(there(ONE), "accept", "借调期间", Some(&confirm)).await.unwrap();
    assert_eq!((&done["count"], &done["done"]), (&json!(30), &json!(true)));
    let dry = desk.office.decide_alike(there(OTHER), "refuse", "不是本人所写", None).await.unwrap();
    let confirm = text(&dry, "confirm").unwrap();
    let refused = desk.office.decide_alike(there(OTHER), "refuse", "不是本人所写", Some(&confirm)).await.unwrap();
    assert_eq!(refused["count"], 10);

    assert!(desk.office.quarantined(&[("install", &install)]).await.unwrap().is_empty());
    for i in 0..30 {
        assert_eq!(desk.record(ONE, "work_log", &format!("one-501-{i}")).await["by"][0][1], json!(phone.person));
    }
    desk.lacks(OTHER, "work_log", "other-501-0").await;
    let of_office = [("state", "refused"), ("install", install.as_str()), ("code", "by_office")];
    let listed = desk.office.get("/v1/standings", &of_office).await.unwrap();
    assert_eq!(listed["standings"].as_array().map(Vec::len), Some(10));
    let dot = text(&refused["operations"][0], "dot").unwrap();
    let decision = desk.record(OTHER, "decision", &dot).await;
    assert_eq!(decision["f"], json!({"decision": "refuse", "reason": "不是本人所写"}));

    // The whole of it is taken back by its name, and that in turn.
    let undone = desk.office.undo_batch(&text(&done, "batch").unwrap(), "弄错了").await.unwrap();
    assert_eq!((&undone["count"], &undone["left"]), (&json!(30), &json!([])));
    assert_eq!(desk.office.quarantined(&[("install", &install)]).await.unwrap().len(), 30);
    desk.lacks(ONE, "work_log", "one-501-0").await;
    let again = desk.office.undo_batch(&text(&undone, "batch").unwrap(), "没有弄错").await.unwrap();
    assert_eq!(again["count"], 30);
    assert!(desk.office.quarantined(&[("install", &install)]).await.unwrap().is_empty());
    assert_eq!(desk.record(ONE, "work_log", "one-501-0").await["f"]["text"], "one-501-0");
    desk.end();
}

#[tokio::test]
async fn nothing_that_came_meanwhile_slips_into_a_decision_on_many() {
    let desk = desk().await;
    let mut phone = astray(&desk, "m-0002", 502, (2, 0)).await;
    let filter = json!({"install": phone.install.to_string()});
    let dry = desk.office.decide_alike(filter.clone(), "accept", "", None).await.unwrap();
    phone.push(&[log(&phone, ONE, "late-502")]).await.unwrap();
    let mut ask = json!({"filter": filter, "decision": "accept", "confirm": dry["confirm"]});
    let answer = desk.answer(&desk.office, "/v1/decisions/alike", ask.clone()).await;
    answer.refused(409, "changed_meanwhile");
    assert_eq!(answer.json["count"], 3);
    desk.lacks(ONE, "work_log", "one-502-0").await;

    // Of three those two that were ticked.
    ask["dots"] = json!([dry["operations"][0]["dot"], dry["operations"][1]["dot"]]);
    let done = desk.office.post("/v1/decisions/alike", ask).await.unwrap();
    assert_eq!((&done["count"], &done["done"]), (&json!(2), &json!(true)));
    let left = desk.office.quarantined(&[("install", &phone.install.to_string())]).await.unwrap();
    assert_eq!(left.iter().map(|one| text(one, "id").unwrap()).collect::<Vec<_>>(), ["late-502"]);
    desk.end();
}

#[tokio::test]
async fn the_list_is_narrowed_by_place_kind_person_reason_and_time_and_paged() {
    let desk = desk().await;
    let mut phone = astray(&desk, "m-0003", 503, (3, 2)).await;
    let at = phone.now_ms;
    phone.now_ms = at - 5 * HOUR;
    phone.push(&[log(&phone, ONE, "early-503")]).await.unwrap();
    let person = phone.person.as_str();
    let count = async |query: &[(&str, &str)]| {
        desk.office.quarantined(&[&[("person", person)], query].concat()).await.unwrap().len()
    };
    assert_eq!(count(&[]).await, 6);
    assert_eq!((count(&[("place", "440811071")]).await, count(&[("place", "440811071202")]).await), (6, 2));
    assert_eq!((count(&[("place", "zjedz")]).await, count(&[("place", "440811070")]).await), (6, 0));
    assert_eq!((count(&[("kind", "work_log")]).await, count(&[("kind", "visit")]).await), (6, 0));
    assert_eq!((count(&[("code", "no_grant")]).await, count(&[("code", "install_lost")]).await), (6, 0));
    let (before, after) = ((at - HOUR).to_string(), (at + HOUR).to_string());
    assert_eq!((count(&[("to", &before)]).await, count(&[("from", &before), ("to", &after)]).await), (1, 5));
    assert_eq!((count(&[("limit", "1")]).await, count(&[("limit", "4")]).await), (6, 6));
    let wrong = [("code", "nonsense"), ("place", "../etc"), ("cursor", "x"), ("limit", "many"), ("install", "1")];
    for (name, value) in wrong {
        let path = format!("/v1/standings?state=quarantined&{name}={value}");
        let asked = desk.office.request(reqwest::Method::GET, &path);
        let code = if name == "cursor" { "bad_cursor" } else { "bad_request" };
        zhucun_tests::answer::Answer::to(asked).await.unwrap().refused(400, code);
    }
    desk.end();
}

#[tokio::test]
async fn a_decision_taken_back_leaves_the_one_before_it_and_one_made_since_stays() {
    let desk = desk().await;
    let phone = astray(&desk, "m-0004", 504, (1, 0)).await;
    let waiting = desk.office.quarantined(&[("install", &phone.install.to_string())]).await.unwrap();
    let dot = text(&waiting[0], "dot").unwrap();
    let decide = async |decision: &str| text(&desk.office.decide(&dot, decision, "").await.unwrap(), "dot").unwrap();
    let undo = async |dots: &[&String]| desk.office.post("/v1/undo", json!({"dots": dots})).await.unwrap();
    let decision = async || desk.record(ONE, "decision", &dot).await["f"]["decision"].clone();
    let refused = decide("refuse").await;
    let accepted = decide("accept").await;
    assert_eq!(undo(&[&refused]).await["left"], json!([refused]), "another stands over it");
    assert_eq!(decision().await, "accept");
    assert_eq!(undo(&[&accepted]).await["count"], 1);
    assert_eq!(decision().await, "refuse", "what was decided before");
    desk.lacks(ONE, "work_log", "one-504-0").await;
    let phones_own = desk.answer(&desk.office, "/v1/undo", json!({"dots": [dot]})).await;
    phones_own.refused(409, "not_decidable");
    let unknown = format!("{}:99:0011223344556677", phone.install);
    desk.answer(&desk.office, "/v1/undo", json!({"dots": [unknown]})).await.refused(404, "not_found");
    desk.answer(&desk.office, "/v1/undo", json!({})).await.refused(404, "not_found");
    desk.end();
}
