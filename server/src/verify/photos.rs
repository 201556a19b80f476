//! The store of photos beside what the tables say of it.

use std::{collections::HashSet, io};

use anyhow::Context as _;
use sea_orm::DatabaseConnection;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use sync_protocol::Hash;
use tokio::io::AsyncReadExt as _;

use super::{
    finding::{Code, Finding, Report},
    store::look,
};
use crate::media::blobs::BlobStore;

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Depth {
    /// Nothing.
    None,
    /// That they are there, and how many bytes they have.
    Sizes,
    /// Every byte.
    All,
}

/// So often it is told how far it is, in bytes.
const TOLD_EVERY: u64 = 10 << 30;

/// All that lies in a store.
pub async fn stored(store: &dyn BlobStore) -> io::Result<Vec<Hash>> {
    let mut keys: Vec<Hash> = Vec::new();
    loop {
        let page = store.list(keys.last()).await?;
        if page.is_empty() {
            return Ok(keys);
        }
        keys.extend(page.into_iter().map(|(key, _)| key));
    }
}

/// Checks the photos of the copy `db` of what is `live`. `stored` are those that lay in the store before the copy was made.
pub async fn check(
    db: &DatabaseConnection,
    live: &DatabaseConnection,
    store: &dyn BlobStore,
    depth: Depth,
    stored: Vec<Hash>,
    report: &mut Report<'_>,
) -> anyhow::Result<()> {
    if depth == Depth::None {
        report.note("photos were not looked at (--photos)");
        return Ok(());
    }
    let rows = look::blobs(db).await?;
    let (mut bytes, mut known) = (0, HashSet::new());
    for row in &rows {
        let Ok(hash) = <Hash>::try_from(row.sha256.as_slice()) else { continue };
        known.insert(hash);
        let size = row.size.unsigned_abs();
        let missing = async |report: &mut Report<'_>| {
            if !look::is_going(live, &hash).await? {
                report.find(Finding::new(Code::BlobMissing, about(&hash), format!("{size} bytes"), "none"));
            }
            anyhow::Ok(())
        };
        if depth == Depth::Sizes {
            match store.size(&hash).await? {
                Some(there) => sized(&hash, size, there, report),
                None => missing(report).await?,
            }
            continue;
        }
        let Some((found, there)) = hashed(store, &hash).await.with_context(|| hex::encode(hash))? else {
            missing(report).await?;
            continue;
        };
        if found != hex::encode(hash) {
            let code = if there == size { Code::BlobAltered } else { Code::BlobCut };
            let expected = format!("{size} bytes with the hash {}", hex::encode(hash));
            report.find(Finding::new(code, about(&hash), expected, format!("{there} bytes with the hash {found}")));
        } else {
            sized(&hash, size, there, report);
        }
        if (bytes + there) / TOLD_EVERY > bytes / TOLD_EVERY {
            report.progress(format!("photos: {} GB", (bytes + there) >> 30));
        }
        bytes += there;
    }
    known.extend(look::renditions(db).await?);
    let under_way = look::under_way(db).await?;
    for stray in stored.iter().filter(|hash| !known.contains(*hash) && !under_way.contains(*hash)) {
        // It was erased between the list and the copy.
        if store.size(stray).await?.is_none() {
            continue;
        }
        report.find(Finding::new(Code::BlobStray, about(stray), "a row that says it is complete", "none"));
    }
    report.count("photos", rows.len() as u64);
    Ok(())
}

fn sized(hash: &Hash, expected: u64, found: u64, report: &mut Report<'_>) {
    if expected != found {
        report.find(Finding::new(Code::BlobCut, about(hash), format!("{expected} bytes"), format!("{found} bytes")));
    }
}

fn about(hash: &Hash) -> (&'static str, Vec<(&'static str, Value)>) {
    ("stored_blob", vec![("sha256", hex::encode(hash).into())])
}

/// The hash and the number of the bytes under a key.
async fn hashed(store: &dyn BlobStore, key: &Hash) -> io::Result<Option<(String, u64)>> {
    let Some(mut reader) = store.open(key, 0..u64::MAX).await? else { return Ok(None) };
    let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 18]);
    loop {
        match reader.read(&mut buffer).await? {
            0 => return Ok(Some((hex::encode(hash.finalize()), bytes))),
            n => {
                hash.update(&buffer[..n]);
                bytes += n as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        media::{blobs::folder::FolderStore, store::erase::ERASE_BYTES},
        storage::{
            Db,
            entities::{job, stored_blob},
            rows,
        },
    };

    #[tokio::test]
    async fn what_is_erased_while_it_is_checked_is_not_missed_and_all_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let open =
            async |name: &str| Db::open(&format!("sqlite:{}", folder.path().join(name).display()), 1).await.unwrap();
        let (copy, live) = (open("copy.db").await, open("live.db").await);
        let [erased, going, lost] = [[1; 32], [2; 32], [3; 32]];
        let row = |hash: Hash| stored_blob::Model {
            sha256: hash.to_vec(),
            size: 5,
            media_type: "image/jpeg".into(),
            stored_ms: 1,
        };
        let insert = async |db: &Db, hashes: &[Hash]| {
            let tx = db.begin().await.unwrap();
            rows::insert::<stored_blob::Entity>(&tx, hashes.iter().copied().map(row).collect()).await.unwrap();
            tx.commit().await.unwrap();
        };
        insert(&copy, &[erased, going, lost]).await;
        insert(&live, &[going, lost]).await;
        let tx = live.begin().await.unwrap();
        let (kind, subject) = (ERASE_BYTES.to_owned(), hex::encode(going));
        let erasing = job::Model { kind, subject, version: 0, due_ms: 1, attempts: 0, error: None };
        rows::insert::<job::Entity>(&tx, vec![erasing]).await.unwrap();
        tx.commit().await.unwrap();

        let store = FolderStore::open(folder.path().join("media")).unwrap();
        let listed_and_gone = [4; 32];
        for depth in [Depth::Sizes, Depth::All] {
            let mut found = Vec::new();
            let mut tell = |finding: &Finding| found.push(finding.to_string());
            let mut report = Report::new(&mut tell, |_| {}, |_| {});
            check(&copy.read, &live.read, &store, depth, vec![listed_and_gone], &mut report).await.unwrap();
            let missing =
                format!("blob_missing: stored_blob sha256={}: expected 5 bytes; found none", hex::encode(lost));
            assert_eq!(found, [missing], "{depth:?}");
        }
    }
}
