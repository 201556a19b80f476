//! The office is told of a photo that was used again, before all else; a person weighs it.

use anyhow::Result;
use image::codecs::jpeg::JpegEncoder;
use serde_json::{Value, json};
use zhucun_tests::{
    camera,
    office::Office,
    photo::Photo,
    server::{Database, Server, binary},
    wait::{self, Seen},
};

/// As another program saves it: smaller and less sharp.
fn saved_again(jpeg: &[u8]) -> Vec<u8> {
    let smaller = image::load_from_memory(jpeg).unwrap().thumbnail(1000, 1000).into_rgb8();
    let mut again = Vec::new();
    JpegEncoder::new_with_quality(&mut again, 70).encode_image(&smaller).unwrap();
    again
}

/// The list, once it has so many entries.
async fn signals(office: &Office, query: &[(&str, &str)], count: usize) -> Result<Vec<Value>> {
    wait::until("the signals", async || {
        let list = office.get("/v1/signals", query).await?;
        let signals = list["signals"].as_array().cloned().unwrap_or_default();
        Ok(if signals.len() == count { Seen::Yes(signals) } else { Seen::NotYet(list.to_string()) })
    })
    .await
}

#[tokio::test]
async fn a_photo_saved_again_in_another_village_leads_the_offices_list() {
    for database in [Database::Sqlite, Database::Postgres] {
        let server = Server::demo(&binary(), database).await.unwrap();
        let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await.unwrap();
        let taken = camera::take(7).original;
        // One of them writes two records of one picture on one day, which weighs less; it comes first.
        let mut twice = Photo::promised(&server, &office, 3, camera::take(8).original).await.unwrap();
        twice.promise_again().await.unwrap();
        let first = Photo::promised(&server, &office, 1, taken.clone()).await.unwrap();
        let number = other_village(&office, first.scope()).await;
        let again = Photo::promised(&server, &office, number, saved_again(&taken)).await.unwrap();
        let other = Photo::promised(&server, &office, 4, camera::take(9).original).await.unwrap();
        for photo in [&twice, &first, &again, &other] {
            assert_eq!(photo.upload().await.unwrap().status, 204);
        }
        let found = signals(&office, &[], 4).await.unwrap();
        let codes: Vec<&str> = found.iter().map(|signal| signal["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["looks_alike", "looks_alike", "same_bytes", "same_bytes"]);
        let of_first = found.iter().find(|signal| signal["photo"]["scope"] == first.scope()).unwrap();
        assert_eq!((&of_first["other"]["scope"], &of_first["other_hidden"]), (&json!(again.scope()), &json!(false)));
        assert!(of_first["zh"].as_str().unwrap().contains("在另一个村"), "{of_first}");
        assert!(of_first["strength"].as_f64() > Some(0.7) && found[2]["strength"].as_f64() < Some(0.7));

        // By pages, by code, by place, and of the photo itself.
        let page = office.get("/v1/signals", &[("limit", "3")]).await.unwrap();
        let next = page["next"].as_str().unwrap();
        let rest = office.get("/v1/signals", &[("limit", "3"), ("cursor", next)]).await.unwrap();
        assert_eq!((page["signals"].as_array().unwrap(), &rest["signals"][0]), (&found[..3].to_vec(), &found[3]));
        assert!(rest["next"].is_null());
        assert_eq!(signals(&office, &[("code", "same_bytes")], 2).await.unwrap(), found[2..]);
        let village = first.scope().split('/').next().unwrap();
        let here: Vec<Value> =
            found.iter().filter(|signal| signal["photo"]["scope"] == first.scope()).cloned().collect();
        assert!(here.len() < found.len());
        assert_eq!(signals(&office, &[("place", village)], here.len()).await.unwrap(), here);
        let path = format!("/v1/signals/{}/{}", first.scope(), of_first["photo"]["id"].as_str().unwrap());
        assert_eq!(office.get(&path, &[]).await.unwrap(), json!([of_first]));
        let own = Office::with_token(&server.url(), &first.token);
        assert!(own.get("/v1/signals", &[]).await.unwrap_err().to_string().contains("GET"), "a member is told none");

        // A person weighs it, by an operation like any other.
        let mut review = of_first["review_as"].clone();
        review["fields"]["verdict"] = "explained".into();
        review["fields"]["reason"] = "两村共用一块公示牌".into();
        let written = office.post("/v1/operations", review).await.unwrap();
        assert_eq!(written["standing"], "applied", "{written}");
        let open = signals(&office, &[("reviewed", "false")], 3).await.unwrap();
        assert!(!open.contains(of_first));
        let weighed = signals(&office, &[("reviewed", "true")], 1).await.unwrap();
        assert_eq!(weighed[0]["review"], json!({"verdict": "explained", "reason": "两村共用一块公示牌"}));

        office.settled().await.unwrap();
        let verified = server.succeeds(&["verify", "--photos", "all"]).await.unwrap();
        assert!(verified.contains("clean"), "{verified}");
        server.assert_clean_log();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_servers_that_compare_at_once_miss_no_pair() {
    const PAIRS: u64 = 8;
    let mut one = Server::new(&binary(), Database::Postgres).unwrap();
    one.succeeds(&["demo"]).await.unwrap();
    let mut other = one.beside().unwrap();
    let (first, second) = tokio::join!(one.start(), other.start());
    first.and(second).unwrap();
    let office = Office::sign_in(&one.url(), "office", "zhucun-demo").await.unwrap();
    let mut photos = Vec::new();
    for pair in 0..PAIRS {
        let taken = camera::take(500 + pair).original;
        let again = saved_again(&taken);
        photos.push(Photo::promised(&one, &office, 10 + 2 * pair, taken).await.unwrap());
        photos.push(Photo::promised(&other, &office, 11 + 2 * pair, again).await.unwrap());
    }
    // Each server is sent one of each pair, all at once.
    for sent in futures::future::join_all(photos.iter().map(Photo::upload)).await {
        assert_eq!(sent.unwrap().status, 204);
    }
    let found = signals(&office, &[("code", "looks_alike"), ("limit", "200")], 2 * PAIRS as usize).await.unwrap();
    for pair in photos.chunks(2) {
        let [taken, again] = [0, 1].map(|nth| pair[nth].phone.own_id("p"));
        let points = |from: &str, to: &str| {
            found.iter().any(|signal| signal["photo"]["id"] == from && signal["other"]["id"] == to)
        };
        assert!(points(&taken, &again) && points(&again, &taken), "{taken} {again}");
    }
    office.settled().await.unwrap();
    for server in [&one, &other] {
        server.assert_clean_log();
    }
    let verified = one.succeeds(&["verify"]).await.unwrap();
    assert!(verified.contains("clean"), "{verified}");
}

#[tokio::test]
async fn a_restored_server_says_the_same_of_photos_and_goes_on_comparing() {
    for database in [Database::Sqlite, Database::Postgres] {
        let server = Server::demo(&binary(), database).await.unwrap();
        let office = Office::sign_in(&server.url(), "office", "zhucun-demo").await.unwrap();
        let taken = camera::take(7).original;
        for (number, bytes) in [(1, taken.clone()), (40, saved_again(&taken)), (3, camera::take(9).original)] {
            let photo = Photo::promised(&server, &office, number, bytes).await.unwrap();
            assert_eq!(photo.upload().await.unwrap().status, 204);
        }
        let before = signals(&office, &[], 2).await.unwrap();
        office.settled().await.unwrap();
        let told = server.succeeds(&["backup"]).await.unwrap();
        let backup = told.split_whitespace().nth(1).unwrap();
        let mut restored = Server::new(&binary(), database).unwrap();
        restored.succeeds(&["restore", backup, "--no-log"]).await.unwrap();
        restored.start().await.unwrap();

        let office = Office::sign_in(&restored.url(), "office", "zhucun-demo").await.unwrap();
        office.settled().await.unwrap();
        assert_eq!(signals(&office, &[], 2).await.unwrap(), before);
        let third = Photo::promised(&restored, &office, 41, saved_again(&saved_again(&taken))).await.unwrap();
        assert_eq!(third.upload().await.unwrap().status, 204);
        // It looks like both that the backup brought, and they like it.
        signals(&office, &[], 6).await.unwrap();
        restored.assert_clean_log();
    }
}

/// The number of a member who is posted elsewhere.
async fn other_village(office: &Office, scope: &str) -> u64 {
    let village = scope.split('/').next().unwrap();
    let stations = office.get("/v1/stations", &[]).await.unwrap();
    let elsewhere = stations.as_array().unwrap().iter().filter(|station| station["village"] != village);
    let number = |station: &Value| station["person"].as_str()?.strip_prefix("zjedz.p.m-")?.parse::<u64>().ok();
    elsewhere.filter_map(number).find(|number| *number > 4).unwrap()
}
