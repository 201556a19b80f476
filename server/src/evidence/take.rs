//! Writing a folder of evidence from a database that others write meanwhile.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use anyhow::{Context as _, ensure};
use sync_protocol::{RecordKey, courier, push::Push, world::Placed};
use tokio::io::AsyncReadExt as _;

use super::{
    manifest::{self, FORM, FileHash, Manifest, Signature},
    store,
};
use crate::{
    app::{App, make_private, now_ms},
    media::lookup::PhotoReceipt,
};

/// What is asked for. Whole records: of a part of one nobody could tell whether it is shown as it should be.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Records: scope, kind, id.
    pub records: Vec<(String, String, String)>,
    /// All records of these scopes.
    pub scopes: Vec<String>,
    /// All records in which that person's phones wrote between these moments, ms.
    pub person: Option<(String, i64, i64)>,
    /// The same in words.
    pub told: String,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Records shown.
    pub records: usize,
    /// Photos.
    pub photos: usize,
    /// Records of which the disclosed lines do not show all.
    pub unproved: usize,
}

/// Writes it into that folder, which must not be there yet.
pub async fn take(app: &App, selection: &Selection, into: &Path) -> anyhow::Result<Taken> {
    ensure!(!into.exists(), "{} is there already", into.display());
    let db = app.db.snapshot().await?;
    let mut keys: BTreeSet<RecordKey> = BTreeSet::new();
    let named: Vec<RecordKey> = selection.records.iter().map(|(s, k, i)| RecordKey::of(s, k, i)).collect();
    keys.extend(store::named(&db, &named).await?);
    ensure!(keys.len() == named.iter().collect::<BTreeSet<_>>().len(), "not all of the records named are there");
    for scope in &selection.scopes {
        keys.extend(store::of_scope(&db, scope).await?);
    }
    if let Some((person, from_ms, to_ms)) = &selection.person {
        keys.extend(store::of_person(&db, person, (*from_ms, *to_ms)).await?);
    }
    keys.extend(store::with_photos(&db, &keys).await?);
    let shown = store::bodies(&db, &keys).await?;
    ensure!(!shown.is_empty(), "nothing is selected");
    let pushes = store::pushes(&db, &store::disclosed(&db, &keys).await?).await?;
    let photos = store::photos(&db, &keys).await?;
    db.commit().await?;

    let proved = manifest::folded(&lines(&pushes), &app.keys.public);
    let mut unproved = BTreeMap::new();
    for row in &shown {
        let name = manifest::name(&row.scope, &row.kind, &row.id);
        if proved.get(&name) != Some(&row.body) {
            let why = "a line that others must not see bears on it, or one that was erased: its time hangs on that line, or a value does";
            unproved.insert(name, why.to_owned());
        }
    }
    make_private(into).with_context(|| format!("making {}", into.display()))?;
    let mut files = Files { into, hashes: BTreeMap::new() };
    files.write(manifest::PUSHES, &pushes)?;
    files.write(
        manifest::RECORDS,
        &shown.iter().flat_map(|row| [row.body.as_bytes(), b"\n"].concat()).collect::<Vec<_>>(),
    )?;
    files.write(manifest::KEYS, &serde_json::to_vec_pretty(&app.keys.published())?)?;
    let receipts: Vec<PhotoReceipt> = photos.iter().map(|blob| PhotoReceipt::issue(&app.keys, blob)).collect();
    files.write(manifest::RECEIPTS, &serde_json::to_vec_pretty(&receipts)?)?;
    files.write(manifest::README, include_bytes!("README.txt"))?;
    make_private(&into.join("photos"))?;
    for blob in &photos {
        let hash = blob.sha256.as_slice().try_into().context("a photo's hash")?;
        let mut bytes = Vec::new();
        let reader = app.blobs.open(&hash, 0..u64::MAX).await?;
        let mut reader = reader.with_context(|| format!("photo {} is not in the store", hex::encode(hash)))?;
        reader.read_to_end(&mut bytes).await?;
        files.write(&format!("photos/{}{}", hex::encode(hash), ending(&blob.media_type)), &bytes)?;
    }
    let manifest = Manifest {
        evidence: FORM,
        at: now_ms(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        selection: selection.told.clone(),
        unproved,
        files: files.hashes,
    };
    let text = serde_json::to_vec_pretty(&manifest)?;
    fs::write(into.join(manifest::MANIFEST), &text)?;
    let signature = Signature::issue(&app.keys.signing, &text);
    fs::write(into.join(manifest::SIGNATURE), serde_json::to_vec_pretty(&signature)?)?;
    Ok(Taken { records: shown.len(), photos: photos.len(), unproved: manifest.unproved.len() })
}

/// The lines of a courier file, blanks too.
pub fn lines(file: &[u8]) -> Vec<Placed> {
    let pushes = courier::read(file).filter_map(Result::ok);
    pushes
        .flat_map(|(_, body)| {
            let Ok(push) = Push::read(&body) else { return Vec::new() };
            let (install, first) = (push.header.install, push.header.first);
            let placed = move |(seq, bytes): (u64, &[u8])| Placed { install, seq, bytes: bytes.to_vec() };
            (first..).zip(push.lines).map(placed).collect::<Vec<_>>()
        })
        .collect()
}

fn ending(media_type: &str) -> &'static str {
    match media_type {
        "image/jpeg" => ".jpg",
        "image/png" => ".png",
        "image/webp" => ".webp",
        "image/heic" => ".heic",
        _ => "",
    }
}

struct Files<'a> {
    into: &'a Path,
    hashes: BTreeMap<String, FileHash>,
}

impl Files<'_> {
    fn write(&mut self, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        fs::write(self.into.join(name), bytes).with_context(|| format!("writing {name}"))?;
        self.hashes.insert(name.to_owned(), FileHash::of(bytes));
        Ok(())
    }
}
