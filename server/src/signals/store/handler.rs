//! The job that derives signals anew: reads what is around photos, lets [`judge`] decide, and writes what changed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use async_trait::async_trait;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, sea_query::ExprTrait as _};
use sync_protocol::RecordKey;
use zhucun_presence::day::Calendar;

use super::{expand, load, visits};
use crate::{
    attendance::subject::member_day_at,
    config::Config,
    signals::{
        judge,
        signal::Signal,
        subject::{PHOTO_SIGNALS, Subject},
    },
    storage::{
        Write,
        entities::{photo, photo_visit, signal},
        jobs::{self, JobHandler},
        rows,
    },
};

/// All of this feature.
pub fn job_handlers(config: &Config) -> Vec<Arc<dyn JobHandler>> {
    handlers(&Calendar(config.time_zone.clone()))
}

/// All of this feature, where days are those of that calendar.
pub fn handlers(calendar: &Calendar) -> Vec<Arc<dyn JobHandler>> {
    vec![Arc::new(PhotoSignals(calendar.clone()))]
}

struct PhotoSignals(Calendar);

#[async_trait]
impl JobHandler for PhotoSignals {
    fn kind(&self) -> &'static str {
        PHOTO_SIGNALS
    }

    async fn run(&self, tx: &Write, subjects: &[String], now_ms: i64) -> Result<(), DbErr> {
        let read = |text: &String| {
            let subject = Subject::parse(text);
            if subject.is_none() {
                tracing::warn!(subject = text, "not what signals are derived of");
            }
            subject
        };
        let mut wanted = expand::photos(tx, subjects.iter().filter_map(read)).await?;
        let mut photos = load::photos(tx, wanted.iter().cloned().collect()).await?;
        let moved = visits::settle(tx, &wanted, &photos).await?;
        // Who leaves or joins a visit is one of its photos less or more for the others, and a use of bytes one use less or more.
        let others = rows::select_in::<photo_visit::Entity, _>(tx, photo_visit::Column::Visit, moved).await?;
        let mut more: BTreeSet<Vec<u8>> = others.into_iter().map(|row| row.record).collect();
        more.extend(load::told_of(tx, &wanted).await?);
        more.extend(load::uses(tx, &photos).await?.into_iter().map(|row| row.record));
        more.retain(|key| !wanted.contains(key));
        photos.extend(load::photos(tx, more.iter().cloned().collect()).await?);
        wanted.extend(more);
        // Of most nothing is known yet: their files have still to come.
        let speaking = load::speaking(tx, photos).await?;
        write(tx, &wanted, derive(tx, &self.0, &speaking).await?, now_ms).await
    }
}

type Row = (Vec<u8>, String, Vec<u8>);

/// The rows that these photos come to.
async fn derive(
    tx: &Write,
    calendar: &Calendar,
    photos: &[photo::Model],
) -> Result<BTreeMap<Row, signal::Model>, DbErr> {
    let mut given: Vec<(&photo::Model, Signal)> = Vec::new();
    let around = load::around(tx, calendar, photos).await?;
    for row in photos {
        if let Some((photo, around)) = around.get(&row.record) {
            given.extend(judge::signals(photo, around).into_iter().map(|signal| (row, signal)));
        }
    }
    let others = given.iter().filter_map(|(_, signal)| Some(signal.other?.0.to_vec())).collect();
    let named = load::records(tx, others).await?;
    let row = |(photo, signal): (&photo::Model, Signal)| {
        let other = signal.other.map_or_else(Vec::new, |RecordKey(key)| key.to_vec());
        let name = named.get(&other);
        let row = signal::Model {
            record: photo.record.clone(),
            code: signal.code.name().to_owned(),
            strength: signal.strength,
            scope: photo.scope.clone(),
            id: photo.id.clone(),
            person: photo.person.clone(),
            at_ms: photo.at_ms,
            other_scope: name.map(|record| record.scope.clone()),
            other_kind: name.map(|record| record.kind.clone()),
            other_id: name.map(|record| record.id.clone()),
            zh: signal.zh,
            en: signal.en,
            facts: serde_json::Value::Object(signal.facts).to_string(),
            other,
        };
        ((row.record.clone(), row.code.clone(), row.other.clone()), row)
    };
    Ok(given.into_iter().map(row).collect())
}

/// Brings the rows of the wanted photos to these.
async fn write(
    tx: &Write,
    wanted: &BTreeSet<Vec<u8>>,
    mut now: BTreeMap<Row, signal::Model>,
    now_ms: i64,
) -> Result<(), DbErr> {
    let keys: Vec<Vec<u8>> = wanted.iter().cloned().collect();
    // What speaks against a photo may send the day on which it was taken to a person.
    let day_of = |row: &signal::Model| Some(member_day_at(&row.person, row.at_ms?));
    let mut days = BTreeSet::new();
    let mut gone = Vec::new();
    for before in rows::select_in::<signal::Entity, _>(tx, signal::Column::Record, keys).await? {
        let key = (before.record.clone(), before.code.clone(), before.other.clone());
        match now.get(&key) {
            Some(same) if *same == before => drop(now.remove(&key)),
            Some(_) => {}
            None => {
                days.extend(day_of(&before));
                gone.push(key);
            }
        }
    }
    days.extend(now.values().filter_map(day_of));
    jobs::enqueue(tx, days, now_ms).await?;
    rows::upsert::<signal::Entity>(tx, now.into_values().collect()).await?;
    for (record, code, other) in gone {
        let one =
            signal::Column::Record.eq(record).and(signal::Column::Code.eq(code)).and(signal::Column::Other.eq(other));
        signal::Entity::delete_many().filter(one).exec(tx).await?;
    }
    Ok(())
}
