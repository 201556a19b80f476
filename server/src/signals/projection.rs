//! Which jobs hang on photos and on the records that these hang on (rows of fixes and fences name theirs themselves), and what the office
//! says to signals.

use std::collections::BTreeSet;

use async_trait::async_trait;
use mobile_schema::kinds::signal_review::SignalReview;
use sea_orm::{DbErr, EntityTrait};
use serde::Deserialize;
use sync_protocol::{RecordKey, record::RecordName};

use super::{store::expand::with_photos, subject};
use crate::storage::{
    Write,
    entities::{photo_visit, signal, signal_review},
    jobs::JobKey,
    projection::{Changed, Projection, RowPerRecord, Rows},
};

/// All of them.
pub fn projections() -> Vec<Box<dyn Projection>> {
    vec![Box::new(Between), Rows::<Reviews>::boxed()]
}

/// Photos, and what stands between a photo and its visit. It has no rows; a rebuild clears the signals by it, and the jobs of the photos derive
/// them again.
struct Between;

#[async_trait]
impl Projection for Between {
    fn kinds(&self) -> &'static [&'static str] {
        &["finding", "photo", "response", "roll_call", "visit"]
    }

    async fn apply(&self, tx: &Write, changed: &[&Changed<'_>]) -> Result<BTreeSet<JobKey>, DbErr> {
        let (photos, others): (Vec<&Changed<'_>>, _) = changed.iter().partition(|record| record.name.kind == "photo");
        // Of most there is no photo yet; whatever photo comes has a job of its own.
        let names: Vec<_> = others.iter().map(|record| (record.key, record.name.kind, record.name.id)).collect();
        let named = with_photos(tx, &names).await?;
        let others = others.into_iter().filter(|record| named.contains(&record.key));
        Ok(photos.into_iter().chain(others).map(job).collect())
    }

    async fn clear(&self, tx: &Write) -> Result<(), DbErr> {
        photo_visit::Entity::delete_many().exec(tx).await?;
        signal::Entity::delete_many().exec(tx).await.map(drop)
    }
}

fn job(record: &Changed<'_>) -> JobKey {
    let RecordName { scope, kind, id } = record.name;
    if kind != "photo" {
        return subject::of(scope, kind, id);
    }
    let photo: Of = record.read();
    match photo.subject_kind.zip(photo.subject_id) {
        // One that was there before may have left another record.
        Some((kind, id)) if !record.existed => subject::of(scope, &kind, &id),
        _ => subject::photo(&record.key.0),
    }
}

/// What a photo is of.
#[derive(Default, Deserialize)]
struct Of {
    subject_kind: Option<String>,
    subject_id: Option<String>,
}

/// What the office says to signals, one row each.
struct Reviews;

impl RowPerRecord for Reviews {
    type Entity = signal_review::Entity;
    const KINDS: &'static [&'static str] = &["signal_review"];

    fn record_column() -> signal_review::Column {
        signal_review::Column::Record
    }

    fn row(record: &Changed<'_>) -> Option<signal_review::Model> {
        let review: SignalReview = record.read();
        let other = review.other_scope.zip(review.other_kind).zip(review.other);
        let other = other.map(|((scope, kind), id)| RecordKey::of(&scope, &kind, &id));
        Some(signal_review::Model {
            record: record.key.0.to_vec(),
            scope: record.name.scope.to_owned(),
            photo: RecordKey::of(&review.scope?, "photo", &review.photo?).0.to_vec(),
            code: review.code?,
            other: other.map_or_else(Vec::new, |key| key.0.to_vec()),
            verdict: review.verdict?,
            reason: review.reason.unwrap_or_default(),
        })
    }

    /// The signal stands whatever is said to it.
    fn jobs(_: &signal_review::Model) -> Vec<JobKey> {
        Vec::new()
    }
}
