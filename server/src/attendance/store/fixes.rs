//! Gives verdicts to fixes that have none. A fix that is projected anew, or whose fence moved, has none again: nothing else is read.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use mobile_schema::Datum;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, Value,
    sea_query::{LockBehavior, LockType},
};
use zhucun_presence::{
    day::Span,
    fence::{Fence, FixReason, Measured, verdict},
};

use super::{Court, ended::ended, sql::Keys};
use crate::storage::{
    Write,
    entities::{fence, fix},
    rows,
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

/// Of a fix what judging takes: half of its columns, and reading them is most of the work.
#[derive(Debug, FromQueryResult)]
pub struct Taken {
    /// Its record.
    pub record: Vec<u8>,
    /// Who took it.
    pub person: String,
    /// The village it names.
    pub village: Option<String>,
    /// When, ms.
    pub lo_ms: Option<i64>,
    /// When at the latest, ms.
    pub hi_ms: Option<i64>,
    lat: f64,
    lon: f64,
    accuracy_m: Option<f64>,
    datum: Option<String>,
    mock: bool,
    /// Which source of the phone measured.
    pub provider: Option<String>,
}

impl Taken {
    /// The columns.
    pub const COLUMNS: &str = "record, person, village, lo_ms, hi_ms, lat, lon, accuracy_m, datum, mock, provider";

    /// The fix as the judge sees it.
    pub fn measured(&self) -> Measured {
        Measured {
            lat: self.lat,
            lon: self.lon,
            accuracy_m: self.accuracy_m,
            datum: self.datum.as_deref().and_then(Datum::parse),
            mock: self.mock,
            span: Span { lo_ms: self.lo_ms, hi_ms: self.hi_ms },
        }
    }
}

/// Judges the fixes of these people that have no verdict: four statements. Gives whose and of when they are.
pub async fn judge(tx: &Write, court: &Court, people: &BTreeSet<String>) -> Result<Vec<(String, Span)>, DbErr> {
    use fix::Column::{AccuracyM, Datum, HiMs, Lat, LoMs, Lon, Mock, Person, Provider, Record, Village};
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    let mut waiting = Vec::new();
    for chunk in rows::lists(&people) {
        // A fix that somebody is just changing is skipped: whoever does so has a job of their own to come.
        waiting.extend(
            fix::Entity::find()
                .filter(fix::Column::Place.is_null())
                .filter(fix::Column::Person.is_in(chunk))
                .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
                .select_only()
                .columns([Record, Person, Village, LoMs, HiMs, Lat, Lon, AccuracyM, Datum, Mock, Provider])
                .into_model::<Taken>()
                .all(tx)
                .await?,
        );
    }
    if waiting.is_empty() {
        return Ok(Vec::new());
    }
    let taken = waiting.iter().map(|fix| (fix.person.clone(), fix.measured().span)).collect();
    let named: BTreeSet<String> = waiting.iter().filter_map(|fix| fix.village.clone()).collect();
    let ended = ended(tx, named.clone()).await?;
    let judged_by = named.into_iter().chain(ended.successors().map(str::to_owned)).collect();
    let fences = fences(tx, judged_by).await?;
    let judged: Vec<Vec<Value>> = waiting
        .into_iter()
        .map(|row| {
            let date = row.lo_ms.map_or(Date::MIN, |at| court.calendar.day_of(at));
            let village = row.village.as_deref().map(|named| ended.heir(named, date));
            let of_village = village.and_then(|village| fences.get(village)).map(Vec::as_slice);
            let ruling = court.book.on(village.unwrap_or_default(), date);
            let mut verdict = verdict(&row.measured(), of_village, &court.calendar, &ruling.rule.fix);
            if village != row.village.as_deref() {
                verdict.note(FixReason::Merged);
            }
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
    let update = keys.execute(
        tx,
        "UPDATE fix SET place = d.place, distance_m = d.distance_m, probability = d.probability, fence = d.fence, \
         reasons = d.reasons FROM d WHERE fix.record = d.record",
    );
    update.await.map(|()| taken)
}
