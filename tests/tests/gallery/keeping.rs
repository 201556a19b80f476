//! What is due by a rule goes, and what a legal hold covers stays, whatever rules and people say.

use serde_json::{Value, json};
use zhucun_tests::{
    answer::Answer,
    raw::RawPhone,
    server::Database,
    wait::{self, Seen},
};

use crate::fixture::{DATABASES, Gallery, Taken, texts};

const DAY: i64 = 86_400_000;
const SETTINGS: [(&str, &str); 3] =
    [("ZHUCUN_RETENTION_EVERY_S", "1"), ("ZHUCUN_RETENTION_FLOOR_DAYS", "0"), ("ZHUCUN_PURGE_AFTER_S", "1")];
const RULE: (&str, &str, &str) = ("zjedz/roster", "rule", "photos-2026");

fn body(days: u32) -> Value {
    json!({"photos": {"household": {"keep_days": days, "since": "taken"}}})
}

fn rule(days: u32) -> Value {
    json!({"key": "retention", "title": "照片保存期限", "from": "2026-01-01", "body": body(days)})
}

async fn ask(gallery: &Gallery, path: &str, asked: Value) -> Answer {
    Answer::to(gallery.office.request(reqwest::Method::POST, path).json(&asked)).await.expect("an answer")
}

async fn is_listed(gallery: &Gallery, photo: &Taken) -> bool {
    let listed = gallery.office.get("/v1/photos", &[]).await.unwrap();
    texts(&listed["photos"], "photo").contains(&photo.photo)
}

/// Whether any file of the store of photos has these bytes.
fn lies_in_store(gallery: &Gallery, photo: &Taken) -> bool {
    fn walk(folder: &std::path::Path, bytes: &[u8]) -> bool {
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).any(|path| {
            if path.is_dir() { walk(&path, bytes) } else { std::fs::read(&path).is_ok_and(|found| found == bytes) }
        })
    }
    walk(&gallery.server.data().join("media"), &photo.bytes)
}

async fn goes(gallery: &Gallery, photo: &Taken) {
    wait::until("the photo to go", async || {
        let left = is_listed(gallery, photo).await || lies_in_store(gallery, photo);
        Ok(Seen::when(!left, "still there"))
    })
    .await
    .unwrap();
}

async fn stays(gallery: &Gallery, photo: &Taken) -> Value {
    let here = (is_listed(gallery, photo).await, lies_in_store(gallery, photo));
    assert_eq!(here, (true, true), "{}", photo.photo);
    gallery.office.get(&format!("/v1/photos/{}", photo.photo), &[]).await.unwrap()["kept"].clone()
}

#[tokio::test]
async fn a_photo_goes_when_its_rule_says_so_and_not_while_it_is_held() {
    for database in DATABASES {
        let gallery = Gallery::alone(database, &SETTINGS).await;
        let village = gallery.village_of("m-0005").await;
        let mut phone = gallery.phone("i-01", 800).await;
        let (home, inspection) = (format!("{village}/household"), format!("{village}/inspection"));
        let now = phone.now_ms;
        phone.now_ms = now - 3 * DAY;
        phone.push(&[phone.line(&inspection, "visit", "v-1", &json!({"campaign": "c-1"}))]).await.unwrap();
        let of_visit = json!({"subject_kind": "visit", "subject_id": "v-1"});
        let held = gallery.taken_of(&mut phone, (&home, "held"), 801, &of_visit).await;
        let old = gallery.taken(&mut phone, &home, "old", 802).await;
        let other = gallery.taken(&mut phone, &inspection, "other", 803).await;
        phone.now_ms = now;
        let young = gallery.taken(&mut phone, &home, "young", 804).await;

        tried_before_it_takes_effect(&gallery, &village).await;
        let hold = held_by_the_office(&gallery).await;
        let seen = ask(
            &gallery,
            "/v1/retention/preview",
            json!({"by": now + DAY, "rule": {"place": "zjedz", "body": body(2)}}),
        );
        let seen = seen.await.success().unwrap();
        assert_eq!((&seen["count"], &seen["held"]), (&json!(1), &json!(1)));

        gallery.office.write(RULE, rule(2)).await.unwrap();
        goes(&gallery, &old).await;
        assert!(stays(&gallery, &other).await["rule"].is_null(), "no rule speaks of it");
        let kept = stays(&gallery, &young).await;
        assert_eq!(
            (&kept["due"], &kept["because"], &kept["is_held"]),
            (&json!(now + 2 * DAY), &json!("taken"), &json!(false))
        );
        assert_eq!((&kept["rule"]["id"], &kept["clause"]["keep_days"]), (&json!("photos-2026"), &json!(2)));
        let kept = stays(&gallery, &held).await;
        assert_eq!((&kept["is_held"], &kept["holds"][0]["id"]), (&json!(true), &hold["id"]));
        assert_eq!(
            (&kept["because"], kept["due"].as_i64() < Some(now + DAY)),
            (&json!("floor"), true),
            "no sooner than it came"
        );
        nobody_erases_it(&gallery, &phone, &home, &hold).await;
        let printed = gallery.server.succeeds(&["retention"]).await.unwrap();
        assert!(printed.contains(&format!("{village} household: 1 photos")) && printed.contains("1 held"), "{printed}");

        let lifted = ask(&gallery, "/v1/holds/lift", lift(&hold)).await.success().unwrap();
        assert_eq!((&lifted["lifted"]["reason"], &lifted["lifted"]["by"]), (&json!("结案"), &json!("zjedz.p.o-01")));
        ask(&gallery, "/v1/holds/lift", lift(&hold)).await.refused(409, "not_decidable");
        goes(&gallery, &held).await;
        stays(&gallery, &young).await;
        stays(&gallery, &other).await;

        let told = gallery.server.succeeds(&["verify"]).await.unwrap();
        assert!(told.contains("clean") && told.contains("照片保存期限"), "{told}");
        gallery.end().await;
    }
}

fn lift(hold: &Value) -> Value {
    json!({"scope": hold["scope"], "id": hold["id"], "reason": "结案"})
}

/// A dry run says what would go, and what is no rule is refused where it is written.
async fn tried_before_it_takes_effect(gallery: &Gallery, village: &str) {
    let proposed = json!({"rule": {"place": "zjedz", "body": body(2)}});
    let seen = ask(gallery, "/v1/retention/preview", proposed).await.success().unwrap();
    assert_eq!((&seen["count"], &seen["more"]), (&json!(3), &json!(false)), "in 30 days the young one too: {seen}");
    let place = &seen["places"][0];
    assert_eq!((&place["place"], &place["lane"], &place["rule"]), (&json!(village), &json!("household"), &Value::Null));
    for (wrong, why) in [
        (json!({"key": "retention", "from": "2026-01-01", "body": {"photos": {}}}), "says nothing"),
        (json!({"key": "retention", "from": "2026-01-01", "body": {"photos": {"homes": {}}}}), "unknown field"),
        (json!({"key": "retention", "from": "2026-02-01", "to": "2026-01-01", "body": body(2)}), "to: before from"),
        (json!({"key": "retention", "from": "2026-01-01", "body": body(99_999)}), "keep_days: 0 to 36500"),
    ] {
        let asked = json!({"scope": RULE.0, "kind": RULE.1, "id": RULE.2, "fields": wrong});
        let refused = ask(gallery, "/v1/operations", asked).await;
        refused.refused(422, "rule_refused");
        assert!(refused.text.contains(why), "{}", refused.text);
    }
    let seen = ask(gallery, "/v1/retention/preview", json!({})).await.success().unwrap();
    assert_eq!(seen["count"], 0, "nothing of that holds");
}

/// The campaign is held; who does not run the place holds nothing.
async fn held_by_the_office(gallery: &Gallery) -> Value {
    let hold = json!({"place": "zjedz", "campaign": "c-1", "reason": "检察院来函 2026-17"});
    let manager = gallery.manager.request(reqwest::Method::POST, "/v1/holds").json(&hold);
    Answer::to(manager).await.unwrap().refused(403, "forbidden");
    let elsewhere = json!({"place": "110000", "reason": "x"});
    ask(gallery, "/v1/holds", elsewhere).await.refused(403, "forbidden");
    ask(gallery, "/v1/holds", json!({"place": "zjedz", "reason": " "})).await.refused(400, "bad_request");
    ask(gallery, "/v1/holds", json!({"place": "zjedz", "person": "?", "reason": "x"})).await.refused(422, "invalid");
    let placed = ask(gallery, "/v1/holds", hold).await.success().unwrap();
    assert_eq!((&placed["campaign"], &placed["by"]), (&json!("c-1"), &json!("zjedz.p.o-01")));
    assert!(placed["since"].is_i64() && placed["lifted"].is_null());
    let listed = gallery.manager.get("/v1/holds", &[("standing", "true")]).await.unwrap();
    assert_eq!(listed["holds"], json!([placed]));
    let none = gallery.manager.get("/v1/holds", &[("standing", "false")]).await.unwrap();
    assert_eq!(none["holds"], json!([]));
    placed
}

/// Neither the photo nor the hold is erased by a decision, and the hold not written over.
async fn nobody_erases_it(gallery: &Gallery, phone: &RawPhone, home: &str, hold: &Value) {
    let records = [
        json!({"scope": home, "kind": "photo", "id": phone.own_id("held")}),
        json!({"scope": hold["scope"], "kind": "hold", "id": hold["id"]}),
    ];
    for record in &records {
        let asked = json!({"record": record, "basis": "consent_withdrawn", "reason": "本人要求删除"});
        let refused = ask(gallery, "/v1/erasures", asked).await;
        refused.refused(409, "on_hold");
        let told: Value = serde_json::from_str(&refused.text).unwrap();
        assert_eq!((&told["holds"][0]["id"], told["holds"].as_array().map(Vec::len)), (&hold["id"], Some(1)));
    }
    let mut asked = records[1].clone();
    asked["fields"] = json!({"lifted": "x"});
    ask(gallery, "/v1/operations", asked).await.refused(409, "not_decidable");
    let placed = gallery.office.record((text(&hold["scope"]), "hold", text(&hold["id"]))).await.unwrap();
    let decision = json!({"dot": placed["by"][0][0], "decision": "refuse", "reason": "x"});
    ask(gallery, "/v1/decisions", decision).await.refused(409, "not_decidable");
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

#[tokio::test]
async fn what_was_deleted_long_ago_is_not_purged_while_it_is_held() {
    let gallery = Gallery::alone(Database::Sqlite, &SETTINGS).await;
    let village = gallery.village_of("m-0005").await;
    let (mut author, mut another) = (gallery.phone("i-01", 810).await, gallery.phone("i-02", 811).await);
    let scope = format!("{village}/inspection");
    let hold = json!({"place": village, "person": author.person, "reason": "监委来函"});
    let hold = ask(&gallery, "/v1/holds", hold).await.success().unwrap();
    let mut dots = Vec::new();
    for (phone, id) in [(&mut author, "f-held"), (&mut another, "f-free")] {
        phone.push(&[phone.line(&scope, "finding", id, &json!({"title": "账目不清"}))]).await.unwrap();
        let dot = gallery.office.record((&scope, "finding", id)).await.unwrap()["by"][0][0].clone();
        let line = phone.line(&scope, "finding", id, &json!({"_deleted": true}));
        let mut line: Value = serde_json::from_slice(&line).unwrap();
        line["seen"] = json!([dot]);
        phone.push(&[line.to_string().into_bytes()]).await.unwrap();
        dots.push(dot);
    }
    let is_erased = async |dot: &Value| {
        let listed = gallery.office.get("/v1/erasures", &[("limit", "200")]).await.unwrap();
        texts(&listed["erasures"], "dot").iter().any(|erased| dot == erased)
    };
    // One round looks at both, in the order in which they were deleted.
    let purged = async |dot: &Value| {
        wait::until("the purge", async || Ok(Seen::when(is_erased(dot).await, "not yet"))).await.unwrap();
    };
    purged(&dots[1]).await;
    assert!(!is_erased(&dots[0]).await);
    ask(&gallery, "/v1/holds/lift", lift(&hold)).await.success().unwrap();
    purged(&dots[0]).await;
    gallery.end().await;
}
