//! Concatenation: parts that come each by itself.

use std::sync::Arc;

use axum::{body::Body, http::StatusCode};
use sync_protocol::{Hash, ids::sha256};

use super::{
    crashes::Full,
    world::{Answer, LI, SCOPE, WANG, World, cut, metadata, picture},
};
use crate::{
    app::now_ms,
    media::sweep::{self, Swept},
};

impl World {
    async fn part(&self, person: &str, length: usize) -> String {
        let length = length.to_string();
        let begun = self.post(person, &[("upload-concat", "partial"), ("upload-length", &length)], Body::empty()).await;
        assert_eq!(begun.status, StatusCode::CREATED, "{:?}", begun.body);
        begun.header("location").unwrap().to_owned()
    }

    /// A part that has all its bytes.
    async fn whole_part(&self, bytes: &[u8]) -> String {
        let url = self.part(LI, bytes.len()).await;
        assert_eq!(self.patch(LI, &url, 0, Body::from(bytes.to_vec())).await.offset(), bytes.len() as u64);
        url
    }

    async fn join(&self, parts: &[String], promised: &Hash) -> Answer {
        let concat = format!("final;{}", parts.join(" "));
        self.post(LI, &[("upload-concat", &concat), ("upload-metadata", &metadata(promised))], Body::empty()).await
    }
}

#[tokio::test]
async fn parts_that_came_side_by_side_and_were_cut_become_one_photo() {
    let world = World::new().await;
    let bytes = picture(300_001);
    let hash = world.promise(SCOPE, &bytes, None).await;
    let parts = [world.part(LI, 100_000).await, world.part(LI, 100_000).await, world.part(LI, 100_001).await];
    let of = |n: usize, from: usize| &bytes[n * 100_000 + from..if n == 2 { 300_001 } else { (n + 1) * 100_000 }];
    let send = async |n: usize| {
        world.patch(LI, &parts[n], 0, cut(&of(n, 0)[..40_000])).await;
        let head = world.head(LI, &parts[n]).await;
        assert_eq!((head.offset(), head.header("upload-concat")), (40_000, Some("partial")));
        world.patch(LI, &parts[n], 40_000, Body::from(of(n, 40_000).to_vec())).await
    };
    let (a, b) = tokio::join!(send(0), send(1));
    assert_eq!((a.status, b.status), (StatusCode::NO_CONTENT, StatusCode::NO_CONTENT));

    let early = world.join(&parts, &hash).await;
    assert_eq!((early.problem(), early.json()["part"].as_str()), ((409, "part_unfinished".into()), Some(&*parts[2])));
    assert_eq!(send(2).await.offset(), 100_001);
    assert_eq!(world.missing(&[hash]).await["complete"], serde_json::json!([]), "not yet joined");
    let joined = world.join(&parts, &hash).await;
    assert_eq!((joined.status, joined.offset()), (StatusCode::CREATED, 300_001), "{:?}", joined.body);
    assert_eq!(world.get(&format!("/v1/media/{}", hex::encode(hash)), &[]).await.body, bytes);
    assert_eq!((world.inbox_files(), world.blob_files()), (0, 1), "nothing is left behind");

    let url = joined.header("location").unwrap().to_owned();
    let head = world.head(LI, &url).await;
    assert_eq!((head.offset(), head.header("upload-length")), (300_001, Some("300001")));
    assert_eq!(head.header("upload-concat"), Some(&*format!("final;{}", parts.join(" "))));
    assert_eq!(world.patch(LI, &url, 300_001, Body::empty()).await.problem(), (403, "forbidden".into()));
    // The client that lost the answer finds its parts whole, asks again, and is told the same.
    assert_eq!(world.head(LI, &parts[1]).await.offset(), 100_000);
    let again = world.join(&parts, &hash).await;
    assert_eq!((again.status, again.header("location")), (StatusCode::CREATED, Some(&*url)));
    let late = now_ms() + world.media.upload_ttl_ms + 3_600_000;
    assert_eq!(sweep::run(&world.media, late).await.unwrap(), Swept { expired: 1, ..Swept::default() });
    assert_eq!(world.head(LI, &parts[1]).await.status, StatusCode::GONE, "parts go with what joined them");
}

#[tokio::test]
async fn parts_that_are_not_what_was_promised_are_dropped_with_what_joined_them() {
    let world = World::new().await;
    let bytes = picture(1_000);
    let hash = world.promise(SCOPE, &bytes, None).await;
    let parts = [world.whole_part(&bytes[..400]).await, world.whole_part(&bytes[400..]).await];
    let swapped = [parts[1].clone(), parts[0].clone()];
    assert_eq!(world.join(&swapped, &sha256(&[b"unpromised"])).await.problem(), (403, "not_promised".into()));
    assert_eq!(world.join(&swapped, &hash).await.problem(), (460, "wrong_hash".into()));
    assert_eq!((world.inbox_files(), world.blob_files()), (0, 0));
    assert_eq!(world.head(LI, &parts[0]).await.status, StatusCode::GONE);
    let gone = world.join(&parts, &hash).await;
    assert_eq!((gone.problem(), gone.json()["part"].as_str()), ((410, "upload_gone".into()), Some(&*parts[0])));
}

#[tokio::test]
async fn what_cannot_be_joined_is_told_and_kept() {
    let world = World::new().await;
    let bytes = picture(1_000);
    let hash = world.promise(SCOPE, &bytes, None).await;
    let good = world.whole_part(&bytes[..400]).await;
    let wangs = world.part(WANG, 600).await;
    world.patch(WANG, &wangs, 0, Body::from(bytes[400..].to_vec())).await;
    let refused = async |other: &str| world.join(&[good.clone(), other.to_owned()], &hash).await.problem();
    assert_eq!(refused(&wangs).await, (410, "upload_gone".into()), "another's");
    assert_eq!(refused("/v1/media/uploads/00000000000000000000000000000000").await, (410, "upload_gone".into()));
    assert_eq!(refused("/v1/media/uploads/../../etc").await, (400, "bad_request".into()));
    let plain = world.begin(LI, &hash, 600).await;
    assert_eq!(refused(&plain).await, (400, "bad_request".into()), "no part");
    let many = vec![good.clone(); 65];
    assert_eq!(world.join(&many, &hash).await.problem(), (400, "bad_request".into()));
    let large = vec![world.whole_part(&vec![7; 900_000]).await; 2];
    assert_eq!(world.join(&large, &hash).await.problem(), (413, "photo_too_large".into()));
    let deferred = [("upload-concat", "partial"), ("upload-defer-length", "1")];
    let deferred = world.post(LI, &deferred, Body::empty()).await.header("location").unwrap().to_owned();
    assert_eq!(refused(&deferred).await, (409, "part_unfinished".into()), "its length is not known");

    let rest = world.whole_part(&bytes[400..]).await;
    let joined = world.join(&[good.clone(), rest.clone()], &hash).await;
    assert_eq!((joined.status, joined.offset()), (StatusCode::CREATED, 1_000));
    let nested = joined.header("location").unwrap().to_owned();
    assert_eq!(world.join(&[nested], &hash).await.problem(), (400, "bad_request".into()), "what joins is no part");
    assert_eq!(world.join(&[good], &hash).await.status, StatusCode::CREATED, "it is in that photo already");
}

#[tokio::test]
async fn two_that_join_at_once_end_as_one_blob() {
    let world = World::new().await;
    let bytes = picture(500_000);
    let hash = world.promise(SCOPE, &bytes, None).await;
    let parts = [world.whole_part(&bytes[..250_000]).await, world.whole_part(&bytes[250_000..]).await];
    let (a, b) = tokio::join!(world.join(&parts, &hash), world.join(&parts, &hash));
    assert!([&a, &b].iter().any(|answer| answer.status == StatusCode::CREATED));
    for answer in [a, b] {
        assert!(matches!(answer.status, StatusCode::CREATED | StatusCode::LOCKED), "{:?}", answer.body);
    }
    assert_eq!(world.join(&parts, &hash).await.status, StatusCode::CREATED);
    assert_eq!((world.inbox_files(), world.blob_files()), (0, 1));
}

#[tokio::test]
async fn joining_that_was_cut_off_is_finished_by_whoever_comes_next() {
    let world = World::new().await;
    let bytes = picture(1_000);
    let hash = world.promise(SCOPE, &bytes, None).await;
    let parts = [world.whole_part(&bytes[..400]).await, world.whole_part(&bytes[400..]).await];
    // A process that died while it copied left a beginning that no row speaks of.
    std::fs::write(world.dir.path().join("media/uploads").join("00".repeat(16)), &bytes[..400]).unwrap();
    let world = world.restarted().await;
    assert_eq!(sweep::run(&world.media, now_ms()).await.unwrap(), Swept::default(), "parts wait to be joined");
    assert_eq!(world.join(&parts, &hash).await.status, StatusCode::CREATED);
    assert_eq!(world.get(&format!("/v1/media/{}", hex::encode(hash)), &[]).await.body, bytes);
}

#[tokio::test]
async fn parts_are_kept_while_the_store_cannot_take_what_they_make() {
    let mut world = World::new().await;
    let bytes = picture(1_000);
    let hash = world.promise(SCOPE, &bytes, None).await;
    let parts = [world.whole_part(&bytes[..400]).await, world.whole_part(&bytes[400..]).await];
    let store = world.media.blobs.clone();
    world.media.blobs = Arc::new(Full(store.clone()));
    for _ in 0..3 {
        assert_eq!(world.join(&parts, &hash).await.problem(), (503, "storage_full".into()));
        assert_eq!((world.head(LI, &parts[0]).await.offset(), world.inbox_files()), (400, 1), "once on the disk");
    }
    world.media.blobs = store;
    let swept = sweep::run(&world.media, now_ms()).await.unwrap();
    assert_eq!(swept, Swept { finished: 1, ..Swept::default() });
    assert_eq!(world.join(&parts, &hash).await.status, StatusCode::CREATED);
    assert_eq!(world.get(&format!("/v1/media/{}", hex::encode(hash)), &[]).await.body, bytes);
}

#[tokio::test]
async fn forgotten_parts_do_not_pile_up_and_expire() {
    let world = World::new().await;
    let first = world.part(LI, 10).await;
    for _ in 0..256 {
        world.part(LI, 10).await;
    }
    assert_eq!((world.inbox_files(), world.head(LI, &first).await.status), (256, StatusCode::GONE));
    world.whole_part(&[1; 10]).await;
    let late = now_ms() + world.media.upload_ttl_ms + 3_600_000;
    assert_eq!(sweep::run(&world.media, late).await.unwrap(), Swept { expired: 256, ..Swept::default() });
    assert_eq!(world.inbox_files(), 0);
}
