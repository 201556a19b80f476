//! What every store of blobs is tested for.

use std::path::Path;

use sync_protocol::{Hash, ids::sha256};
use tokio::io::AsyncReadExt as _;

use super::BlobStore;

/// Panics where the store breaks the contract of [`BlobStore`]. `scratch` is a folder for local files.
pub async fn holds(store: &dyn BlobStore, scratch: &Path) {
    let bytes: Vec<u8> = (0..200_000u32).map(|i| (i % 251) as u8).collect();
    let key = sha256(&[&bytes]);
    let file = scratch.join("file");

    assert!(!store.exists(&key).await.unwrap());
    assert!(store.open(&key, 0..10).await.unwrap().is_none());
    assert!(!store.delete(&key).await.unwrap());

    for round in ["first", "again"] {
        std::fs::write(&file, &bytes).unwrap();
        store.put(&key, &file).await.unwrap();
        assert!(!file.exists(), "{round}: a put takes the file");
        assert_eq!(store.size(&key).await.unwrap(), Some(200_000), "{round}");
    }
    let twins = [scratch.join("twin-1"), scratch.join("twin-2")];
    for twin in &twins {
        std::fs::write(twin, &bytes).unwrap();
    }
    let (one, other) = tokio::join!(store.put(&key, &twins[0]), store.put(&key, &twins[1]));
    one.and(other).unwrap();

    for range in [0..200_000, 0..0, 5..6, 100_000..150_000, 199_999..200_000, 199_990..300_000] {
        let end = usize::try_from(range.end).unwrap().min(bytes.len());
        let expected = &bytes[usize::try_from(range.start).unwrap()..end];
        assert!(read(store, &key, range.clone()).await == expected, "{range:?}");
    }

    assert!(store.put(&key, &scratch.join("absent")).await.is_err());
    assert_eq!(store.size(&key).await.unwrap(), Some(200_000), "a failed put changes nothing");

    let mut open = store.open(&key, 0..200_000).await.unwrap().unwrap();
    assert!(store.delete(&key).await.unwrap());
    assert!(!store.exists(&key).await.unwrap());
    let mut rest = Vec::new();
    open.read_to_end(&mut rest).await.unwrap();
    assert!(rest == bytes, "what is being read stays readable");
}

async fn read(store: &dyn BlobStore, key: &Hash, range: std::ops::Range<u64>) -> Vec<u8> {
    let mut out = Vec::new();
    store.open(key, range).await.unwrap().unwrap().read_to_end(&mut out).await.unwrap();
    out
}
