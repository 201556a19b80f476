//! What the API shows. There is no way to a verdict or a fix but through an [`Asker`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use zhucun_presence::{
    day,
    decide::decide,
    inputs::{DayInputs, Post},
};

use super::{
    Court, days,
    days::{Loaded, MemberDay},
    verdicts,
};
use crate::{
    attendance::asker::Asker,
    storage::{
        entities::{appeal, fix, inquiry, presence, presence_history, record, station},
        rows,
    },
};

/// Which verdicts are asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Members stationed here: a village, a division above it, or a district.
    pub place: Option<String>,
    /// This member.
    pub person: Option<String>,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// The day it is: of days to come nothing is said.
    pub today: Date,
}

/// A list is refused rather than cut.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// More member-days than one answer holds.
    #[error("too many member-days")]
    TooMany,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbErr),
}

/// Most member-days in one answer: a month of a county's teams.
pub const MAX_MEMBER_DAYS: usize = 15_000;

/// The verdicts on members' days that the asker may see, by person and day. Days without a row are decided on the spot: of a stationed
/// member's day without evidence the verdict is always the same.
pub async fn list(
    db: &impl ConnectionTrait,
    court: &Court,
    asker: &Asker,
    wanted: &Wanted,
) -> Result<Vec<presence::Model>, ListError> {
    let last = wanted.to.min(wanted.today);
    let (days, stations) = stationed(db, court, asker, wanted).await?;
    let people: Vec<String> = stations.keys().cloned().collect();
    let mut rows: BTreeMap<(String, String), presence::Model> = BTreeMap::new();
    for chunk in rows::lists(&people) {
        let found = presence::Entity::find()
            .filter(presence::Column::Person.is_in(chunk))
            .filter(presence::Column::Day.between(wanted.from.to_string(), last.to_string()))
            .all(db)
            .await?;
        rows.extend(found.into_iter().map(|row| ((row.person.clone(), row.day.clone()), row)));
    }
    let mut out = Vec::new();
    for (person, posts) in &stations {
        for day in &days {
            let bounds = court.calendar.bounds(*day);
            let of_day: Vec<Post> = posts
                .iter()
                .filter(|s| s.from_ms < bounds.end_ms && s.to_ms.is_none_or(|to| to > bounds.start_ms))
                .map(|s| Post { from_ms: s.from_ms, record: hex::encode(&s.record), village: s.village.clone() })
                .collect();
            if wanted.person.is_none() && of_day.is_empty() {
                continue;
            }
            out.push(rows.remove(&(person.clone(), day.to_string())).unwrap_or_else(|| {
                let nothing = DayInputs::new(person, *day, &court.calendar, &court.book, of_day).sorted();
                verdicts::row(&nothing, &decide(&nothing), nothing.hash())
            }));
        }
    }
    Ok(out)
}

/// The days on which members that are asked for and may be seen were stationed.
pub async fn member_days(
    db: &impl ConnectionTrait,
    court: &Court,
    asker: &Asker,
    wanted: &Wanted,
) -> Result<BTreeSet<MemberDay>, ListError> {
    let (days, stations) = stationed(db, court, asker, wanted).await?;
    let mut all = BTreeSet::new();
    for (person, posts) in &stations {
        for day in &days {
            let bounds = court.calendar.bounds(*day);
            if posts.iter().any(|s| s.from_ms < bounds.end_ms && s.to_ms.is_none_or(|to| to > bounds.start_ms)) {
                all.insert((person.clone(), *day));
            }
        }
    }
    Ok(all)
}

type Stationed = (Vec<Date>, BTreeMap<String, Vec<station::Model>>);

/// The days that are asked for and not to come, and who was stationed then.
async fn stationed(
    db: &impl ConnectionTrait,
    court: &Court,
    asker: &Asker,
    wanted: &Wanted,
) -> Result<Stationed, ListError> {
    let days: Vec<Date> = day::days(wanted.from, wanted.to.min(wanted.today));
    let stations = stations(db, court, asker, wanted).await?;
    if stations.len().saturating_mul(days.len()) > MAX_MEMBER_DAYS {
        return Err(ListError::TooMany);
    }
    Ok((days, stations))
}

/// The members that are asked for and may be seen, each with their stations of these days.
async fn stations(
    db: &impl ConnectionTrait,
    court: &Court,
    asker: &Asker,
    wanted: &Wanted,
) -> Result<BTreeMap<String, Vec<station::Model>>, DbErr> {
    use station::Column as C;
    let mut query = station::Entity::find()
        .filter(C::FromMs.lt(court.calendar.bounds(wanted.to).end_ms))
        .filter(Condition::any().add(C::ToMs.is_null()).add(C::ToMs.gt(court.calendar.bounds(wanted.from).start_ms)));
    if let Some(person) = &wanted.person {
        query = query.filter(C::Person.eq(person));
    }
    query = match &wanted.place {
        Some(place) if place.starts_with(|c: char| c.is_ascii_digit()) => query.filter(C::Village.starts_with(place)),
        // A district's members carry its name.
        Some(district) => query.filter(C::Person.starts_with(format!("{district}.p."))),
        None => query,
    };
    let mut out: BTreeMap<String, Vec<station::Model>> = BTreeMap::new();
    for row in query.all(db).await? {
        out.entry(row.person.clone()).or_default().push(row);
    }
    if let (Some(person), None) = (&wanted.person, &wanted.place) {
        out.entry(person.clone()).or_default();
    }
    out.retain(|person, posts| {
        let villages: Vec<String> = posts.iter().map(|p| p.village.clone()).collect();
        asker.may_see(person, &villages)
    });
    Ok(out)
}

/// One piece of evidence and where its record is.
#[derive(Debug)]
pub struct Piece {
    /// Its reference.
    pub evidence: String,
    /// Its record.
    pub record: record::Model,
    /// The fix, if it is one.
    pub fix: Option<fix::Model>,
}

/// All there is to a member's day.
#[derive(Debug)]
pub struct DayFile {
    /// The verdict.
    pub verdict: presence::Model,
    /// Whether inputs changed since, and it is about to be derived again.
    pub pending: bool,
    /// The pieces that the asker may read.
    pub pieces: Vec<Piece>,
    /// How many there are besides.
    pub hidden: usize,
    /// Earlier verdicts, the latest first.
    pub history: Vec<presence_history::Model>,
    /// The member's objection.
    pub appeal: Option<appeal::Model>,
    /// What the office asked the member.
    pub inquiry: Option<inquiry::Model>,
}

/// A member's day. `None` if there is none that the asker may see.
pub async fn file(
    db: &impl ConnectionTrait,
    court: &Court,
    asker: &Asker,
    member_day: MemberDay,
) -> Result<Option<DayFile>, DbErr> {
    let (person, day) = (member_day.0.clone(), member_day.1.to_string());
    let Loaded { inputs, mut standing } = days::load(db, court, &BTreeSet::from([member_day])).await?;
    let Some(inputs) = inputs.into_iter().next() else { return Ok(None) };
    let villages: Vec<String> = inputs.stations.iter().map(|s| s.village.clone()).collect();
    if !asker.may_see(&person, &villages) {
        return Ok(None);
    }
    let hash = inputs.hash();
    let stored = standing.remove(&(person.clone(), day.clone()));
    let pending = stored.as_ref().map_or(inputs.matters(), |row| row.inputs != hash);
    let verdict = stored.unwrap_or_else(|| verdicts::row(&inputs, &decide(&inputs), hash));

    let all: BTreeMap<Vec<u8>, String> = inputs
        .pieces()
        .into_iter()
        .filter_map(|(evidence, _)| Some((hex::decode(evidence.split_once(':')?.1).ok()?, evidence)))
        .collect();
    let keys: Vec<Vec<u8>> = all.keys().cloned().collect();
    let mut records = rows::select_in::<record::Entity, _>(db, record::Column::Key, keys.clone()).await?;
    records.retain(|r| asker.may_read(&r.scope));
    let mut fixes: BTreeMap<Vec<u8>, fix::Model> = rows::select_in::<fix::Entity, _>(db, fix::Column::Record, keys)
        .await?
        .into_iter()
        .map(|row| (row.record.clone(), row))
        .collect();
    let hidden = all.len() - records.len();
    let mut pieces: Vec<Piece> = records
        .into_iter()
        .map(|record| Piece { evidence: all[&record.key].clone(), fix: fixes.remove(&record.key), record })
        .collect();
    pieces.sort_by(|a, b| a.evidence.cmp(&b.evidence));

    let history = presence_history::Entity::find()
        .filter(presence_history::Column::Person.eq(&person))
        .filter(presence_history::Column::Day.eq(&day))
        .order_by_desc(presence_history::Column::N)
        .all(db)
        .await?;
    let appeal = appeal::Entity::find()
        .filter(appeal::Column::Person.eq(&person))
        .filter(appeal::Column::Day.eq(&day))
        .order_by_asc(appeal::Column::Record)
        .one(db)
        .await?;
    let inquiry = inquiry::Entity::find()
        .filter(inquiry::Column::Person.eq(&person))
        .filter(inquiry::Column::Day.eq(&day))
        .order_by_asc(inquiry::Column::Record)
        .one(db)
        .await?;
    Ok(Some(DayFile { verdict, pending, pieces, hidden, history, appeal, inquiry }))
}

/// A person's fixes of a day, as the asker may read them, in order of time.
pub async fn fixes(
    db: &impl ConnectionTrait,
    court: &Court,
    asker: &Asker,
    person: &str,
    day: Date,
) -> Result<Vec<fix::Model>, DbErr> {
    let bounds = court.calendar.bounds(day);
    let mut found = fix::Entity::find()
        .filter(fix::Column::Person.eq(person))
        .filter(fix::Column::LoMs.gte(bounds.start_ms - day::MAX_SPAN_MS))
        .filter(fix::Column::LoMs.lt(bounds.end_ms))
        .filter(fix::Column::HiMs.gte(bounds.start_ms))
        .order_by_asc(fix::Column::LoMs)
        .order_by_asc(fix::Column::Record)
        .all(db)
        .await?;
    found.retain(|row| asker.may_read(&row.scope));
    Ok(found)
}
