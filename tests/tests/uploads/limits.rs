//! Uploads that ask for too much, or for what they have no right to any more.

use reqwest::{Body, Client, Method};
use serde_json::json;
use zhucun_tests::{
    answer::Answer,
    load::process::most_memory,
    office::Office,
    photo::Photo,
    server::{Database, Server, binary},
};

async fn office(server: &Server) -> Office {
    Office::sign_in(&server.url(), "office", "zhucun-demo").await.expect("the office signs in")
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_megabytes_go_through_little_memory() {
    const LENGTH: usize = 200_000_000;
    let mut server = Server::new(&binary(), Database::Sqlite).unwrap();
    server.set("ZHUCUN_MAX_PHOTO_BYTES", &LENGTH.to_string());
    server.succeeds(&["demo"]).await.unwrap();
    server.start().await.unwrap();
    let bytes: Vec<u8> = (0..LENGTH as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let photo = Photo::promised(&server, &office(&server).await, 1, bytes).await.unwrap();
    let upload = photo.begin().await.unwrap();
    let before = most_memory(server.process().unwrap()).unwrap();
    let answer = photo.patch(&upload, 0, &photo.bytes).await.unwrap();
    assert_eq!((answer.status, answer.header("upload-offset")), (204, Some(&*LENGTH.to_string())), "{}", answer.text);
    let after = most_memory(server.process().unwrap()).unwrap();
    println!("{LENGTH} bytes: VmHWM was {before} bytes before and is {after} bytes after");
    assert!(after - before < 32 << 20, "{before} {after}");
    photo.receipt().await.unwrap().success().expect("a receipt");
    server.assert_clean_log();
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_parts_are_refused_and_harm_nobody() {
    let server = Server::demo(&binary(), Database::Sqlite).await.unwrap();
    let photo = Photo::promised(&server, &office(&server).await, 2, vec![7; 1_000]).await.unwrap();
    let upload = photo.begin().await.unwrap();
    let final_of = async |parts: usize| {
        let request = Client::new().request(Method::POST, format!("{}/v1/media/uploads", server.url()));
        let request = request.bearer_auth(&photo.token).header("tus-resumable", "1.0.0");
        let concat = format!("final;{}", vec![upload.as_str(); parts].join(" "));
        Answer::to(request.header("upload-concat", concat)).await.expect("an answer")
    };
    assert_eq!(final_of(10_000).await.status, 431, "such headers are not even read");
    final_of(1_000).await.refused(400, "bad_request");
    assert_eq!(photo.patch(&upload, 0, &photo.bytes).await.unwrap().status, 204);
    photo.receipt().await.unwrap().success().expect("a receipt");
    server.assert_clean_log();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_promised_still_arrives_after_its_phone_has_ended() {
    let server = Server::demo(&binary(), Database::Sqlite).await.unwrap();
    let office = office(&server).await;
    let photo = Photo::promised(&server, &office, 3, vec![7; 10_000]).await.unwrap();
    let upload = photo.begin().await.unwrap();
    assert_eq!(photo.patch(&upload, 0, &photo.bytes[..4_000]).await.unwrap().status, 204);
    office.post(&format!("/v1/installs/{}/end", photo.phone.install), json!({})).await.unwrap();
    // Its rights are gone, and what it was promised while they held is evidence all the same.
    assert_eq!(photo.head(&upload).await.unwrap().header("upload-offset"), Some("4000"));
    assert_eq!(photo.patch(&upload, 4_000, &photo.bytes[4_000..]).await.unwrap().status, 204);
    photo.receipt().await.unwrap().success().expect("a receipt");
    // Nothing else of theirs is taken, and of what they sent they see nothing any more.
    let request = Client::new().post(format!("{}/v1/media/uploads", server.url())).bearer_auth(&photo.token);
    let request = request.header("tus-resumable", "1.0.0").header("upload-length", 5);
    let other = sync_protocol::upload::metadata(&"ab".repeat(32));
    Answer::to(request.header("upload-metadata", other).body(Body::default()))
        .await
        .unwrap()
        .refused(403, "not_promised");
    server.assert_clean_log();
}
