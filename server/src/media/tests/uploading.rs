//! Uploads as phones on bad links make them, and as nobody should.

use axum::{
    body::{Body, Bytes},
    http::{Method, StatusCode},
};
use futures::{StreamExt as _, channel::mpsc};
use sync_protocol::ids::sha256;

use super::world::{LI, OTHER_SCOPE, SCOPE, WANG, World, cut, metadata, picture};

#[tokio::test]
async fn an_upload_cut_twenty_times_resumes_at_the_byte() {
    let world = World::new().await;
    let bytes = picture(200_003);
    let hash = world.promise(SCOPE, &bytes, None).await;
    let url = world.begin(LI, &hash, bytes.len()).await;
    let mut at = 0;
    for round in 1..=20 {
        world.patch(LI, &url, at as u64, cut(&bytes[at..at + 9_001])).await;
        let head = world.head(LI, &url).await;
        assert_eq!((head.status, head.offset()), (StatusCode::OK, round * 9_001), "all that came is kept");
        assert_eq!((head.header("upload-length"), head.header("cache-control")), (Some("200003"), Some("no-store")));
        at = head.offset() as usize;
    }
    let missing = world.missing(&[hash]).await;
    assert_eq!(missing["uploads"][hex::encode(hash)]["url"], url);
    assert_eq!(missing["uploads"][hex::encode(hash)]["offset"], at);
    let last = world.patch(LI, &url, at as u64, Body::from(bytes[at..].to_vec())).await;
    assert_eq!((last.status, last.offset()), (StatusCode::NO_CONTENT, 200_003));
    assert_eq!(world.missing(&[hash]).await["complete"][0], hex::encode(hash));
    assert_eq!(world.get(&format!("/v1/media/{}", hex::encode(hash)), &[]).await.body, bytes);
    assert_eq!((world.inbox_files(), world.blob_files()), (0, 1), "nothing is left behind");
    // The client that lost the last answer asks again, and sends again.
    assert_eq!(world.head(LI, &url).await.offset(), 200_003);
    assert_eq!(world.patch(LI, &url, 200_003, Body::empty()).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn bytes_that_were_not_promised_are_told_apart_from_a_bad_link_and_dropped() {
    let world = World::new().await;
    let bytes = picture(1_000);
    let hash = world.promise(SCOPE, &bytes, None).await;
    let url = world.begin(LI, &hash, bytes.len()).await;
    let answer = world.patch(LI, &url, 0, Body::from(vec![1; 1_000])).await;
    assert_eq!(answer.problem(), (460, "wrong_hash".into()));
    assert_eq!(answer.json()["sha256"], hex::encode(sha256(&[&[1; 1_000]])));
    assert_eq!(world.head(LI, &url).await.status, StatusCode::GONE);
    assert_eq!((world.inbox_files(), world.blob_files()), (0, 0));
    world.upload(&bytes).await;
}

#[tokio::test]
async fn nothing_goes_past_the_length() {
    let world = World::new().await;
    let bytes = picture(1_000);
    let hash = world.promise(SCOPE, &bytes, None).await;
    let url = world.begin(LI, &hash, bytes.len()).await;
    let headers = [
        ("tus-resumable", "1.0.0"),
        ("upload-offset", "0"),
        ("content-type", "application/offset+octet-stream"),
        ("content-length", "1001"),
    ];
    let announced = world.send(LI, Method::PATCH, &url, &headers, Body::from(vec![0; 1_001])).await;
    assert_eq!(announced.problem(), (413, "past_length".into()));
    assert_eq!(world.head(LI, &url).await.offset(), 0);

    let mut too_many = bytes.clone();
    too_many.extend_from_slice(b"more");
    let stream = futures::stream::iter(vec![Ok::<_, std::io::Error>(Bytes::from(too_many))]);
    let unannounced = world.patch(LI, &url, 0, Body::from_stream(stream)).await;
    assert_eq!(unannounced.problem(), (413, "past_length".into()));
    assert_eq!(world.head(LI, &url).await.offset(), 1_000, "what there was room for is right, and verified");
    assert_eq!(world.get(&format!("/v1/media/{}", hex::encode(hash)), &[]).await.body, bytes);
}

#[tokio::test]
async fn an_offset_elsewhere_is_refused_and_says_where() {
    let world = World::new().await;
    let bytes = picture(1_000);
    let hash = world.promise(SCOPE, &bytes, None).await;
    let url = world.begin(LI, &hash, bytes.len()).await;
    for offset in [1, 999, u64::MAX] {
        let answer = world.patch(LI, &url, offset, Body::from("x")).await;
        assert_eq!((answer.problem(), answer.json()["offset"].as_u64()), ((409, "wrong_offset".into()), Some(0)));
    }
    world.patch(LI, &url, 0, Body::from(bytes[..10].to_vec())).await;
    assert_eq!(
        world.patch(LI, &url, 0, Body::from(bytes[..10].to_vec())).await.problem(),
        (409, "wrong_offset".into())
    );
}

#[tokio::test]
async fn who_promised_nothing_uploads_nothing() {
    let world = World::new().await;
    let hash = sha256(&[b"nobody's"]);
    assert_eq!(world.ask(LI, 10, &metadata(&hash)).await.problem(), (403, "not_promised".into()));
    assert_eq!(world.ask("", 10, &metadata(&hash)).await.problem(), (401, "unauthorized".into()));
    assert_eq!(
        world.missing(&[hash]).await,
        serde_json::json!({"missing": [], "uploads": {}, "complete": [], "erased": []})
    );
    assert_eq!(world.inbox_files(), 0);
}

#[tokio::test]
async fn a_colleague_uploads_what_they_carry_and_nobody_writes_anothers_upload() {
    let world = World::new().await;
    let bytes = picture(1_000);
    let hash = world.promise(OTHER_SCOPE, &bytes, None).await;
    let lis = world.begin(LI, &hash, bytes.len()).await;
    assert_eq!(world.patch(WANG, &lis, 0, Body::from(vec![0; 1_000])).await.problem(), (410, "upload_gone".into()));
    assert_eq!(world.head(WANG, &lis).await.status, StatusCode::GONE);
    let wangs = world.begin(WANG, &hash, bytes.len()).await;
    assert_eq!(world.patch(WANG, &wangs, 0, Body::from(bytes)).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.head(LI, &lis).await.offset(), 1_000, "what came by another upload need not come again");
    assert_eq!((world.inbox_files(), world.blob_files()), (0, 1));
}

#[tokio::test]
async fn two_uploads_of_one_photo_at_once_end_as_one() {
    let world = World::new().await;
    let bytes = picture(300_000);
    let hash = world.promise(SCOPE, &bytes, None).await;
    let one = world.begin(LI, &hash, bytes.len()).await;
    let other = world.begin(LI, &hash, bytes.len()).await;
    assert_ne!(one, other);
    let (a, b) = tokio::join!(
        world.patch(LI, &one, 0, Body::from(bytes.clone())),
        world.patch(LI, &other, 0, Body::from(bytes.clone()))
    );
    assert_eq!((a.status, b.status), (StatusCode::NO_CONTENT, StatusCode::NO_CONTENT));
    assert_eq!((world.inbox_files(), world.blob_files()), (0, 1));
}

#[tokio::test]
async fn of_two_requests_on_one_upload_one_writes() {
    let world = World::new().await;
    let bytes = picture(1_000);
    let hash = world.promise(SCOPE, &bytes, None).await;
    let url = world.begin(LI, &hash, bytes.len()).await;
    let (send, receive) = mpsc::unbounded::<Bytes>();
    let slow = world.patch(LI, &url, 0, Body::from_stream(receive.map(Ok::<_, std::io::Error>)));
    let fast = async {
        send.unbounded_send(Bytes::copy_from_slice(&bytes[..100])).unwrap();
        world.until_offset(LI, &url, 100).await;
        let answer = world.patch(LI, &url, 100, Body::from("intruding")).await;
        assert_eq!((answer.problem(), answer.header("retry-after")), ((423, "upload_locked".into()), Some("2")));
        assert_eq!(
            world.send(LI, Method::DELETE, &url, &[("tus-resumable", "1.0.0")], Body::empty()).await.status,
            StatusCode::LOCKED
        );
        send.unbounded_send(Bytes::copy_from_slice(&bytes[100..])).unwrap();
        drop(send);
    };
    let (slow, ()) = tokio::join!(slow, fast);
    assert_eq!(slow.status, StatusCode::NO_CONTENT);
    assert_eq!(world.get(&format!("/v1/media/{}", hex::encode(hash)), &[]).await.body, bytes);
}

#[tokio::test]
async fn tricks_in_names_reach_no_file() {
    let world = World::new().await;
    std::fs::write(world.dir.path().join("secret"), "secret").unwrap();
    for id in [
        "..%2F..%2Fsecret",
        "....",
        "%2e%2e",
        "%00",
        "%ff",
        "AB012345678901234567890123456789",
        "0123456789012345678901234567890/",
    ] {
        let url = format!("/v1/media/uploads/{id}");
        assert_eq!(world.head(LI, &url).await.status, StatusCode::NOT_FOUND, "{id}");
        assert_eq!(world.patch(LI, &url, 0, Body::from("x")).await.status, StatusCode::NOT_FOUND, "{id}");
        assert_eq!(world.get(&format!("/v1/media/{id}"), &[]).await.status, StatusCode::NOT_FOUND, "{id}");
    }
    let bad = world.ask(LI, 10, "sha256 Li4vLi4vc2VjcmV0").await;
    assert_eq!(bad.problem(), (400, "bad_request".into()));
    assert_eq!(std::fs::read(world.dir.path().join("secret")).unwrap(), b"secret");
    assert_eq!(world.inbox_files(), 0);
}

#[tokio::test]
async fn what_is_not_tus_is_told_so() {
    let world = World::new().await;
    let bytes = picture(100);
    let hash = world.promise(SCOPE, &bytes, None).await;
    let options = world.send("", Method::OPTIONS, "/v1/media/uploads", &[], Body::empty()).await;
    assert_eq!(options.status, StatusCode::NO_CONTENT);
    assert_eq!((options.header("tus-version"), options.header("tus-max-size")), (Some("1.0.0"), Some("1000000")));
    assert_eq!(
        options.header("tus-extension"),
        Some("creation,creation-with-upload,creation-defer-length,checksum,concatenation,expiration,termination")
    );
    assert_eq!(options.header("tus-checksum-algorithm"), Some("sha1,sha256"));

    let old = [("tus-resumable", "0.2.2"), ("upload-length", "100"), ("upload-metadata", &metadata(&hash))];
    let refused = world.send(LI, Method::POST, "/v1/media/uploads", &old, Body::empty()).await;
    assert_eq!((refused.problem(), refused.header("tus-version")), ((412, "tus_version".into()), Some("1.0.0")));
    assert_eq!(world.ask(LI, 1_000_001, &metadata(&hash)).await.problem(), (413, "photo_too_large".into()));
    assert_eq!(world.ask(LI, 0, &metadata(&hash)).await.problem(), (400, "bad_request".into()));

    let url = world.begin(LI, &hash, bytes.len()).await;
    let plain = [("tus-resumable", "1.0.0"), ("upload-offset", "0"), ("content-type", "image/jpeg")];
    let answer = world.send(LI, Method::PATCH, &url, &plain, Body::from("x")).await;
    assert_eq!(answer.problem(), (415, "unsupported_media".into()));
    let nowhere = [("tus-resumable", "1.0.0"), ("content-type", "application/offset+octet-stream")];
    assert_eq!(
        world.send(LI, Method::PATCH, &url, &nowhere, Body::from("x")).await.problem(),
        (400, "bad_request".into())
    );
    assert_eq!(world.head("", &url).await.status, StatusCode::UNAUTHORIZED);

    let posted = [
        ("tus-resumable", "1.0.0"),
        ("upload-offset", "0"),
        ("content-type", "application/offset+octet-stream"),
        ("x-http-method-override", "PATCH"),
    ];
    assert_eq!(world.send(LI, Method::POST, &url, &posted, Body::from(bytes)).await.offset(), 100);
    assert_eq!(
        world.send(LI, Method::POST, &url, &posted[..1], Body::empty()).await.problem(),
        (405, "method_not_allowed".into())
    );
}

#[tokio::test]
async fn an_upload_can_be_ended_and_forgotten_ones_do_not_pile_up() {
    let world = World::new().await;
    let bytes = picture(100);
    let hash = world.promise(SCOPE, &bytes, None).await;
    let url = world.begin(LI, &hash, bytes.len()).await;
    let ended = world.send(LI, Method::DELETE, &url, &[("tus-resumable", "1.0.0")], Body::empty()).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    assert_eq!((world.head(LI, &url).await.status, world.inbox_files()), (StatusCode::GONE, 0));
    for _ in 0..10 {
        world.begin(LI, &hash, bytes.len()).await;
    }
    assert_eq!(world.inbox_files(), 4);
}
