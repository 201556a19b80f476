//! Bytes of photos that erasures name. They go once nothing promises them any more, and are not taken again; a photo that something else
//! promises stays, until that is erased too.

use std::collections::BTreeSet;

use async_trait::async_trait;
use mobile_schema::kinds::erasure::Erasure;
use sea_orm::{DbErr, EntityTrait};
use sync_protocol::{Hash, ids::lower_hex};

use super::Promiser;
use crate::{
    media::{Media, faults, inbox::Taken},
    storage::{
        Write,
        entities::erased_photo,
        jobs::{self, JobHandler, JobKey},
        projection::{Changed, Projection},
        rows,
    },
};

/// The kind of job that takes bytes away; its subject is their SHA-256.
pub const ERASE_BYTES: &str = "erase_bytes";

/// Which photos each erasure names. What it named once it names for ever.
pub struct Erasures;

#[async_trait]
impl Projection for Erasures {
    fn kinds(&self) -> &'static [&'static str] {
        &["erasure"]
    }

    async fn apply(&self, tx: &Write, changed: &[&Changed<'_>]) -> Result<BTreeSet<JobKey>, DbErr> {
        let (mut named, mut jobs) = (Vec::new(), BTreeSet::new());
        for erasure in changed {
            for text in erasure.read::<Erasure>().photos {
                let Some(hash) = lower_hex(&text) as Option<Hash> else { continue };
                named.push(erased_photo::Model { sha256: hash.to_vec(), record: erasure.key.0.to_vec() });
                jobs.insert(JobKey { kind: ERASE_BYTES, subject: text });
            }
        }
        rows::upsert::<erased_photo::Entity>(tx, named).await?;
        Ok(jobs)
    }

    async fn clear(&self, tx: &Write) -> Result<(), DbErr> {
        erased_photo::Entity::delete_many().exec(tx).await?;
        Ok(())
    }
}

/// Takes bytes away.
pub struct EraseBytes(pub Media);

#[async_trait]
impl JobHandler for EraseBytes {
    fn kind(&self) -> &'static str {
        ERASE_BYTES
    }

    async fn run(&self, tx: &Write, subjects: &[String], now_ms: i64) -> Result<(), DbErr> {
        let Self(media) = self;
        let hashes: Vec<Hash> = subjects.iter().filter_map(|text| lower_hex(text)).collect();
        let promised = super::promised(tx, Promiser::Anyone, &hashes).await?;
        for hash in hashes.iter().filter(|hash| !promised.contains(*hash)) {
            for id in super::forget_bytes(tx, hash).await? {
                if let Taken::Held(held) = media.inbox.take(id).await.map_err(failed)? {
                    held.remove().await.map_err(failed)?;
                }
            }
            // Renditions go by the hand that made them: it may be making them now.
            jobs::enqueue(tx, [super::pictures::job(hash)], now_ms).await?;
            // Before the commit: should that fail, the job is done again.
            media.blobs.delete(hash).await.map_err(failed)?;
        }
        Ok(())
    }
}

fn failed(error: std::io::Error) -> DbErr {
    DbErr::Custom(faults::problem(error).to_string())
}
