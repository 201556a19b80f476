//! Gives verdicts to fixes that have none. A fix that is projected anew, or whose fence moved, has none again: nothing else is read.

use std::collections::{BTreeMap, BTreeSet};

use mobile_schema::Datum;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Value,
    sea_query::{LockBehavior, LockType},
};

use super::{Court, sql::Keys};
use crate::{
    attendance::{
        day::Span,
        fence::{Fence, Measured, verdict},
    },
    storage::{
        Write,
        entities::{fence, fix},
        rows,
    },
};

/// The fences of villages.
pub type Fences = BTreeMap<String, Vec<Fence>>;

/// All fences of these villages; one without any has an empty list.
pub async fn fences(db: &impl ConnectionTrait, villages: BTreeSet<String>) -> Result<Fences, DbErr> {
    let mut fences: Fences = villages.iter().map(|v| (v.clone(), Vec::new())).collect();
    let villages: Vec<String> = villages.into_iter().collect();
    for row in rows::select_in::<fence::Entity, _>(db, fence::Column::Village, villages).await? {
        let fence = Fence::read(row.record, &row.from_day, row.to_day.as_deref(), &row.datum, &row.geometry);
        fences.entry(row.village).or_default().extend(fence);
    }
    Ok(fences)
}

/// The fix as the judge sees it.
pub fn measured(row: &fix::Model) -> Measured {
    Measured {
        lat: row.lat,
        lon: row.lon,
        accuracy_m: row.accuracy_m,
        datum: row.datum.as_deref().and_then(Datum::parse),
        mock: row.mock,
        span: Span { lo_ms: row.lo_ms, hi_ms: row.hi_ms },
    }
}

/// Judges the fixes of these people that have no verdict: three statements.
pub async fn judge(tx: &Write, court: &Court, people: &BTreeSet<String>) -> Result<(), DbErr> {
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    let mut waiting = Vec::new();
    for chunk in people.chunks(rows::max_parameters(tx)) {
        // A fix that somebody is just changing is skipped: whoever does so has a job of their own to come.
        waiting.extend(
            fix::Entity::find()
                .filter(fix::Column::Place.is_null())
                .filter(fix::Column::Person.is_in(chunk.iter().copied()))
                .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
                .all(tx)
                .await?,
        );
    }
    if waiting.is_empty() {
        return Ok(());
    }
    let fences = fences(tx, waiting.iter().filter_map(|f| f.village.clone()).collect()).await?;
    let judged: Vec<Vec<Value>> = waiting
        .into_iter()
        .map(|row| {
            let of_village = row.village.as_ref().and_then(|v| fences.get(v)).map(Vec::as_slice);
            let verdict = verdict(&measured(&row), of_village, &court.calendar, &court.rule.fix);
            let reasons: Vec<&str> = verdict.reasons.iter().map(|r| r.code()).collect();
            vec![
                row.record.into(),
                verdict.place.name().into(),
                verdict.distance_m.into(),
                verdict.probability.into(),
                verdict.fence.into(),
                reasons.join(",").into(),
            ]
        })
        .collect();
    let keys = Keys { columns: &["record", "place", "distance_m", "probability", "fence", "reasons"], rows: &judged };
    keys.execute(
        tx,
        "UPDATE fix SET place = d.place, distance_m = d.distance_m, probability = d.probability, fence = d.fence, \
         reasons = d.reasons FROM d WHERE fix.record = d.record",
    )
    .await
}
