//! Who gets which bytes, and what is told of those that are not here.

use axum::{
    body::Body,
    http::{Method, StatusCode},
};
use serde_json::json;
use sync_protocol::{ids::sha256, sign::Purpose};

use super::world::{LI, OTHER_SCOPE, SCOPE, World, picture};

#[tokio::test]
async fn a_range_is_a_part_and_a_tag_saves_the_rest() {
    let world = World::new().await;
    let bytes = picture(150_000);
    let hash = world.promise(SCOPE, &bytes, None).await;
    world.upload(&bytes).await;
    let url = format!("/v1/media/{}", hex::encode(hash));
    let etag = format!("\"{}\"", hex::encode(hash));

    let whole = world.get(&url, &[]).await;
    assert_eq!((whole.status, whole.header("etag")), (StatusCode::OK, Some(&*etag)));
    assert_eq!((whole.header("content-length"), whole.header("accept-ranges")), (Some("150000"), Some("bytes")));
    assert_eq!(whole.body, bytes);

    let part = world.get(&url, &[("range", "bytes=100000-100009")]).await;
    assert_eq!(
        (part.status, part.header("content-range")),
        (StatusCode::PARTIAL_CONTENT, Some("bytes 100000-100009/150000"))
    );
    assert_eq!((&part.body[..], part.header("content-length")), (&bytes[100_000..100_010], Some("10")));
    assert_eq!(world.get(&url, &[("range", "bytes=-5")]).await.body, bytes[149_995..]);
    assert_eq!(world.get(&url, &[("range", "bytes=0-1"), ("if-range", "\"old\"")]).await.status, StatusCode::OK);
    let beyond = world.get(&url, &[("range", "bytes=150000-")]).await;
    assert_eq!((beyond.problem(), beyond.header("content-range")), ((416, "bad_range".into()), Some("bytes */150000")));

    let known = world.get(&url, &[("if-none-match", &etag)]).await;
    assert_eq!((known.status, known.body.len()), (StatusCode::NOT_MODIFIED, 0));
    let head = world.send(LI, Method::HEAD, &url, &[], Body::empty()).await;
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (StatusCode::OK, Some("150000"), 0));
}

#[tokio::test]
async fn bytes_are_served_as_what_they_are_and_never_as_what_a_record_says() {
    let world = World::new().await;
    let page = b"<html><script>alert(1)</script>".to_vec();
    let photo = picture(100);
    for (bytes, media_type, disposition) in
        [(&page, "application/octet-stream", "attachment"), (&photo, "image/jpeg", "inline")]
    {
        let hash = world.promise(SCOPE, bytes, None).await;
        world.upload(bytes).await;
        let answer = world.get(&format!("/v1/media/{}", hex::encode(hash)), &[]).await;
        assert_eq!(answer.header("content-type"), Some(media_type));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert!(answer.header("content-disposition").unwrap().starts_with(disposition));
    }
}

#[tokio::test]
async fn to_who_may_not_read_the_record_a_photo_does_not_exist() {
    let world = World::new().await;
    let bytes = picture(100);
    let hash = world.promise(OTHER_SCOPE, &bytes, None).await;
    world.upload(&bytes).await;
    let url = format!("/v1/media/{}", hex::encode(hash));
    let hidden = world.get(&url, &[]).await;
    let absent = world.get(&format!("/v1/media/{}", "00".repeat(32)), &[]).await;
    assert_eq!((hidden.problem(), &hidden.body), ((404, "not_found".into()), &absent.body));
    assert_eq!(world.send("", Method::GET, &url, &[], Body::empty()).await.problem(), (401, "unauthorized".into()));
    assert_eq!(world.get(&format!("/v1/media?scope={OTHER_SCOPE}"), &[]).await.problem(), (403, "forbidden".into()));
    assert_eq!(world.get("/v1/media/pending", &[]).await.json()["people"], json!([]));
    // A record in a scope of theirs that names the same bytes opens them.
    world.promise(SCOPE, &bytes, None).await;
    assert_eq!(world.get(&url, &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_states_of_a_photo_are_told_apart() {
    let world = World::new().await;
    let (bytes, preview) = (picture(2_000), picture(100));
    let hash = world.promise(SCOPE, &bytes, Some(&preview)).await;
    let state = async || world.get(&format!("/v1/media?scope={SCOPE}"), &[]).await.json()["photos"][0].clone();
    let receipt_url = format!("/v1/media/{}/receipt", hex::encode(hash));

    assert_eq!((&state().await["state"], &state().await["has_preview"]), (&json!("promised"), &json!(false)));
    assert_eq!(
        world.get("/v1/media/pending", &[]).await.json()["people"],
        json!([{"person": LI, "photos": 1, "previews": 0, "bytes": 2_000, "oldest_ms": 1_700_000_000_000_i64}])
    );
    assert_eq!(world.get(&format!("/v1/media/{}", hex::encode(hash)), &[]).await.problem(), (404, "not_found".into()));
    world.upload(&preview).await;
    assert_eq!(state().await["state"], "preview");
    assert_eq!(world.get("/v1/media/pending", &[]).await.json()["people"][0]["previews"], 1);

    // All bytes are here, and the process died before it looked at them.
    let url = world.begin(LI, &hash, bytes.len()).await;
    let id = url.rsplit('/').next().unwrap();
    std::fs::write(world.dir.path().join("media/uploads").join(id), &bytes).unwrap();
    assert_eq!(state().await["state"], "received");
    assert_eq!(world.get(&receipt_url, &[]).await.problem(), (404, "not_found".into()), "received is not complete");

    assert_eq!(world.head(LI, &url).await.offset(), 2_000);
    assert_eq!(state().await["state"], "complete");
    assert_eq!(world.get("/v1/media/pending", &[]).await.json()["people"], json!([]));

    let receipt = world.get(&receipt_url, &[]).await.json();
    let text = |name: &str| receipt[name].as_str().map_or_else(|| receipt[name].to_string(), str::to_owned);
    let parts = [text("sha256"), text("size"), text("at"), text("epoch")];
    let key = &world.media.keys.public[0];
    assert!(key.verifies(Purpose::Photo, &parts.each_ref().map(String::as_str), &text("sig")));
    assert_eq!((parts[1].as_str(), text("kid")), ("2000", key.kid()));
}

#[tokio::test]
async fn a_question_that_is_none_is_told_so() {
    let world = World::new().await;
    let ask = async |body: String| {
        world
            .send(LI, Method::POST, "/v1/media/missing", &[("content-type", "application/json")], Body::from(body))
            .await
            .problem()
    };
    let bad = (400, "bad_request".to_owned());
    for body in
        ["", "{", "[]", r#"{"hashes":[1]}"#, r#"{"hashes":["../x"]}"#, r#"{"hashes":"x"}"#, "{\"hashes\":[\"\u{0}\"]}"]
    {
        assert_eq!(ask(body.to_owned()).await, bad, "{body}");
    }
    let many = vec![hex::encode(sha256(&[b"x"])); 1_001];
    assert_eq!(ask(json!({ "hashes": many }).to_string()).await, (413, "body_too_large".into()));
    assert_eq!(world.get("/v1/media", &[]).await.problem(), bad);
    assert_eq!(world.get(&format!("/v1/media?scope={SCOPE}&limit=x"), &[]).await.problem(), bad);
}
