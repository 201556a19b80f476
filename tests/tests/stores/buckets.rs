//! What is of S3 alone: parts, conditions, encryption, faults, and what was cut off.

use std::{io::ErrorKind, time::Duration};

use sync_protocol::ids::sha256;
use zhucun::{
    config::Encryption,
    media::blobs::{BlobStore as _, S3Store},
    s3::{
        Access, Bucket,
        bucket::{Shown, Unusable},
    },
};
use zhucun_tests::{
    s3::{Mood, S3Server, at},
    wait::{self, Seen},
};

use crate::contract::bytes;

/// A store with one file to be put into it: its path, and the hash of its bytes.
struct World {
    server: S3Server,
    dir: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        Self { server: S3Server::start().await.unwrap(), dir: tempfile::tempdir().unwrap() }
    }

    async fn bucket(&self) -> Bucket {
        Bucket::open(at("photos"), self.server.access()).await
    }

    fn file(&self, content: &[u8]) -> (std::path::PathBuf, sync_protocol::Hash) {
        let file = self.dir.path().join("file");
        std::fs::write(&file, content).unwrap();
        (file, sha256(&[content]))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cut_off_in_the_middle_of_its_parts_is_swept_and_what_is_young_is_not() {
    let world = World::new().await;
    let store = S3Store::new(world.bucket().await);
    let (file, key) = world.file(&bytes(1, 20 << 20));
    world.server.be(Mood::HeldAfter);
    let (putting, path) = (store.clone(), file.clone());
    let put = tokio::spawn(async move { putting.put(&key, &path).await });
    world.server.holds_a_write().await.unwrap();
    put.abort();
    assert!(put.await.unwrap_err().is_cancelled());
    world.server.be(Mood::Well);
    assert_eq!((world.server.unfinished(), store.size(&key).await.unwrap()), (1, None));
    let now = zhucun::app::now_ms();
    assert_eq!(store.sweep(now).await.unwrap(), 0, "another server may be at it");
    assert_eq!(world.server.unfinished(), 1);
    assert_eq!(store.sweep(now + 25 * 3_600_000).await.unwrap(), 1);
    assert_eq!(world.server.unfinished(), 0);
    store.put(&key, &file).await.unwrap();
    assert!(store.exists(&key).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_are_conditional_checked_and_encrypted_as_the_settings_say() {
    let world = World::new().await;
    for (encryption, header, key_id) in [
        (Encryption::OfBucket, None, None),
        (Encryption::OfStore, Some("AES256"), None),
        (Encryption::OfKms(Some("the-key".into())), Some("aws:kms"), Some("the-key")),
    ] {
        let bucket = Bucket::open(at("photos"), Access { encryption, ..world.server.access() }).await;
        let (file, key) = world.file(header.unwrap_or_default().as_bytes());
        bucket.put_file(&hex::encode(key), &file, &key).await.unwrap();
        let sent = world.server.writes().pop().unwrap();
        let of = |name: &str| sent.get(name).map(|value| value.to_str().unwrap());
        assert_eq!((of("if-none-match"), of("x-amz-server-side-encryption")), (Some("*"), header));
        assert_eq!(of("x-amz-server-side-encryption-aws-kms-key-id"), key_id);
        assert!(of("x-amz-checksum-sha256").is_some(), "{sent:?}");
    }
    // The store compares: bytes of another hash are not taken for these.
    let (file, _) = world.file(b"some bytes");
    assert!(world.bucket().await.put_file("wrong", &file, &sha256(&[b"other bytes"])).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_knows_no_conditions_will_do() {
    let world = World::new().await;
    let bucket = world.bucket().await;
    world.server.be(Mood::Unconditional);
    let (file, key) = world.file(b"a photo");
    bucket.put_file("photo", &file, &key).await.unwrap();
    assert_eq!(bucket.size("photo").await.unwrap(), Some(7));
    assert!(bucket.put_new("segment", b"one".to_vec()).await.unwrap());
    assert!(!bucket.put_new("segment", b"two".to_vec()).await.unwrap());
    assert_eq!(bucket.read("segment").await.unwrap().as_deref(), Some(&b"one"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_damaged_is_replaced_and_what_is_there_is_not_written_over() {
    let world = World::new().await;
    let bucket = world.bucket().await;
    let (file, key) = world.file(b"a photo");
    std::fs::create_dir_all(world.server.file("photos")).unwrap();
    std::fs::write(world.server.file("photos/photo"), b"a pho").unwrap();
    bucket.put_file("photo", &file, &key).await.unwrap();
    assert_eq!(bucket.read("photo").await.unwrap().as_deref(), Some(&b"a photo"[..]));
    let writes = world.server.writes().len();
    bucket.put_file("photo", &file, &key).await.unwrap();
    assert_eq!(world.server.writes().len(), writes, "what is there is not sent again");
    assert!(bucket.put_new("photo", b"another".to_vec()).await.is_ok_and(|new| !new));
    assert_eq!(bucket.read("photo").await.unwrap().as_deref(), Some(&b"a photo"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_tell_what_passes_from_what_a_person_must_change() {
    let mut world = World::new().await;
    let bucket = world.bucket().await;
    bucket.check().await.unwrap();
    for (status, code, kind, wrong) in [
        (403, "AccessDenied", ErrorKind::ResourceBusy, true),
        (404, "NoSuchBucket", ErrorKind::ResourceBusy, true),
        (503, "SlowDown", ErrorKind::ResourceBusy, false),
        (507, "InsufficientStorage", ErrorKind::StorageFull, false),
    ] {
        world.server.be(Mood::Refusing(status, code));
        let fault = bucket.list("").await.unwrap_err();
        assert_eq!(fault.kind(), kind, "{fault}");
        let told = bucket.check().await.unwrap_err();
        assert_eq!(matches!(told, Unusable::Wrong(_)), wrong, "{told}");
        assert!(told.to_string().contains(code), "{told}");
    }
    world.server.be(Mood::Well);
    world.server.shut().await;
    assert_eq!(bucket.size("photo").await.unwrap_err().kind(), ErrorKind::ResourceBusy);
    assert!(matches!(bucket.check().await, Err(Unusable::Now(_))));
    world.server.open().await.unwrap();
    assert_eq!(bucket.size("photo").await.unwrap(), None);
    let stranger = Access {
        keys: world.server.access().keys.map(|keys| zhucun::s3::Keys { secret: "x".into(), ..keys }),
        ..world.server.access()
    };
    let told = Bucket::open(at("photos"), stranger).await.check().await.unwrap_err();
    assert!(matches!(told, Unusable::Wrong(_)), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_address_holds_for_one_file_and_not_for_ever() {
    let world = World::new().await;
    let bucket = world.bucket().await;
    assert!(bucket.put_new("photo", b"a photo".to_vec()).await.unwrap());
    assert!(bucket.put_new("other", b"another".to_vec()).await.unwrap());
    let shown = Shown { media_type: "image/jpeg", disposition: "inline; filename=\"a.jpg\"" };
    let url = bucket.sign("photo", Duration::from_secs(60), shown).await.unwrap();
    let answer = reqwest::get(&url).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.bytes().await.unwrap().as_ref()), (200, &b"a photo"[..]));
    assert_eq!(reqwest::get(url.replace("/photo?", "/other?")).await.unwrap().status(), 403);
    assert_eq!(reqwest::get(url.replace("X-Amz-Expires=60", "X-Amz-Expires=61")).await.unwrap().status(), 403);
    assert_eq!(reqwest::get(url.split('?').next().unwrap()).await.unwrap().status(), 403, "without a signature");
    let short = bucket.sign("photo", Duration::from_secs(1), shown).await.unwrap();
    wait::until("the address to expire", async || {
        let status = reqwest::get(&short).await?.status();
        Ok(Seen::when(status == 403, status.as_str()))
    })
    .await
    .unwrap();
}
