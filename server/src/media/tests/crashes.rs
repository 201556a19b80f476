//! What a crash, a full disk or an old backup leaves, and how it heals.

use std::{fs, future::IntoFuture as _, io, ops::Range, path::Path, sync::Arc};

use async_trait::async_trait;
use axum::{Extension, body::Body, http::StatusCode};
use sync_protocol::Hash;
use tokio::io::AsyncWriteExt as _;

use super::world::{LI, SCOPE, World, cut, picture, principal};
use crate::{
    app::now_ms,
    media::{
        blobs::{BlobStore, Reader},
        sweep::{self, Swept},
    },
};

#[tokio::test]
async fn a_restarted_server_knows_how_far_each_upload_was() {
    let world = World::new().await;
    let bytes = picture(50_000);
    let hash = world.promise(SCOPE, &bytes, None).await;
    let url = world.begin(LI, &hash, bytes.len()).await;
    world.patch(LI, &url, 0, cut(&bytes[..20_000])).await;
    let world = world.restarted().await;
    assert_eq!(sweep::run(&world.media, now_ms()).await.unwrap(), Swept::default(), "what can go on is left alone");
    assert_eq!(world.head(LI, &url).await.offset(), 20_000);
    let last = world.patch(LI, &url, 20_000, Body::from(bytes[20_000..].to_vec())).await;
    assert_eq!((last.status, last.offset()), (StatusCode::NO_CONTENT, 50_000));
}

#[tokio::test]
async fn a_connection_that_dies_leaves_what_it_brought() {
    let world = World::new().await;
    let bytes = picture(50_000);
    let hash = world.promise(SCOPE, &bytes, None).await;
    let url = world.begin(LI, &hash, bytes.len()).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(axum::serve(listener, world.router().layer(Extension(principal(LI)))).into_future());
    for (from, to) in [(0, 20_000), (20_000, 20_001), (20_001, 50_000)] {
        let mut phone = tokio::net::TcpStream::connect(address).await.unwrap();
        // Announces all the rest, brings some of it, and is gone.
        let head = format!(
            "PATCH {url} HTTP/1.1\r\nhost: x\r\ntus-resumable: 1.0.0\r\nupload-offset: {from}\r\n\
             content-type: application/offset+octet-stream\r\ncontent-length: {}\r\n\r\n",
            50_000 - from
        );
        phone.write_all(head.as_bytes()).await.unwrap();
        phone.write_all(&bytes[from..to]).await.unwrap();
        drop(phone);
        world.until_offset(LI, &url, to as u64).await;
    }
    world.until_complete(&hash).await;
    server.abort();
}

#[tokio::test]
async fn finishing_that_was_cut_off_is_finished_at_start() {
    let world = World::new().await;
    let (unverified, unwritten, wrong, lost) = (picture(1_000), picture(1_001), picture(1_002), picture(1_003));
    let mut urls = Vec::new();
    for bytes in [&unverified, &unwritten, &wrong, &lost] {
        let hash = world.promise(SCOPE, bytes, None).await;
        urls.push((hash, world.begin(LI, &hash, bytes.len()).await));
    }
    let file = |n: usize| world.dir.path().join("media/uploads").join(urls[n].1.rsplit('/').next().unwrap());
    fs::write(file(0), &unverified).unwrap();
    fs::write(file(1), &unwritten).unwrap();
    world.media.blobs.put(&urls[1].0, &file(1)).await.unwrap();
    fs::write(file(2), vec![0; 1_002]).unwrap();
    fs::remove_file(file(3)).unwrap();

    let world = world.restarted().await;
    let swept = sweep::run(&world.media, now_ms()).await.unwrap();
    assert_eq!(swept, Swept { finished: 2, dropped: 2, ..Swept::default() });
    for (n, status) in [StatusCode::OK, StatusCode::OK, StatusCode::GONE, StatusCode::GONE].into_iter().enumerate() {
        assert_eq!(world.head(LI, &urls[n].1).await.status, status, "{n}");
    }
    assert_eq!((world.inbox_files(), world.blob_files()), (0, 2));
}

#[tokio::test]
async fn uploads_that_nobody_continues_expire_and_files_of_no_upload_go() {
    let world = World::new().await;
    let (done, resting) = (picture(1_000), picture(1_001));
    world.promise(SCOPE, &done, None).await;
    let done_url = world.upload(&done).await;
    let hash = world.promise(SCOPE, &resting, None).await;
    let url = world.begin(LI, &hash, resting.len()).await;
    world.patch(LI, &url, 0, cut(&resting[..500])).await;
    fs::write(world.dir.path().join("media/uploads").join("00".repeat(16)), "orphan").unwrap();
    let (hour, week) = (3_600_000, world.media.upload_ttl_ms);

    let later = sweep::run(&world.media, now_ms() + 2 * hour).await.unwrap();
    assert_eq!(later, Swept { orphans: 1, ..Swept::default() });
    let much_later = sweep::run(&world.media, now_ms() + week + hour).await.unwrap();
    assert_eq!(much_later, Swept { expired: 2, ..Swept::default() });
    assert_eq!(world.head(LI, &url).await.status, StatusCode::GONE);
    assert_eq!(world.head(LI, &done_url).await.status, StatusCode::GONE);
    assert_eq!((world.inbox_files(), world.blob_files()), (0, 1), "complete photos stay");
}

/// A store without room.
pub(super) struct Full(pub(super) Arc<dyn BlobStore>);

#[async_trait]
impl BlobStore for Full {
    async fn put(&self, _key: &Hash, _file: &Path) -> io::Result<()> {
        Err(io::ErrorKind::StorageFull.into())
    }

    async fn size(&self, key: &Hash) -> io::Result<Option<u64>> {
        self.0.size(key).await
    }

    async fn open(&self, key: &Hash, range: Range<u64>) -> io::Result<Option<Reader>> {
        self.0.open(key, range).await
    }

    async fn delete(&self, key: &Hash) -> io::Result<bool> {
        self.0.delete(key).await
    }

    async fn list(&self, after: Option<&Hash>) -> io::Result<Vec<(Hash, u64)>> {
        self.0.list(after).await
    }

    async fn sweep(&self, now_ms: i64) -> io::Result<usize> {
        self.0.sweep(now_ms).await
    }
}

#[tokio::test]
async fn a_full_disk_says_send_again_and_loses_nothing() {
    let mut world = World::new().await;
    let bytes = picture(1_000);
    let hash = world.promise(SCOPE, &bytes, None).await;
    let url = world.begin(LI, &hash, bytes.len()).await;
    let store = world.media.blobs.clone();
    world.media.blobs = Arc::new(Full(store.clone()));
    let full = world.patch(LI, &url, 0, Body::from(bytes.clone())).await;
    assert_eq!((full.problem(), full.header("retry-after")), ((503, "storage_full".into()), Some("60")));
    assert_eq!(world.missing(&[hash]).await["missing"][0], hex::encode(hash), "received is not complete");
    world.media.blobs = store;
    assert_eq!(world.head(LI, &url).await.offset(), 1_000);
    assert_eq!(world.missing(&[hash]).await["complete"][0], hex::encode(hash));
}

#[tokio::test]
async fn photos_that_a_restored_server_lost_are_asked_for_again() {
    let world = World::new().await;
    let bytes = picture(1_000);
    let hash = world.promise(SCOPE, &bytes, None).await;
    world.upload(&bytes).await;
    world.media.blobs.delete(&hash).await.unwrap();
    assert_eq!(world.missing(&[hash]).await["missing"][0], hex::encode(hash));
    let receipt = world.get(&format!("/v1/media/{}/receipt", hex::encode(hash)), &[]).await;
    assert_eq!(receipt.problem(), (404, "not_found".into()));
    world.upload(&bytes).await;
    assert_eq!(world.missing(&[hash]).await["complete"][0], hex::encode(hash));
    assert_eq!(world.get(&format!("/v1/media/{}", hex::encode(hash)), &[]).await.body, bytes);
}
