//! What every store of blobs is tested for. `make test-garage` tells it to hold a store outside of these tests to the same.

use std::{path::Path, sync::Arc, time::Duration};

use sync_protocol::{Hash, ids::sha256};
use tokio::io::AsyncReadExt as _;
use zhucun::{
    config::{BucketIn, Encryption},
    media::blobs::{BlobStore, FolderStore, S3Store},
    s3::{Access, Bucket},
};
use zhucun_tests::s3::{S3Server, at};

const MIB: usize = 1 << 20;
/// Long after anything that a test cut off.
const MUCH_LATER_MS: i64 = 2 * 24 * 3_600_000;

/// Bytes of that length, other for each seed.
pub fn bytes(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(next).flatten().take(length).collect()
}

/// Lays bytes into a file of the scratch folder, as a finished upload is; gives their hash.
fn lay(file: &Path, bytes: &[u8]) -> Hash {
    std::fs::write(file, bytes).unwrap();
    sha256(&[bytes])
}

async fn read(store: &dyn BlobStore, key: &Hash, range: std::ops::Range<u64>) -> Vec<u8> {
    let mut out = Vec::new();
    store.open(key, range).await.unwrap().unwrap().read_to_end(&mut out).await.unwrap();
    out
}

/// Panics where the store, which is empty, breaks the contract of [`BlobStore`].
async fn holds(store: Arc<dyn BlobStore>, scratch: &Path) {
    absent_is_no_fault(&*store).await;
    twice_and_at_once(&store, scratch).await;
    any_size(&*store, scratch).await;
    faults_change_nothing(&*store, scratch).await;
    cut_anywhere(&store, scratch).await;
    listed_in_order(&*store).await;
    deleted_while_read(&*store).await;
}

async fn absent_is_no_fault(store: &dyn BlobStore) {
    let key = sha256(&[b"nothing"]);
    assert!(!store.exists(&key).await.unwrap());
    assert!(store.open(&key, 0..10).await.unwrap().is_none());
    assert!(store.open(&key, 0..0).await.unwrap().is_none());
    assert!(!store.delete(&key).await.unwrap());
    assert!(store.list(None).await.unwrap().is_empty());
}

async fn twice_and_at_once(store: &Arc<dyn BlobStore>, scratch: &Path) {
    let content = bytes(1, 200_000);
    let file = scratch.join("file");
    for round in ["first", "again"] {
        let key = lay(&file, &content);
        store.put(&key, &file).await.unwrap();
        assert!(!file.exists(), "{round}: a put takes the file");
        assert_eq!(store.size(&key).await.unwrap(), Some(200_000), "{round}");
    }
    let content = bytes(2, 300_000);
    let puts = (0..8).map(|n| {
        let (store, file) = (store.clone(), scratch.join(format!("twin-{n}")));
        let key = lay(&file, &content);
        tokio::spawn(async move { store.put(&key, &file).await })
    });
    for put in puts.collect::<Vec<_>>() {
        put.await.unwrap().unwrap();
    }
    let key = sha256(&[&content]);
    for range in [0..300_000, 0..0, 5..6, 100_000..150_000, 299_999..300_000, 299_990..400_000, 400_000..400_001] {
        let (start, end) = (range.start.min(300_000) as usize, range.end.min(300_000) as usize);
        assert!(read(&**store, &key, range.clone()).await == content[start..end], "{range:?}");
    }
    assert!(read(&**store, &key, 0..u64::MAX).await == content, "all there is");
}

/// From nothing to what goes in parts, on both sides of each edge.
async fn any_size(store: &dyn BlobStore, scratch: &Path) {
    for (seed, length) in [0, 1, 16 * MIB, 16 * MIB + 1, 24 * MIB + 3].into_iter().enumerate() {
        let content = bytes(seed as u64 + 10, length);
        let file = scratch.join("sized");
        let key = lay(&file, &content);
        store.put(&key, &file).await.unwrap();
        assert_eq!(store.size(&key).await.unwrap(), Some(length as u64));
        assert!(sha256(&[&read(store, &key, 0..u64::MAX).await]) == key, "{length}");
        let last = length.saturating_sub(5)..length;
        assert!(read(store, &key, last.start as u64..last.end as u64).await == content[last], "{length}: its end");
    }
}

async fn faults_change_nothing(store: &dyn BlobStore, scratch: &Path) {
    let content = bytes(1, 200_000);
    let key = sha256(&[&content]);
    assert!(store.put(&key, &scratch.join("absent")).await.is_err());
    assert_eq!(store.size(&key).await.unwrap(), Some(200_000));
    assert!(store.put(&sha256(&[b"absent"]), &scratch.join("absent")).await.is_err());
    assert!(!store.exists(&sha256(&[b"absent"])).await.unwrap());
}

/// Whenever a put is cut off, there is the whole or nothing; and the next one brings it.
async fn cut_anywhere(store: &Arc<dyn BlobStore>, scratch: &Path) {
    let content = bytes(20, 17 * MIB);
    let (file, key) = (scratch.join("cut"), sha256(&[&content]));
    let mut patience = Duration::from_micros(200);
    loop {
        lay(&file, &content);
        let put = tokio::time::timeout(patience, store.put(&key, &file)).await;
        // Looked at first: a put that nobody waits for any more may go on to its end meanwhile.
        let untaken = file.exists();
        match store.size(&key).await.unwrap() {
            None => assert!(put.is_err() && untaken, "a put that has not ended takes nothing"),
            size => assert_eq!(size, Some(content.len() as u64), "cut after {patience:?}"),
        }
        if put.is_ok_and(|put| put.is_ok()) {
            break;
        }
        patience *= 4;
    }
    assert!(sha256(&[&read(&**store, &key, 0..u64::MAX).await]) == key);
    let later = zhucun::app::now_ms() + MUCH_LATER_MS;
    store.sweep(later).await.unwrap();
    assert_eq!(store.sweep(later).await.unwrap(), 0, "swept is swept");
    assert!(sha256(&[&read(&**store, &key, 0..u64::MAX).await]) == key, "what is whole stays");
}

async fn listed_in_order(store: &dyn BlobStore) {
    let mut all: Vec<(Hash, u64)> = Vec::new();
    loop {
        let page = store.list(all.last().map(|(key, _)| key)).await.unwrap();
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    let mut expected: Vec<(Hash, u64)> = [bytes(1, 200_000), bytes(2, 300_000), bytes(20, 17 * MIB)]
        .iter()
        .chain(
            [0, 1, 16 * MIB, 16 * MIB + 1, 24 * MIB + 3]
                .iter()
                .enumerate()
                .map(|(n, l)| bytes(n as u64 + 10, *l))
                .collect::<Vec<_>>()
                .iter(),
        )
        .map(|content| (sha256(&[content]), content.len() as u64))
        .collect();
    expected.sort_unstable();
    assert_eq!(all, expected);
}

async fn deleted_while_read(store: &dyn BlobStore) {
    let content = bytes(2, 300_000);
    let key = sha256(&[&content]);
    let mut open = store.open(&key, 0..300_000).await.unwrap().unwrap();
    assert!(store.delete(&key).await.unwrap());
    assert!(!store.exists(&key).await.unwrap());
    let mut rest = Vec::new();
    open.read_to_end(&mut rest).await.unwrap();
    assert!(rest == content, "what is being read stays readable");
    assert!(!store.delete(&key).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_keeps_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    let store = FolderStore::open(dir.path().join("blobs")).unwrap();
    holds(Arc::new(store), dir.path()).await;
    assert_eq!(std::fs::read_dir(dir.path().join("blobs/tmp")).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_s3_store_keeps_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    let server = S3Server::start().await.unwrap();
    holds(Arc::new(S3Store::new(Bucket::open(at("photos"), server.access()).await)), dir.path()).await;
    assert_eq!(server.unfinished(), 0);
}

/// With `ZHUCUN_TEST_S3_ENDPOINT`, `ZHUCUN_TEST_S3_PLACE` (`s3://BUCKET/PREFIX`, where nothing is yet) and the keys in the environment.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a store outside of the tests: make test-garage"]
async fn a_store_elsewhere_keeps_the_contract() {
    let setting = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let dir = tempfile::tempdir().unwrap();
    let access = Access {
        endpoint: Some(setting("ZHUCUN_TEST_S3_ENDPOINT")),
        region: setting("AWS_REGION"),
        bucket_in: BucketIn::Path,
        encryption: Encryption::OfBucket,
        keys: None,
    };
    let place = setting("ZHUCUN_TEST_S3_PLACE").parse().unwrap();
    holds(Arc::new(S3Store::new(Bucket::open(place, access).await)), dir.path()).await;
}
