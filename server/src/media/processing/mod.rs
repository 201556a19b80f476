//! Opens photos after they are complete: each becomes a row of what was seen in it, and renditions in the store beside it.
//!
//! A job is written with the commit that makes a photo complete. Workers take jobs for a while ([`jobs::claim`]), hold the photo's [`lock`],
//! decode where it may block and outside any transaction, and end the job when all is durable; one that dies leaves a job that is taken
//! again. What is made depends on the bytes alone, so doing it twice does no harm.
//!
//! The row comes before its renditions: so whatever lies in the store is named by a row, and what a row names and is not there is made again
//! when somebody asks. A photo that is erased gives a job too: whoever makes renditions takes them away, and nobody else does.

pub mod lock;
mod shown;
mod work;

use std::time::Duration;

use tokio::task::JoinSet;

use super::{Media, inbox::Taken, store::pictures::OPEN_PICTURE};
use crate::{
    app::now_ms,
    storage::jobs::{self, Claim},
};
use work::Turn;

pub use shown::rendition;

/// Between two looks for jobs.
const PAUSE: Duration = Duration::from_millis(250);
/// So long nobody else looks at a job that was taken. Opening a photo takes a second at most; after this another looks whether it is locked.
const LEASE_MS: i64 = 30_000;
/// After so long a job is looked at again that was wanted while a worker was at its photo.
const LOCKED_MS: i64 = 1_000;
/// What cannot be done now, because the store is down or a disk is full, is tried again after so long.
const AGAIN_MS: i64 = 10_000;

/// Opens what waits, that many at a time, until the server stops.
pub async fn run(media: Media, workers: usize) {
    if workers == 0 {
        return;
    }
    if let Err(error) = begin(&media).await {
        tracing::error!(error = format!("{error:#}"), "what was left of opening photos could not be tidied");
    }
    loop {
        if once(&media, workers).await == 0 {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Removes what a process left that died, and makes the jobs due that it had taken. Who is alive holds its photos' locks.
async fn begin(media: &Media) -> anyhow::Result<()> {
    for file in media.renditions.waiting().await? {
        if let Taken::Held(held) = media.renditions.take(file.id).await? {
            held.remove().await?;
        }
    }
    Ok(jobs::make_due(&media.db, OPEN_PICTURE, now_ms()).await?)
}

/// Does all that is due; gives how many jobs there were.
pub async fn once(media: &Media, workers: usize) -> usize {
    let (mut work, mut begun) = (JoinSet::new(), 0);
    loop {
        if work.len() >= workers {
            work.join_next().await;
        }
        match jobs::claim(&media.db, OPEN_PICTURE, LEASE_MS, now_ms()).await {
            Ok(Some(claim)) => {
                work.spawn(one(media.clone(), claim));
                begun += 1;
            }
            Ok(None) => break,
            Err(error) => {
                tracing::warn!(%error, "photos to open cannot be looked up; trying again");
                break;
            }
        }
    }
    while work.join_next().await.is_some() {}
    begun
}

async fn one(media: Media, claim: Claim) {
    let (why, wait_ms) = match work::run(&media, &claim).await {
        Ok(Turn::Done) => return,
        Ok(Turn::Locked) => ("another worker is at it".to_owned(), LOCKED_MS),
        Err(error) => {
            let error = format!("{error:#}");
            tracing::warn!(subject = claim.subject(), error, "a photo could not be opened now");
            (error, AGAIN_MS)
        }
    };
    if let Err(error) = jobs::give_back(&media.db, &claim, &why, now_ms() + wait_ms).await {
        tracing::warn!(%error, "a job could not be given back; it is taken again when its lease ends");
    }
}
