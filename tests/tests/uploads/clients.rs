//! Stock clients, unchanged, over a connection that is cut twenty times in one photo of 8 MB.

use std::path::PathBuf;

use rand::{RngCore as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use zhucun_tests::{
    clients::StockClient::{self, TusJs, TusPy},
    office::Office,
    photo::Photo,
    rough::Rough,
    server::{Database, Server, binary},
};

const LENGTH: usize = 8 << 20;
const CUTS: usize = 20;

static SERVER: OnceCell<Server> = OnceCell::const_new();

async fn server() -> &'static Server {
    SERVER.get_or_init(async || Server::demo(&binary(), Database::Sqlite).await.expect("the server starts")).await
}

/// The member of that number promises 8 MB, which lie in a file too.
async fn photo(server: &Server, number: u64) -> (Photo, PathBuf) {
    let mut bytes = vec![0; LENGTH];
    StdRng::seed_from_u64(number).fill_bytes(&mut bytes);
    let file = server.scratch().join(format!("{number}.jpg"));
    std::fs::write(&file, &bytes).unwrap();
    let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await.unwrap();
    (Photo::promised(server, &office, number, bytes).await.unwrap(), file)
}

/// It gets there, byte for byte, and what had arrived is not sent again, up to what a slow machine had still to write when it was asked.
async fn arrives(server: &Server, number: u64, client: StockClient, door: &str, at_once: usize, options: Value) {
    let (photo, file) = photo(server, number).await;
    let rough = Rough::before(server.port()).await.unwrap();
    rough.breaks_each(LENGTH / at_once / (CUTS / at_once + 2), CUTS);
    let url = format!("http://127.0.0.1:{}{door}", rough.port());
    let at = client.upload(&photo, &file, &url, options).await.unwrap();
    assert!(at.contains(door), "{at}");
    assert_eq!(rough.breaks_left(), 0, "the connection was not cut often enough");
    photo.receipt().await.unwrap().success().expect("a receipt");
    let there = photo.get("", &[]).await.unwrap().bytes().await.unwrap();
    assert!(there == photo.bytes, "other bytes than were sent");
    let times = rough.sent() as f64 / LENGTH as f64;
    println!("{client:?} {door}: cut {CUTS} times, {times:.4} times as much sent as the photo has");
    assert!(times < 2.0, "what had arrived was sent again: {times}");
    server.assert_clean_log();
}

#[tokio::test(flavor = "multi_thread")]
async fn tus_js_client_gets_through_twenty_cuts() {
    arrives(server().await, 60, TusJs, "/v1/media/uploads", 1, json!({})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tus_js_client_in_four_parts_at_once_gets_through_twenty_cuts() {
    let server = Server::demo(&binary(), Database::Postgres).await.unwrap();
    arrives(&server, 61, TusJs, "/v1/media/uploads", 4, json!({"parallelUploads": 4})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tus_js_client_that_may_only_post_and_sends_with_the_creation_gets_through_twenty_cuts() {
    let options = json!({"overridePatchMethod": true, "uploadDataDuringCreation": true, "chunkSize": 300_000});
    arrives(server().await, 62, TusJs, "/v1/media/uploads", 1, options).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tus_js_client_speaks_the_successor_in_both_versions_through_twenty_cuts() {
    arrives(server().await, 63, TusJs, "/v1/media/resumable", 1, json!({"protocol": "ietf-draft-05"})).await;
    arrives(server().await, 64, TusJs, "/v1/media/resumable", 1, json!({"protocol": "ietf-draft-03"})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tuspy_with_checksums_gets_through_twenty_cuts() {
    arrives(server().await, 65, TusPy, "/v1/media/uploads", 1, json!({"upload_checksum": true})).await;
}
