//! Photos are opened once they are complete, and shown to who may see them.

use axum::http::StatusCode;
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};
use serde_json::json;
use sync_protocol::{Hash, ids::sha256};
use zhucun_pictures::pixels::Pixels;

use super::world::{OTHER_SCOPE, SCOPE, World, picture};
use crate::{
    app::now_ms,
    media::{
        processing::{self, lock},
        store::{
            erase::EraseBytes,
            pictures::{self, OPEN_PICTURE},
        },
    },
    storage::{
        entities::{job, photo, picture as picture_row},
        jobs::{self, JobHandler as _},
    },
};

/// A real JPEG, another for each seed.
fn jpeg(seed: u32) -> Vec<u8> {
    let shade = |x: u32, y: u32| (x * seed / 7 + y * y / 90 + seed * 31) as u8;
    let rgb: Vec<u8> = (0..480).flat_map(|y| (0..640).flat_map(move |x| [shade(x, y), shade(y, x), 90])).collect();
    Pixels::of_rgb((640, 480), &rgb, 640).unwrap().jpeg()
}

fn at(hash: &Hash, longest: u32) -> String {
    format!("/v1/media/{}?rendition={longest}", hex::encode(hash))
}

async fn open_all(world: &World) {
    processing::once(&world.media, 2).await;
    let left = job::Entity::find().filter(job::Column::Kind.eq(OPEN_PICTURE));
    assert_eq!(left.count(&world.media.db.read).await.unwrap(), 0, "no job is left");
    assert_eq!(std::fs::read_dir(world.dir.path().join("media/renditions")).map_or(0, Iterator::count), 0);
}

/// Takes away what promises a photo, and its bytes.
async fn erase(world: &World, hash: &Hash) {
    let tx = world.media.db.begin().await.unwrap();
    photo::Entity::delete_many().filter(photo::Column::Sha256.eq(hash.to_vec())).exec(&tx).await.unwrap();
    EraseBytes(world.media.clone()).run(&tx, &[hex::encode(hash)], 1).await.unwrap();
    tx.commit().await.unwrap();
}

/// A worker takes a photo and is slow: its lease has ended, and it is still at it. Gives the lock that it holds.
async fn slow_worker(world: &World, hash: &Hash) -> lock::Lock {
    let claim = jobs::claim(&world.media.db, OPEN_PICTURE, 0, now_ms()).await.unwrap().unwrap();
    assert_eq!(claim.subject(), hex::encode(hash));
    lock::take(&world.media.renditions, hash).await.unwrap().unwrap()
}

async fn the_job(world: &World) -> job::Model {
    job::Entity::find().one(&world.media.db.read).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_complete_photo_is_opened_and_its_renditions_are_served() {
    let world = World::new().await;
    let bytes = jpeg(3);
    let hash = world.promise(SCOPE, &bytes, None).await;
    world.upload(&bytes).await;
    let early = world.get(&at(&hash, 320), &[]).await;
    assert_eq!((early.problem(), early.header("retry-after")), ((409, "not_processed_yet".into()), Some("2")));
    open_all(&world).await;
    for (longest, side) in [(320, 320), (1280, 640)] {
        let shown = world.get(&at(&hash, longest), &[]).await;
        assert_eq!((shown.status, shown.header("content-type")), (StatusCode::OK, Some("image/jpeg")));
        let seen = zhucun_pictures::open(&shown.body).picture.unwrap();
        assert_eq!((seen.width, seen.height), (side, side * 3 / 4));
        let etag = format!("\"{}\"", hex::encode(sha256(&[&shown.body])));
        assert_eq!(shown.header("etag"), Some(&*etag));
        assert_eq!(world.get(&at(&hash, longest), &[("if-none-match", &etag)]).await.status, StatusCode::NOT_MODIFIED);
    }
    let row = picture_row::Entity::find_by_id(hash.to_vec()).one(&world.media.db.read).await.unwrap().unwrap();
    assert_eq!((row.width, row.height, row.reason.as_deref()), (Some(640), Some(480), None));
    assert!(row.likeness.is_some());
    assert_eq!(world.get(&at(&hash, 640), &[]).await.problem(), (400, "bad_request".into()));
    // The bytes themselves are as they came.
    assert_eq!(world.get(&format!("/v1/media/{}", hex::encode(hash)), &[]).await.body, bytes);
}

#[tokio::test]
async fn who_may_not_see_a_photo_sees_no_rendition_of_it() {
    let world = World::new().await;
    let bytes = jpeg(4);
    let hash = world.promise(OTHER_SCOPE, &bytes, None).await;
    world.upload(&bytes).await;
    open_all(&world).await;
    assert_eq!(world.get(&at(&hash, 320), &[]).await.problem(), (404, "not_found".into()));
}

#[tokio::test]
async fn a_file_that_is_no_picture_stays_with_the_reason() {
    let world = World::new().await;
    for (bytes, reason) in [(b"<svg onload=alert(1)>".to_vec(), "not_a_picture"), (picture(5_000), "truncated")] {
        let hash = world.promise(SCOPE, &bytes, None).await;
        world.upload(&bytes).await;
        open_all(&world).await;
        let refused = world.get(&at(&hash, 320), &[]).await;
        assert_eq!((refused.problem(), &refused.json()["reason"]), ((404, "no_rendition".into()), &json!(reason)));
        assert_eq!(world.get(&format!("/v1/media/{}", hex::encode(hash)), &[]).await.body, bytes);
    }
}

#[tokio::test]
async fn heic_is_shown_by_the_preview_of_its_phone() {
    let world = World::new().await;
    let original = [b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".as_slice(), &[7; 500]].concat();
    let preview = jpeg(5);
    let hash = world.promise(SCOPE, &original, Some(&preview)).await;
    world.upload(&original).await;
    open_all(&world).await;
    let refused = world.get(&at(&hash, 320), &[]).await;
    assert_eq!((refused.problem().1.as_str(), &refused.json()["reason"]), ("no_rendition", &json!("heic_by_preview")));
    world.upload(&preview).await;
    open_all(&world).await;
    let shown = world.get(&at(&hash, 320), &[]).await;
    let of_preview = world.get(&at(&sha256(&[&preview]), 320), &[]).await;
    assert_eq!((shown.status, &shown.body), (StatusCode::OK, &of_preview.body));
}

#[tokio::test]
async fn renditions_that_are_gone_are_made_again_when_they_are_asked_for() {
    let world = World::new().await;
    let bytes = jpeg(6);
    let hash = world.promise(SCOPE, &bytes, None).await;
    world.upload(&bytes).await;
    open_all(&world).await;
    let shown = world.get(&at(&hash, 320), &[]).await.body;
    assert!(world.media.blobs.delete(&sha256(&[&shown])).await.unwrap());
    assert_eq!(world.get(&at(&hash, 320), &[]).await.problem(), (409, "not_processed_yet".into()));
    open_all(&world).await;
    assert_eq!(world.get(&at(&hash, 320), &[]).await.body, shown);
}

#[tokio::test]
async fn a_photo_that_is_erased_takes_its_renditions_along() {
    let world = World::new().await;
    let (bytes, other) = (jpeg(7), jpeg(8));
    for bytes in [&bytes, &other] {
        world.promise(SCOPE, bytes, None).await;
        world.upload(bytes).await;
    }
    open_all(&world).await;
    assert_eq!(world.blob_files(), 6);
    // The same pixels in another file: what is made of them is shared.
    let same = [&bytes[..2], &[0xff, 0xfe, 0, 6], b"text", &bytes[2..]].concat();
    world.promise(SCOPE, &same, None).await;
    world.upload(&same).await;
    open_all(&world).await;
    assert_eq!(world.blob_files(), 7);
    for (gone, left) in [(&same, 6), (&bytes, 3)] {
        let hash = sha256(&[gone]);
        erase(&world, &hash).await;
        open_all(&world).await;
        assert_eq!(world.blob_files(), left);
        assert!(picture_row::Entity::find_by_id(hash.to_vec()).one(&world.media.db.read).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_photo_that_ends_its_worker_each_time_is_given_up() {
    let world = World::new().await;
    let bytes = jpeg(9);
    let hash = world.promise(SCOPE, &bytes, None).await;
    world.upload(&bytes).await;
    for try_number in 1..=3 {
        // A worker takes it and is never heard of again.
        let claim = jobs::claim(&world.media.db, "open_picture", 0, now_ms()).await.unwrap().unwrap();
        assert_eq!(claim.tries(), try_number);
        assert_eq!(claim.subject(), hex::encode(hash));
    }
    open_all(&world).await;
    assert_eq!(world.get(&at(&hash, 320), &[]).await.json()["reason"], "given_up");
}

#[tokio::test]
async fn a_photo_that_takes_longer_than_its_lease_is_opened_by_one_worker_alone() {
    let world = World::new().await;
    let bytes = jpeg(10);
    let hash = world.promise(SCOPE, &bytes, None).await;
    world.upload(&bytes).await;
    let slow = slow_worker(&world, &hash).await;
    for _ in 0..5 {
        jobs::make_due(&world.media.db, OPEN_PICTURE, now_ms()).await.unwrap();
        assert_eq!(processing::once(&world.media, 2).await, 1);
        assert!(pictures::of(&world.media.db, &hash).await.unwrap().is_none(), "it was opened beside the slow worker");
        // To find it locked is not to die of it.
        assert_eq!(the_job(&world).await.attempts, 1);
        assert!(the_job(&world).await.due_ms > now_ms() - 100, "it is not looked at all the time");
    }
    drop(slow);
    jobs::make_due(&world.media.db, OPEN_PICTURE, now_ms()).await.unwrap();
    open_all(&world).await;
    assert_eq!(world.get(&at(&hash, 320), &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_photo_that_is_erased_while_it_is_opened_leaves_nothing() {
    let world = World::new().await;
    let bytes = jpeg(11);
    let hash = world.promise(SCOPE, &bytes, None).await;
    world.upload(&bytes).await;
    open_all(&world).await;
    pictures::again(&world.media.db, &hash, now_ms()).await.unwrap();
    let slow = slow_worker(&world, &hash).await;
    erase(&world, &hash).await;
    // Renditions stay until the slow worker, who may be about to put them, has let go.
    processing::once(&world.media, 2).await;
    assert_eq!(world.blob_files(), 2);
    drop(slow);
    jobs::make_due(&world.media.db, OPEN_PICTURE, now_ms()).await.unwrap();
    open_all(&world).await;
    assert_eq!(world.blob_files(), 0);
    assert!(pictures::of(&world.media.db, &hash).await.unwrap().is_none());
}
