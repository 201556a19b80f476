//! Leaving and coming back (P9): people who move, phones that end, are lost or replaced lose no work.

use serde_json::json;
use zhucun_client::Budget;
use zhucun_tests::{office::text, raw::RawPhone};

use crate::fixture::{HOUR, desk};

/// In 东山 and in 硇洲.
const A: &str = "440811070205/inspection";
const B: &str = "440811173201/inspection";

#[tokio::test]
async fn an_inspector_who_moves_to_another_town_drains_what_they_did_in_the_first() {
    let desk = desk().await;
    let moved_at = desk.now_ms - 2 * HOUR;
    desk.without_grants("i-03").await;
    desk.grant("i-03", "inspector", "440811070", (0, None)).await;
    let mut phone = desk.phone("i-03", 551).await;
    phone.go_out(moved_at - 5 * HOUR);
    phone.sync().await.unwrap();
    let holds = |phone: &zhucun_tests::phones::Phone, scope: &str| {
        phone.engine.scopes().unwrap().iter().any(|s| s.scope == scope)
    };
    let finding = |title: &str| json!({"type": "highlight", "title": title});
    phone.write(A, "finding", "before-551", finding("走之前")).unwrap();
    phone.sync().await.unwrap();
    assert!(holds(&phone, A) && !holds(&phone, B));

    // In the field in the first town, without a network; meanwhile the office moves them.
    phone.at(moved_at - HOUR);
    phone.write(A, "finding", "in-time-551", finding("调动前写下")).unwrap();
    phone.at(moved_at + HOUR);
    phone.write(A, "finding", "too-late-551", finding("调动后写下")).unwrap();
    desk.grant("i-03", "inspector", "440811070", (0, Some(moved_at))).await;
    desk.grant("i-03", "inspector", "440811173", (moved_at, None)).await;

    // A pull before anything was sent: the new town comes, and the old one stays for what is queued for it.
    phone.sync_once(&Budget::PULL).await.unwrap();
    assert!(holds(&phone, A), "not dropped before its queue is empty");
    assert!(phone.engine.pending().unwrap().lines >= 2);
    assert_eq!(phone.shown((A, "finding", "in-time-551"), "title").unwrap(), "调动前写下");
    phone.sync().await.unwrap();
    assert!(!holds(&phone, A) && phone.engine.is_drained().unwrap(), "dropped when it was");

    // Each line is judged by when it was written, not by when it came.
    assert_eq!(desk.record(A, "finding", "in-time-551").await["f"]["title"], "调动前写下");
    desk.lacks(A, "finding", "too-late-551").await;
    let install = phone.engine.install().unwrap().to_string();
    let waiting = desk.office.quarantined(&[("install", &install)]).await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!((&waiting[0]["id"], &waiting[0]["code"]), (&json!("too-late-551"), &json!("no_grant")));
    let heard: Vec<String> = phone.engine.standings().unwrap().into_iter().map(|s| s.code).collect();
    assert_eq!(heard, ["no_grant"], "and its author knows");

    // The new one is entered, and they work there.
    phone.write(B, "finding", "there-551", finding("新的镇")).unwrap();
    phone.sync().await.unwrap();
    assert!(holds(&phone, B));
    assert_eq!(desk.record(B, "finding", "there-551").await["f"]["title"], "新的镇");
    desk.end();
}

fn finding(phone: &RawPhone, id: &str) -> Vec<u8> {
    phone.line("440811173203/inspection", "finding", id, &json!({"type": "problem", "title": id}))
}

#[tokio::test]
async fn a_phone_that_ended_drains_what_it_captured_before_and_the_rest_waits() {
    let desk = desk().await;
    let mut phone = desk.raw("i-06", 561).await;
    let ended_at = desk.now_ms - HOUR;
    let path = format!("/v1/installs/{}/end", phone.install);
    desk.office.post(&path, json!({"at": ended_at})).await.unwrap();
    phone.now_ms = ended_at - 1;
    let before = finding(&phone, "before-561");
    phone.now_ms = ended_at;
    let after = finding(&phone, "after-561");
    let told = phone.push(&[before, after]).await.expect("an old phone may always send");
    assert_eq!(told, [(2, "quarantined".to_owned(), "install_ended".to_owned())]);
    assert_eq!(desk.record("440811173203/inspection", "finding", "before-561").await["f"]["title"], "before-561");
    desk.lacks("440811173203/inspection", "finding", "after-561").await;
    desk.end();
}

#[tokio::test]
async fn of_a_lost_phone_what_came_after_the_last_line_known_waits_and_is_taken_up_at_once() {
    let desk = desk().await;
    let mut phone = desk.raw("i-06", 562).await;
    let scope = "440811173203/inspection";
    phone.push(&[finding(&phone, "a-562"), finding(&phone, "b-562")]).await.unwrap();
    let known = phone.tip;
    phone.push(&[finding(&phone, "c-562")]).await.unwrap();
    assert_eq!(desk.record(scope, "finding", "c-562").await["f"]["title"], "c-562");
    let cut = json!({"seq": known.0, "head": hex::encode(known.1)});
    desk.office.post(&format!("/v1/installs/{}/lost", phone.install), cut).await.unwrap();
    desk.lacks(scope, "finding", "c-562").await;
    let late = phone.push(&[finding(&phone, "d-562"), finding(&phone, "e-562")]).await.unwrap();
    assert!(late.len() == 2 && late.iter().all(|(_, _, code)| code == "install_lost"), "{late:?}");

    let install = phone.install.to_string();
    let filter = json!({"install": install, "code": "install_lost"});
    let dry = desk.office.decide_alike(filter.clone(), "accept", "手机已找回", None).await.unwrap();
    assert_eq!(dry["count"], 3);
    let confirm = text(&dry, "confirm").unwrap();
    let done = desk.office.decide_alike(filter, "accept", "手机已找回", Some(&confirm)).await.unwrap();
    assert_eq!(done["done"], true);
    for id in ["a-562", "b-562", "c-562", "d-562", "e-562"] {
        assert_eq!(desk.record(scope, "finding", id).await["f"]["title"], id);
    }
    desk.end();
}

#[tokio::test]
async fn what_a_replaced_phone_could_not_send_is_carried_over_and_readable_at_the_desk() {
    let desk = desk().await;
    let old = desk.phone("i-06", 563).await;
    old.sync().await.unwrap();
    let scope = "440811173203/inspection";
    old.write(scope, "finding", "old-563", json!({"type": "problem", "title": "旧手机所写"})).unwrap();
    let new = desk.phone("i-06", 564).await;
    assert!(new.engine.carry_over(&old.engine).unwrap().lines >= 1);
    new.sync().await.unwrap();

    let install = new.engine.install().unwrap().to_string();
    let waiting = desk.office.quarantined(&[("install", &install), ("code", "carried")]).await.unwrap();
    let readable = |one: &&serde_json::Value| one["carried"]["kind"] == "finding";
    let one = waiting.iter().find(readable).expect("the finding is among what was carried");
    let carried = &one["carried"];
    assert_eq!(carried["install"], old.engine.install().unwrap().to_string());
    assert!(carried["seq"].as_u64().is_some_and(|seq| seq > 0), "{carried}");
    assert_eq!((&carried["scope"], &carried["id"]), (&json!(scope), &json!("old-563")));
    assert_eq!(carried["fields"]["title"], "旧手机所写");
    desk.lacks(scope, "finding", "old-563").await;
    // Who runs the person but not the village does not decide what counts there.
    desk.grant("t-dongshan", "office", &new.person, (0, None)).await;
    let clerk = desk.as_user("dongshan").await;
    let accept = json!({"dot": one["dot"], "decision": "accept"});
    desk.answer(&clerk, "/v1/decisions", accept).await.refused(403, "forbidden");
    let filter = json!({"install": install, "code": "carried"});
    let dry = desk.office.decide_alike(filter.clone(), "accept", "旧手机密钥损坏", None).await.unwrap();
    let confirm = text(&dry, "confirm").unwrap();
    desk.office.decide_alike(filter, "accept", "旧手机密钥损坏", Some(&confirm)).await.unwrap();
    // The work counts as what it was, under the name of what carried it, and its author is told.
    let kept = desk.record(scope, "finding", "old-563").await;
    assert_eq!((&kept["f"]["title"], &kept["by"][0][0]), (&json!("旧手机所写"), &one["dot"]));
    assert_eq!((&kept["by"][0][1], &kept["by"][0][2]), (&json!(new.person), &json!("other")));
    desk.lacks(&format!("{}/own", new.person), "carried", one["id"].as_str().unwrap()).await;
    new.sync().await.unwrap();
    assert_eq!(new.shown((scope, "finding", "old-563"), "title").unwrap(), "旧手机所写");
    assert!(new.engine.standings().unwrap().is_empty(), "nothing waits any more");

    // The old phone is found, and sends the line itself: it is the same value.
    old.sync().await.unwrap();
    let both = desk.record(scope, "finding", "old-563").await;
    assert_eq!((both["by"].as_array().unwrap().len(), &both["alt"]), (2, &serde_json::Value::Null));

    // And what was accepted can be taken back.
    let undo = json!({"dots": [dot_of_decision(&desk, &new.person, one["dot"].as_str().unwrap()).await]});
    desk.office.post("/v1/undo", undo).await.unwrap();
    let alone = desk.record(scope, "finding", "old-563").await;
    assert_eq!(alone["by"].as_array().unwrap().len(), 1);
    new.sync().await.unwrap();
    assert_eq!(new.engine.standings().unwrap()[0].code, "carried");
    desk.end();
}

async fn dot_of_decision(desk: &crate::fixture::Desk, person: &str, about: &str) -> serde_json::Value {
    let decision = desk.record(&format!("{person}/own"), "decision", about).await;
    decision["by"][0][0].clone()
}
