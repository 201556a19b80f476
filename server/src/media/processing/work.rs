//! One job: to open a photo, or to take away what was made of one that is gone.

use anyhow::Context as _;
use sync_protocol::{
    Hash,
    ids::{lower_hex, sha256},
};
use tokio::io::AsyncReadExt as _;
use zhucun_pictures::{Likeness, Opened, Reason, Rendition, bounds::MAX_BYTES};

use super::lock;
use crate::{
    app::now_ms,
    media::{Media, inbox::Taken, store, store::pictures, tus::UploadId},
    storage::{
        entities::{picture, stored_blob},
        jobs::Claim,
    },
};

/// A photo whose worker died this often will be the cause.
const MOST_TRIES: i32 = 3;

/// What came of a job that was taken.
pub(super) enum Turn {
    Done,
    /// Another worker is at that photo.
    Locked,
}

pub(super) async fn run(media: &Media, claim: &Claim) -> anyhow::Result<Turn> {
    let hash: Hash = lower_hex(claim.subject()).context("the subject is a hash")?;
    let Some(_lock) = lock::take(&media.renditions, &hash).await? else { return Ok(Turn::Locked) };
    let known = pictures::of(&media.db, &hash).await?;
    match store::stored(&media.db, &[hash]).await?.get(&hash) {
        None => {
            for (rendition, _) in known.as_ref().map(pictures::renditions).unwrap_or_default() {
                take_away(media, &rendition, &hash).await?;
            }
            pictures::forget(&media.db, claim, &hash).await?;
        }
        Some(photo) => {
            if !is_whole(media, known.as_ref()).await? {
                make(media, &hash, photo, claim.tries()).await?;
            }
            // Erased meanwhile, its job has changed: it stays, and is the one to take away what was made.
            pictures::done(&media.db, claim).await?;
        }
    }
    Ok(Turn::Done)
}

async fn make(media: &Media, hash: &Hash, photo: &stored_blob::Model, tries: i32) -> anyhow::Result<()> {
    let opened = if tries > MOST_TRIES {
        let sha256 = hex::encode(hash);
        tracing::error!(sha256, "opening this photo ended the server several times; it is given up");
        Opened::unseen(Reason::GivenUp)
    } else if photo.size.unsigned_abs() > MAX_BYTES {
        Opened::unseen(Reason::TooManyBytes)
    } else {
        open(media, hash).await?
    };
    let made: Vec<Made> = renditions(&opened).map(|r| (sha256(&[&r.jpeg]), r.jpeg.clone())).collect();
    if pictures::write(&media.db, row(hash, &opened, &made)).await? {
        for (key, jpeg) in made {
            put(media, &key, jpeg).await?;
        }
    }
    Ok(())
}

/// A rendition under its name.
type Made = (Hash, Vec<u8>);

/// Whether it was opened before, and nothing is missing of what was made then.
async fn is_whole(media: &Media, known: Option<&picture::Model>) -> anyhow::Result<bool> {
    let Some(known) = known else { return Ok(false) };
    for (rendition, _) in pictures::renditions(known) {
        if !media.blobs.exists(&rendition).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn open(media: &Media, hash: &Hash) -> anyhow::Result<Opened> {
    let mut file = Vec::new();
    let mut reader = media.blobs.open(hash, 0..u64::MAX).await?.context("a complete photo is not in the store")?;
    reader.read_to_end(&mut file).await?;
    Ok(tokio::task::spawn_blocking(move || zhucun_pictures::open(&file)).await?)
}

fn renditions(opened: &Opened) -> impl Iterator<Item = &Rendition> {
    opened.picture.iter().flat_map(|picture| &picture.renditions)
}

fn row(hash: &Hash, opened: &Opened, made: &[Made]) -> picture::Model {
    let Opened { exif, picture } = opened;
    let seen = picture.as_ref().ok();
    let rendition = |at: usize| made.get(at).map(|(key, jpeg)| (key.to_vec(), jpeg.len() as i64)).unzip();
    let ((large, large_size), (small, small_size)) = (rendition(0), rendition(1));
    picture::Model {
        sha256: hash.to_vec(),
        reason: picture.as_ref().err().map(|reason| reason.code().to_owned()),
        width: seen.map(|p| p.width.into()),
        height: seen.map(|p| p.height.into()),
        orientation: exif.orientation.into(),
        taken_local_ms: exif.taken.map(|t| t.local_ms),
        taken_offset_min: exif.taken.and_then(|t| t.offset_min).map(i64::from),
        lat: exif.place.as_ref().map(|p| p.lat),
        lon: exif.place.as_ref().map(|p| p.lon),
        datum: exif.place.as_ref().and_then(|p| p.datum.clone()),
        make: exif.make.clone(),
        model: exif.model.clone(),
        likeness: seen.and_then(|p| p.likeness.as_ref()).map(Likeness::to_bytes),
        large,
        large_size,
        small,
        small_size,
        processed_ms: now_ms(),
    }
}

/// Lays a rendition into the store, by way of a file on its disk.
async fn put(media: &Media, key: &Hash, jpeg: Vec<u8>) -> anyhow::Result<()> {
    let id = UploadId(rand::random());
    media.renditions.create(id).await?;
    let Taken::Held(held) = media.renditions.take(id).await? else { anyhow::bail!("a new file is nobody else's") };
    let (held, _, written) = held.write(jpeg).await?;
    let (held, synced) = held.sync().await?;
    let stored = match written.and(synced) {
        Ok(()) => media.blobs.put(key, held.path()).await,
        failed => failed,
    };
    if stored.is_err() {
        held.remove().await?;
    }
    Ok(stored?)
}

async fn take_away(media: &Media, rendition: &Hash, of: &Hash) -> anyhow::Result<()> {
    if !pictures::is_kept(&media.db, rendition, of).await? {
        media.blobs.delete(rendition).await?;
    }
    Ok(())
}
