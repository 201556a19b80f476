//! Erasing at the desk: what goes, what stays, who may, and that it stays gone.

use reqwest::Method;
use serde_json::{Value, json};
use zhucun_tests::{
    answer::Answer,
    raw::RawPhone,
    server::Database,
    wait::{self, Seen},
};

use crate::fixture::{Desk, HOUR, desk, desk_on};

fn own_scope(member: &str) -> String {
    format!("zjedz.p.{member}/own")
}

fn asked(what: &Value) -> Value {
    let mut ask = json!({"basis": "consent_withdrawn", "reason": "本人要求删除"});
    for (member, value) in what.as_object().into_iter().flatten() {
        ask[member] = value.clone();
    }
    ask
}

/// The dry run of that request, and then the request itself.
async fn erase(desk: &Desk, what: Value) -> (Value, Value) {
    let mut ask = asked(&what);
    let dry = desk.office.post("/v1/erasures", ask.clone()).await.unwrap();
    assert_eq!((&dry["done"], &dry["undoable"]), (&json!(false), &json!(false)));
    ask["confirm"] = dry["confirm"].clone();
    let done = desk.office.post("/v1/erasures", ask).await.unwrap();
    assert_eq!((&done["done"], &done["count"]), (&json!(true), &dry["count"]));
    (dry, done)
}

async fn leave(phone: &mut RawPhone, id: &str, reason: &str) -> Vec<u8> {
    let line = phone.line(&format!("{}/own", phone.person), "leave", id, &json!({"reason": reason}));
    phone.push(std::slice::from_ref(&line)).await.unwrap();
    line
}

#[tokio::test]
async fn a_record_is_erased_for_good_and_everyone_is_told_by_whom_and_why() {
    one_record(desk().await, 701).await;
}

#[tokio::test]
async fn likewise_on_postgres() {
    one_record(desk_on(Database::Postgres).await, 702).await;
}

async fn one_record(desk: Desk, seed: u64) {
    let mut phone = desk.raw("m-0005", seed).await;
    let (scope, id) = (own_scope("m-0005"), format!("l-{seed}"));
    let before = phone.clone();
    let line = leave(&mut phone, &id, "重病在身").await;
    let dot = desk.record(&scope, "leave", &id).await["by"][0][0].clone();
    let name = json!({"scope": scope, "kind": "leave", "id": id});

    let (dry, _) = erase(&desk, json!({"record": name})).await;
    assert_eq!((&dry["count"], &dry["kept"]), (&json!(1), &json!(0)));
    assert_eq!(dry["kinds"], json!({"leave": {"operations": 1, "records": 1}}));
    assert_eq!((&dry["from"], &dry["to"]), (&json!(phone.now_ms), &json!(phone.now_ms)));
    desk.lacks(&scope, "leave", &id).await;

    // Sent again it is acknowledged, and stays erased.
    let mut again = before;
    again.push(&[line]).await.unwrap();
    desk.lacks(&scope, "leave", &id).await;
    let told = desk.server.succeeds(&["verify"]).await.unwrap();
    let by = desk.record(&scope, "erasure", dot.as_str().unwrap()).await["by"][0].clone();
    let sentence = format!("line {} was erased by {}, zjedz.p.o-01, \"本人要求删除\"", again.tip.0, text_of(&by[0]));
    assert!(told.contains(&sentence) && told.contains("clean"), "{told}");

    let listed = erasures(&desk).await;
    let one = listed.iter().find(|one| one["dot"] == dot).expect("it is listed");
    assert_eq!((&one["scope"], &one["kind"], &one["id"]), (&json!(scope), &json!("leave"), &json!(id)));
    assert_eq!((&one["reason"], &one["basis"]), (&json!("本人要求删除"), &json!("consent_withdrawn")));
    assert_eq!(one["by"][0]["person"], "zjedz.p.o-01");
    assert!(one["by"][0]["at"].is_i64());

    // It is not undone, and not done twice.
    let undo = json!({"dots": [by[0]]});
    desk.answer(&desk.office, "/v1/undo", undo).await.refused(409, "not_decidable");
    let (nothing, _) = erase(&desk, json!({"record": name})).await;
    assert_eq!(nothing["count"], 0);
    desk.end();
}

fn text_of(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// All pages of the list.
async fn erasures(desk: &Desk) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut query = vec![("limit", "2")];
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page = desk.office.get("/v1/erasures", &query).await.unwrap();
        all.extend(page["erasures"].as_array().cloned().unwrap_or_default());
        cursor = page["next"].as_str().map(str::to_owned);
        if cursor.is_none() {
            return all;
        }
    }
}

#[tokio::test]
async fn what_is_of_a_person_is_their_own_scope_and_what_their_phones_wrote_in_a_span() {
    let desk = desk().await;
    let mut phone = desk.raw("m-0006", 703).await;
    let (own, at) = (own_scope("m-0006"), phone.now_ms);
    phone.now_ms = at - 5 * HOUR;
    leave(&mut phone, "l-early", "早先的事").await;
    phone.now_ms = at;
    leave(&mut phone, "l-late", "后来的事").await;
    let person = phone.person.clone();
    let written = json!({"from": at - HOUR, "to": at + HOUR});
    let (dry, _) = erase(&desk, json!({"person": {"person": person, "written": written}})).await;
    assert_eq!(dry["count"], 1);
    desk.lacks(&own, "leave", "l-late").await;
    assert_eq!(desk.record(&own, "leave", "l-early").await["f"]["reason"], "早先的事");

    let (dry, _) = erase(&desk, json!({"person": {"person": person, "own": true}})).await;
    assert_eq!(dry["kinds"]["leave"]["operations"], 1, "{dry}");
    assert!(dry["kept"].as_u64().is_some_and(|kept| kept > 0), "the enrolment stays: {dry}");
    desk.lacks(&own, "leave", "l-early").await;
    phone.push(&[phone.line(&own, "leave", "l-new", &json!({"reason": "新的事"}))]).await.unwrap();
    assert_eq!(desk.record(&own, "leave", "l-new").await["by"][0][1], person, "the phone goes on");
    desk.end();
}

#[tokio::test]
async fn only_who_runs_the_place_erases_and_says_why_and_confirms_what_it_is_now() {
    let desk = desk().await;
    let mut phone = desk.raw("m-0007", 704).await;
    let own = own_scope("m-0007");
    leave(&mut phone, "l-1", "事一").await;
    let what = json!({"record": {"scope": own, "kind": "leave", "id": "l-1"}});
    let manager = desk.as_user("manager").await;
    desk.answer(&manager, "/v1/erasures", asked(&what)).await.refused(403, "forbidden");
    let elsewhere = json!({"record": {"scope": "110000/roster", "kind": "person", "id": "x"}});
    desk.answer(&desk.office, "/v1/erasures", asked(&elsewhere)).await.refused(403, "forbidden");
    let unknown = json!({"record": {"scope": own, "kind": "leave", "id": "l-none"}});
    desk.answer(&desk.office, "/v1/erasures", asked(&unknown)).await.refused(404, "not_found");
    for (member, wrong) in
        [("reason", json!("  ")), ("person", json!({"person": phone.person})), ("record", Value::Null)]
    {
        let mut ask = asked(&what);
        ask[member] = wrong;
        desk.answer(&desk.office, "/v1/erasures", ask).await.refused(400, "bad_request");
    }
    let mut ask = asked(&what);
    let dry = desk.office.post("/v1/erasures", ask.clone()).await.unwrap();
    leave(&mut phone, "l-1", "事二").await;
    ask["confirm"] = dry["confirm"].clone();
    desk.answer(&desk.office, "/v1/erasures", ask).await.refused(409, "changed_meanwhile");
    assert_eq!(desk.record(&own, "leave", "l-1").await["f"]["reason"], "事二");
    // Erasures are written by erasing alone.
    let forged = json!({"scope": own, "kind": "erasure", "id": "x", "fields": {"reason": "x"}});
    desk.answer(&desk.office, "/v1/operations", forged).await.refused(409, "not_decidable");
    desk.end();
}

#[tokio::test]
async fn a_photo_that_only_erased_records_promised_goes_and_is_not_taken_again() {
    let desk = desk().await;
    let mut phone = desk.raw("m-0008", 705).await;
    let own = own_scope("m-0008");
    let bytes = b"\xff\xd8\xff a face".as_slice();
    let hash = hex::encode(sync_protocol::ids::sha256(&[bytes]));
    let promise = |phone: &RawPhone, name: &str| {
        let fields = json!({"sha256": hash, "size": bytes.len(), "media_type": "image/jpeg"});
        phone.line(&own, "photo", &phone.own_id(name), &fields)
    };
    phone.push(&[promise(&phone, "one"), promise(&phone, "two")]).await.unwrap();
    let token = phone.token().await.unwrap();
    assert_eq!(upload(&phone, &token, bytes, &hash).await.status, 201);
    let file = desk.server.data().join("media");
    let stored = || walk(&file).iter().any(|path| path.to_string_lossy().contains(&hash[..8]));
    assert!(stored(), "it is kept by its hash");

    let erase_photo = async |name: &str| {
        erase(&desk, json!({"record": {"scope": own, "kind": "photo", "id": phone.own_id(name)}})).await;
        desk.office.settled().await.unwrap();
    };
    erase_photo("one").await;
    assert!(stored(), "another record promises it");
    erase_photo("two").await;
    wait::until("the bytes to be gone", async || Ok(Seen::when(!stored(), "still there"))).await.unwrap();

    let refused = upload(&phone, &token, bytes, &hash).await;
    refused.refused(410, "photo_erased");
    let missing = phone.request(Method::POST, "/v1/media/missing", &token).json(&json!({"hashes": [hash]}));
    let told = Answer::to(missing).await.unwrap().success().unwrap();
    assert_eq!((&told["erased"], &told["missing"]), (&json!([hash]), &json!([])));

    // A record that promises it anew is another decision of somebody's.
    phone.push(&[promise(&phone, "three")]).await.unwrap();
    assert_eq!(upload(&phone, &token, bytes, &hash).await.status, 201);
    assert!(stored());
    desk.end();
}

/// One request that creates an upload and brings its bytes.
async fn upload(phone: &RawPhone, token: &str, bytes: &[u8], hash: &str) -> Answer {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let begin = phone
        .request(Method::POST, "/v1/media/uploads", token)
        .header("tus-resumable", "1.0.0")
        .header("upload-length", bytes.len())
        .header("upload-metadata", format!("sha256 {}", STANDARD.encode(hash)));
    let begun = Answer::to(begin).await.unwrap();
    if let Some(location) = begun.header("location") {
        let send = phone
            .request(Method::PATCH, location, token)
            .header("tus-resumable", "1.0.0")
            .header("upload-offset", 0)
            .header("content-type", "application/offset+octet-stream");
        assert_eq!(Answer::to(send.body(bytes.to_vec())).await.unwrap().status, 204);
    }
    begun
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let below = |path: std::path::PathBuf| if path.is_dir() { walk(&path) } else { vec![path] };
    entries.flat_map(|entry| below(entry.path())).collect()
}
