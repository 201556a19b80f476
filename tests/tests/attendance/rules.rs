//! A rule is data: it is checked where it is written, tried on past days, and holds at its place from its day on.

use serde_json::json;

use super::{DATABASES, Town, codes};

const NAME: (&str, &str, &str) = ("440811070201/roster", "rule", "presence-2026");

#[tokio::test]
async fn a_rule_is_refused_tried_and_goes_into_effect_on_its_village_alone() {
    for database in DATABASES {
        let town = Town::on(database).await;
        let mut here = town.member("m-0001", "440811070201").await;
        let mut elsewhere = town.member("m-0004", "440811070202").await;
        for member in [&mut here, &mut elsewhere] {
            let inside = member.inside;
            member.measures(9, inside).await;
        }
        let before = town.file(&here).await;
        assert_eq!((&before["verdict"], &before["rule"]), (&json!("present"), &json!("default")));

        let two = json!({"day": {"windows": [{"name": "上午", "from": "06:00", "to": "12:00"}, {"name": "下午", "from": "14:00", "to": "20:00"}]}});
        refused(&town).await;
        let words =
            town.asked(&town.office, "/v1/attendance/rules/check", json!({"body": two})).await.success().unwrap();
        assert!(words["words"].to_string().contains("上午 06:00–12:00"), "{words}");

        let day = here.day.to_string();
        let rule = |body| json!({"key": "attendance", "title": "两时段", "from": day, "body": body});
        let ask = json!({"place": "440811070", "body": two, "from": day, "to": day});
        let tried = town.asked(&town.office, "/v1/attendance/rules/try", ask).await.success().unwrap();
        assert_eq!(tried["changed"], 2, "{tried}");
        let changed = &tried["members"][0]["days"][0];
        assert_eq!((&changed["before"], &changed["after"]), (&json!("present"), &json!("unconfirmed")));
        assert_eq!(changed["reasons"][0]["code"], "window_missing");
        assert_eq!(town.file(&here).await["verdict"], "present", "nothing was written");

        town.office.write(NAME, rule(two)).await.unwrap();
        let after = town.file(&here).await;
        assert_eq!((&after["verdict"], &after["rule"]), (&json!("unconfirmed"), &json!("440811070201/presence-2026")));
        assert_eq!(codes(&after), ["window_missing", "inside_fix"]);
        assert_eq!(after["history"][0]["verdict"], "present");
        assert_eq!(after["history"][0]["changed"][0]["how"], "surroundings");
        assert_eq!(town.waits(&here).await, ["unconfirmed"]);
        assert_eq!(town.file(&elsewhere).await["verdict"], "present", "another village goes by another rule");

        let inside = here.inside;
        here.measures(16, inside).await;
        assert_eq!(town.file(&here).await["verdict"], "present");
        assert!(town.waits(&here).await.is_empty());
        let listed = town.office.get("/v1/attendance/rules", &[]).await.unwrap();
        assert_eq!((&listed[0]["id"], &listed[0]["faults"]), (&json!("presence-2026"), &json!([])));
        town.end().await;
    }
}

/// What contradicts itself, and clocking in without a legal basis, is not taken.
async fn refused(town: &Town) {
    for (body, code) in [
        (json!({"day": {"windows": [{"name": "a", "from": "12:00", "to": "08:00"}]}}), "window_ends_before_it_begins"),
        (
            json!({"check_in": {"legal_basis": "", "decided_by": "", "decided_on": "2026-01-01"}}),
            "check_in_without_basis",
        ),
        (json!({"ranking": true}), "unreadable"),
    ] {
        let fields = json!({"key": "attendance", "from": "2026-01-01", "body": body});
        let (scope, kind, id) = NAME;
        let write = json!({"scope": scope, "kind": kind, "id": id, "fields": fields});
        let answer = town.asked(&town.office, "/v1/operations", write).await;
        assert_eq!((answer.status, answer.code()), (422, "rule_refused"));
        assert!(answer.json["detail"].as_str().unwrap().contains(code), "{}", answer.text);
        let ask = json!({"place": "440811070", "body": body, "from": "2026-01-01", "to": "2026-01-02"});
        assert_eq!(town.asked(&town.office, "/v1/attendance/rules/try", ask).await.code(), "rule_refused");
    }
}
