//! Brings photos into the gallery that were here before it: a stretch of them a job, which leaves the next.

use std::collections::HashMap;

use async_trait::async_trait;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Query};
use sync_protocol::record::Fed;

use super::keep;
use crate::{
    gallery::projection::{Tally, of},
    storage::{
        Write,
        entities::{gallery, photo, record},
        jobs::{self, JobHandler, JobKey},
        rows,
    },
};

/// The kind of job; its subject is the key of the photo record behind which it goes on, in hex.
const GATHER: &str = "gather_photos";
/// Photos of one job.
const STRETCH: u64 = 2_000;

/// Does it.
pub struct Gather;

#[async_trait]
impl JobHandler for Gather {
    fn kind(&self) -> &'static str {
        GATHER
    }

    async fn run(&self, tx: &Write, subjects: &[String], now_ms: i64) -> Result<(), DbErr> {
        for behind in subjects {
            if let Some(last) = gather(tx, hex::decode(behind).unwrap_or_default()).await? {
                jobs::enqueue(tx, [JobKey { kind: GATHER, subject: hex::encode(last) }], now_ms).await?;
            }
        }
        Ok(())
    }
}

/// Gives the key of the last, if there may be more.
async fn gather(tx: &Write, behind: Vec<u8>) -> Result<Option<Vec<u8>>, DbErr> {
    let known = Query::select().column(gallery::Column::Record).from(gallery::Entity).to_owned();
    let photos = photo::Entity::find()
        .filter(photo::Column::Record.gt(behind))
        .filter(photo::Column::Record.not_in_subquery(known))
        .order_by_asc(photo::Column::Record)
        .limit(STRETCH)
        .all(tx)
        .await?;
    let last = photos.last().filter(|_| photos.len() as u64 == STRETCH).map(|photo| photo.record.clone());
    let keys: Vec<Vec<u8>> = photos.iter().map(|photo| photo.record.clone()).collect();
    let records = rows::select_in::<record::Entity, _>(tx, record::Column::Key, keys).await?;
    let bodies: HashMap<Vec<u8>, String> = records.into_iter().map(|row| (row.key, row.body)).collect();
    let mut tally = Tally::default();
    let gathered = photos.into_iter().filter_map(|photo| {
        let fed = Fed::read(bodies.get(&photo.record)?).ok()?;
        let fields = serde_json::to_string(&fed.f).ok()?;
        let row = of(photo, &serde_json::from_str(&fields).ok()?);
        tally.add(&row);
        Some(row)
    });
    let gathered: Vec<gallery::Model> = gathered.collect();
    rows::insert::<gallery::Entity>(tx, gathered).await?;
    keep::write(tx, &tally).await?;
    Ok(last)
}
