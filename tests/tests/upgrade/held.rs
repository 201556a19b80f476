//! An older server takes what newer apps write, and holds what it does not know yet; upgraded, it releases it.

use serde_json::json;
use zhucun_client::Write;
use zhucun_tests::{agreement, server::Database};

use crate::fixture::{District, HOUSEHOLDS, INSPECTION, codes};

/// A checklist that the office publishes only after the upgrade.
const TEMPLATE: &str = "spot@1";

#[tokio::test]
async fn what_an_older_server_held_the_upgraded_one_releases_on_sqlite() {
    held_and_released(Database::Sqlite).await;
}

#[tokio::test]
async fn what_an_older_server_held_the_upgraded_one_releases_on_postgres() {
    held_and_released(Database::Postgres).await;
}

async fn held_and_released(database: Database) {
    let mut district = District::of(database, "household@1,finding@0").await;
    let (mut phone, other) = (district.phone("i-01", 901).await, district.phone("i-02", 902).await);
    let response = mobile_schema::derived_id("response", &["visit-901", "spot"]);
    let household = |id: &str, fields| Write::new(HOUSEHOLDS, "household", id, fields);
    let writes = [
        Write::new(INSPECTION, "finding", "f-901", json!({"type": "problem", "title": "台账不全"})),
        household("new-901", json!({"name": "陈某", "note": "新版应用"})),
        // As an app of last year writes: this the older server knows.
        household("old-901", json!({"name": "李某", "notes": "旧版应用"})).version(1),
        Write::new(INSPECTION, "response", &response, json!({"i.seen": true})).tpl(TEMPLATE),
    ];
    phone.engine.write_many(&writes).unwrap();
    phone.sync().await.unwrap();

    // All is acknowledged; what waits is told to who wrote it, and to the office.
    assert!(phone.engine.is_drained().unwrap());
    assert_eq!(codes(&phone), ["unknown_kind", "unknown_template", "unknown_version"]);
    district.held(3).await;
    let old = district.office.record((HOUSEHOLDS, "household", "old-901")).await.unwrap();
    assert_eq!((&old["f"]["notes"], &old["v"]), (&json!("旧版应用"), &json!(null)), "shown as that build knows it");
    other.sync().await.unwrap();
    assert_eq!(other.shown((INSPECTION, "finding", "f-901"), "title").unwrap(), json!(null));
    let before = district.lines(phone.engine.install().unwrap()).await;

    district.upgrade().await;
    phone.reaches(&district.server.url()).unwrap();
    district.held(1).await;
    let template = json!({"key": "spot", "version": 1, "title": "抽查", "sections": [{"title": "在岗", "items": [
        {"key": "seen", "type": "yes_no", "label": "见到队员"}]}]});
    district.office.write(("zjedz/roster", "checklist_template", TEMPLATE), template).await.unwrap();
    district.held(0).await;

    // Whoever wrote it learns that it counts; all see it; the old app's words stand where the new one looks for them.
    phone.sync().await.unwrap();
    assert_eq!(codes(&phone), Vec::<String>::new());
    other.sync().await.unwrap();
    assert_eq!(other.shown((INSPECTION, "finding", "f-901"), "title").unwrap(), json!("台账不全"));
    assert_eq!(other.shown((INSPECTION, "response", &response), "i.seen").unwrap(), json!(true));
    assert_eq!(other.shown((HOUSEHOLDS, "household", "new-901"), "note").unwrap(), json!("新版应用"));
    assert_eq!(other.shown((HOUSEHOLDS, "household", "old-901"), "note").unwrap(), json!("旧版应用"));
    let old = district.office.record((HOUSEHOLDS, "household", "old-901")).await.unwrap();
    assert_eq!((&old["f"], &old["v"]), (&json!({"name": "李某", "note": "旧版应用"}), &json!(2)));
    assert_eq!(
        &district.lines(phone.engine.install().unwrap()).await[..before.len()],
        before,
        "lines stay as they were"
    );
    let agreed = agreement::compare(&[&phone, &other], &district.office).await.unwrap();
    assert!(agreed.shared > 2 && agreed.differences.is_empty(), "{:?}", agreed.differences);
    district.end().await;
}
