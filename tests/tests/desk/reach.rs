//! How far anyone sees and decides: within their places, and managers do not decide.

use serde_json::json;
use zhucun_tests::office::text;

use crate::fixture::desk;

/// In the town of the clerk, and in another.
const MINE: &str = "440811070201";
const OTHERS: &str = "440811072201";

#[tokio::test]
async fn a_clerk_of_one_town_neither_sees_nor_decides_for_another_and_a_manager_decides_nothing() {
    let desk = desk().await;
    desk.grant("t-dongshan", "office", "440811070", (0, None)).await;
    let clerk = desk.as_user("dongshan").await;
    let manager = desk.as_user("manager").await;
    let mut phone = desk.raw("m-0040", 520).await;
    let log = |place: &str| {
        let fields = json!({"person": phone.person, "text": place});
        phone.line(&format!("{place}/presence"), "work_log", &format!("reach-{place}"), &fields)
    };
    let lines = [log(MINE), log(OTHERS)];
    assert_eq!(phone.push(&lines).await.unwrap().len(), 2);
    let install = phone.install.to_string();
    let mine = [("install", install.as_str())];

    let seen = clerk.quarantined(&mine).await.unwrap();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0]["scope"], format!("{MINE}/presence"));
    assert_eq!(clerk.quarantined(&[("install", &install), ("place", "zjedz")]).await.unwrap().len(), 1);
    let all = desk.office.quarantined(&mine).await.unwrap();
    let dot_of = |place: &str| {
        let one = all.iter().find(|one| one["scope"] == format!("{place}/presence")).expect("it waits");
        text(one, "dot").unwrap()
    };
    // Single: another town's is as if it were not there.
    let decide = |dot: &str| json!({"dot": dot, "decision": "accept", "reason": "x"});
    desk.answer(&clerk, "/v1/decisions", decide(&dot_of(OTHERS))).await.refused(404, "not_found");
    // Many: the filter takes only what one runs.
    let dry = clerk.decide_alike(json!({"install": install}), "accept", "", None).await.unwrap();
    assert_eq!((&dry["count"], &dry["operations"][0]["dot"]), (&json!(1), &json!(dot_of(MINE))));

    // A manager sees both, and decides on none.
    assert_eq!(manager.quarantined(&mine).await.unwrap().len(), 2);
    for (path, body) in [
        ("/v1/decisions", decide(&dot_of(MINE))),
        ("/v1/decisions/alike", json!({"filter": {"install": install}, "decision": "accept"})),
        ("/v1/settlements/alike", json!({"rule": {"prefer": "shown"}})),
        ("/v1/undo", json!({"dots": [dot_of(MINE)]})),
    ] {
        desk.answer(&manager, path, body).await.refused(403, "forbidden");
    }

    // What the office of the district decided in the other town the clerk cannot take back.
    let done = desk.office.decide(&dot_of(OTHERS), "refuse", "不采纳").await.unwrap();
    desk.answer(&clerk, "/v1/undo", json!({"dots": [done["dot"]]})).await.refused(404, "not_found");
    let own = desk.answer(&clerk, "/v1/decisions", decide(&dot_of(MINE))).await.success().unwrap();
    assert_eq!(own["standing"], "applied");
    assert_eq!(desk.record(&format!("{MINE}/presence"), "work_log", &format!("reach-{MINE}")).await["f"]["text"], MINE);
    assert_eq!(clerk.post("/v1/undo", json!({"dots": [own["dot"]]})).await.unwrap()["count"], 1);
    desk.end();
}
