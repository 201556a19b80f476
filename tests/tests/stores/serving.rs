//! The real server with its photos in a folder and in a store that speaks S3: the same to phones, whatever happens to the store.

use reqwest::header;
use zhucun_tests::{
    office::Office,
    photo::Photo,
    s3::{Mood, S3Server},
    server::{Database, Server, binary},
    wait::{self, Seen},
};

use crate::contract::bytes;

/// A server of the demo district with these settings, running, and who sees all of it.
pub async fn serving(store: Option<&S3Server>, settings: &[(&str, &str)]) -> (Server, Office) {
    let mut server = Server::new(&binary(), Database::Sqlite).unwrap();
    if let Some(store) = store {
        store.settle(&mut server);
        server.set("ZHUCUN_MEDIA_STORE", "s3://zhucun/photos");
    }
    settings.iter().for_each(|(name, value)| server.set(name, value));
    server.succeeds(&["demo"]).await.unwrap();
    server.start().await.unwrap();
    let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await.unwrap();
    (server, office)
}

/// Waits until the server gives a receipt, though nobody sends anything.
async fn until_received(photo: &Photo) {
    wait::until("the photo to be complete", async || {
        let receipt = photo.receipt().await?;
        Ok(Seen::when(receipt.status == 200, receipt.text))
    })
    .await
    .unwrap();
}

async fn whole_way(server: &Server, office: &Office) {
    let photo = Photo::promised(server, office, 1, bytes(1, 300_000)).await.unwrap();
    let upload = photo.begin().await.unwrap();
    let mut wrong = photo.bytes.clone();
    wrong[5_000] ^= 1;
    photo.patch(&upload, 0, &wrong).await.unwrap().refused(460, "wrong_hash");
    photo.receipt().await.unwrap().refused(404, "not_found");
    let upload = photo.begin().await.unwrap();
    assert_eq!(photo.patch(&upload, 0, &photo.bytes[..100_000]).await.unwrap().status, 204);
    photo.receipt().await.unwrap().refused(404, "not_found");
    assert_eq!(photo.head(&upload).await.unwrap().header("upload-offset"), Some("100000"));
    assert_eq!(photo.patch(&upload, 100_000, &photo.bytes[100_000..]).await.unwrap().status, 204);
    let receipt = photo.receipt().await.unwrap().success().unwrap();
    assert_eq!((receipt["size"].as_u64(), receipt["sha256"].as_str()), (Some(300_000), Some(&*photo.sha256)));
    assert_eq!(photo.upload().await.unwrap().status, 204, "twice does no harm");
    assert!(photo.get("", &[]).await.unwrap().bytes().await.unwrap() == photo.bytes);
    let part = photo.get("", &[("range", "bytes=99990-100009")]).await.unwrap();
    assert_eq!(
        (part.status(), part.headers()[header::CONTENT_RANGE].to_str().unwrap()),
        (206.try_into().unwrap(), "bytes 99990-100009/300000")
    );
    assert!(part.bytes().await.unwrap() == photo.bytes[99_990..100_010]);
    assert_eq!(photo.get("", &[("range", "bytes=300000-")]).await.unwrap().status(), 416);
    assert_eq!(server.unfinished_uploads(), Vec::<String>::new());
    server.assert_clean_log();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_fares_the_same_in_a_folder_and_in_an_s3_store() {
    let store = S3Server::start().await.unwrap();
    for store in [None, Some(&store)] {
        let (server, office) = serving(store, &[]).await;
        whole_way(&server, &office).await;
    }
    assert_eq!(store.names("photos").len(), 1, "the one that was right");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_down_slow_full_or_refuses_costs_no_upload() {
    let mut store = S3Server::start().await.unwrap();
    let (server, office) = serving(Some(&store), &[]).await;
    let before = Photo::promised(&server, &office, 1, bytes(1, 20_000)).await.unwrap();
    assert_eq!(before.upload().await.unwrap().status, 204);
    let mut waiting = Vec::new();
    let moods = [(403, "AccessDenied"), (503, "SlowDown"), (507, "InsufficientStorage"), (0, "down")];
    for (number, (status, code)) in (2..).zip(moods) {
        if status == 0 {
            store.be(Mood::Well);
            store.shut().await;
        } else {
            store.be(Mood::Refusing(status, code));
        }
        let photo = Photo::promised(&server, &office, number, bytes(number, 30_000)).await.unwrap();
        let upload = photo.begin().await.unwrap();
        // What is not whole yet goes on.
        assert_eq!(photo.patch(&upload, 0, &photo.bytes[..10_000]).await.unwrap().status, 204, "{code}");
        assert_eq!(photo.head(&upload).await.unwrap().header("upload-offset"), Some("10000"), "{code}");
        let told = if status == 507 { "storage_full" } else { "store_unavailable" };
        photo.patch(&upload, 10_000, &photo.bytes[10_000..]).await.unwrap().refused(503, told);
        photo.receipt().await.unwrap().refused(404, "not_found");
        before.receipt().await.unwrap().refused(503, told);
        assert_eq!(before.get("", &[]).await.unwrap().status(), 503, "{code}");
        waiting.push(photo);
    }
    store.open().await.unwrap();
    for photo in &waiting {
        until_received(photo).await;
        assert!(photo.get("", &[]).await.unwrap().bytes().await.unwrap() == photo.bytes);
    }
    assert_eq!(before.receipt().await.unwrap().status, 200);
    assert_eq!(server.unfinished_uploads(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_on_either_side_of_a_put_ends_it_when_it_is_back() {
    let store = S3Server::start().await.unwrap();
    let (mut server, office) = serving(Some(&store), &[]).await;
    for (number, mood) in [(1, Mood::HeldBefore), (2, Mood::HeldAfter)] {
        let photo = Photo::promised(&server, &office, number, bytes(number, 30_000)).await.unwrap();
        let upload = photo.begin().await.unwrap();
        store.be(mood);
        let (patched, _) = tokio::join!(photo.patch(&upload, 0, &photo.bytes), async {
            store.holds_a_write().await.unwrap();
            server.kill().unwrap();
        });
        assert!(patched.is_err(), "nothing was acknowledged");
        store.be(Mood::Well);
        assert_eq!(server.unfinished_uploads().len(), 1, "the bytes that came are here");
        server.start().await.unwrap();
        until_received(&photo).await;
        assert!(photo.get("", &[]).await.unwrap().bytes().await.unwrap() == photo.bytes);
        assert_eq!(store.names("photos").len(), number as usize);
    }
    assert_eq!(server.unfinished_uploads(), Vec::<String>::new());
    server.assert_clean_log();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_see_a_photo_can_have_it_from_the_store_itself() {
    let store = S3Server::start().await.unwrap();
    let (server, office) = serving(Some(&store), &[("ZHUCUN_SIGNED_URL_TTL_S", "60")]).await;
    let photo = Photo::promised(&server, &office, 1, bytes(1, 30_000)).await.unwrap();
    assert_eq!(photo.get("?direct=true", &[]).await.unwrap().status(), 404, "not here yet");
    assert_eq!(photo.upload().await.unwrap().status, 204);
    let told = photo.get("?direct=true", &[]).await.unwrap();
    assert_eq!((told.status().as_u16(), told.headers()[header::CACHE_CONTROL].to_str().unwrap()), (307, "no-store"));
    let url = told.headers()[header::LOCATION].to_str().unwrap().to_owned();
    assert!(url.contains("X-Amz-Expires=60"), "{url}");
    assert!(reqwest::get(&url).await.unwrap().bytes().await.unwrap() == photo.bytes, "no sign-in is needed there");
    assert_eq!(photo.get("", &[]).await.unwrap().status(), 200, "who does not ask gets the bytes");
    assert_eq!(photo.get("?direct=perhaps", &[]).await.unwrap().status(), 400);
    let mut stranger = Photo::promised(&server, &office, 100, bytes(2, 30_000)).await.unwrap();
    stranger.sha256.clone_from(&photo.sha256);
    assert_eq!(stranger.get("?direct=true", &[]).await.unwrap().status(), 404, "who may not see it gets no address");
    server.assert_clean_log();

    let (server, office) = serving(None, &[("ZHUCUN_SIGNED_URL_TTL_S", "60")]).await;
    let photo = Photo::promised(&server, &office, 1, bytes(1, 30_000)).await.unwrap();
    assert_eq!(photo.upload().await.unwrap().status, 204);
    let streamed = photo.get("?direct=true", &[]).await.unwrap();
    assert_eq!(streamed.status(), 200, "a folder gives out nothing by itself");
    assert!(streamed.bytes().await.unwrap() == photo.bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_refuses_stops_a_server_at_its_start_and_one_that_is_down_does_not() {
    let mut store = S3Server::start().await.unwrap();
    let (mut server, _) = serving(Some(&store), &[]).await;
    server.stop().await.unwrap();
    store.be(Mood::Refusing(403, "InvalidAccessKeyId"));
    let refused = server.run(&["serve"]).await.unwrap();
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && told.contains("InvalidAccessKeyId") && told.contains("media_store"), "{told}");
    store.shut().await;
    server.start().await.unwrap();
    server.assert_clean_log();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_keys_for_its_store_says_what_to_set() {
    let mut server = Server::new(&binary(), Database::Sqlite).unwrap();
    for (name, value) in [
        ("ZHUCUN_SHIP", "s3://zhucun/log"),
        ("ZHUCUN_S3_ENDPOINT", "http://127.0.0.1:9"),
        ("AWS_ACCESS_KEY_ID", ""),
        ("AWS_SHARED_CREDENTIALS_FILE", "/no/such/file"),
        ("AWS_CONFIG_FILE", "/no/such/file"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ] {
        server.set(name, value);
    }
    let refused = server.run(&["serve"]).await.unwrap();
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && told.contains("AWS_ACCESS_KEY_ID") && told.contains("\"ship\""), "{told}");
    assert!(!server.data().exists(), "nothing was begun");
}
