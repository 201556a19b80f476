//! An app of last year on today's server. This whole test program plays it: it knows the first version of a household only.

use serde_json::json;
use zhucun_client::Write;
use zhucun_tests::{
    agreement,
    office::Office,
    phones::Phone,
    raw::RawPhone,
    server::{Database, Server, binary},
};

const HOUSEHOLDS: &str = "440811070201/household";
const ID: &str = "h-931";

#[tokio::test]
async fn an_old_app_keeps_and_sends_on_what_it_does_not_know_and_writes_over_nothing_it_cannot_see() {
    mobile_schema::testing::know_only([("household".to_owned(), 1)]);
    let server = Server::demo(&binary(), Database::Sqlite).await.unwrap();
    let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await.unwrap();
    let who = ("zjedz.p.i-01", "an old phone");
    let old = Phone::enrol(&office, &server.url(), who, 931, server.scratch()).await.unwrap();
    let mut new = RawPhone::enrol(&office, &server.url(), "zjedz.p.i-02", 932).await.unwrap();
    let newer_line = |phone: &RawPhone, fields: &str| {
        let line = phone.line_of(HOUSEHOLDS, "household", ID, fields);
        String::from_utf8(line).unwrap().replacen(r#""f":"#, r#""v":2,"f":"#, 1).into_bytes()
    };
    let write = |fields| old.engine.write(&Write::new(HOUSEHOLDS, "household", ID, fields)).unwrap();
    let shown = || old.engine.view(HOUSEHOLDS, "household", ID).unwrap().unwrap();

    // What it writes is taken, and stands under the name of today.
    write(json!({"notes": "旧版所写", "hamlet": "下村"}));
    old.sync().await.unwrap();
    assert!(shown().newer, "its screen can say that a newer app shows more");
    let record = (HOUSEHOLDS, "household", ID);
    assert_eq!(office.record(record).await.unwrap()["f"], json!({"hamlet": "下村", "note": "旧版所写"}));

    // It receives what a newer app wrote, keeps it, and leaves it alone when it writes something else.
    new.push(&[newer_line(&new, r#"{"note":"新版所写","income_zz":{"a" : 1.0}}"#)]).await.unwrap();
    old.sync().await.unwrap();
    let body = old.engine.fed_body(HOUSEHOLDS, "household", ID).unwrap().unwrap();
    assert!(body.contains(r#"{"a" : 1.0}"#), "{body}");
    assert_eq!(shown().get::<String>("hamlet").as_deref(), Some("下村"));
    write(json!({"hamlet": "上村"}));
    old.sync().await.unwrap();
    let now = office.record(record).await.unwrap();
    assert_eq!((&now["f"]["hamlet"], &now["f"]["income_zz"]), (&json!("上村"), &json!({"a": 1.0})));

    // The remark it cannot see under its own name: a new one of its person replaces that person's last, and stands beside the other's.
    write(json!({"notes": "旧版再写"}));
    old.sync().await.unwrap();
    let now = office.record(record).await.unwrap();
    let mut remarks = vec![now["f"]["note"].as_str().unwrap()];
    remarks.extend(now["alt"]["note"].as_array().unwrap().iter().map(|beside| beside["v"].as_str().unwrap()));
    remarks.sort_unstable();
    assert_eq!(remarks, ["新版所写", "旧版再写"]);
    let agreed = agreement::compare(&[&old], &office).await.unwrap();
    assert!(agreed.records > 0 && agreed.differences.is_empty(), "{:?}", agreed.differences);
    server.assert_clean_log();
}
