//! Members' months: every day of them, with or without a verdict of its own, and what is sealed.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use jiff::civil::Date;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, Value};
use zhucun_presence::{
    approval::{Standing, standing},
    day::DayBounds,
    decide::{Verdict, unknown},
    inputs::Post,
    month::{self, Month, Sums, sums},
    rule::book::Ruling,
    seal::Counted,
};

use super::{Court, days::leave, sql::Keys};
use crate::storage::{
    entities::{leave, station},
    rows,
};

/// A member's month.
#[derive(Debug)]
pub struct MemberMonth {
    /// The member.
    pub person: String,
    /// Where they were stationed in it.
    pub stations: Vec<station::Model>,
    /// Its days, in order.
    pub days: Vec<MonthDay>,
}

/// One day of it.
#[derive(Debug)]
pub struct MonthDay {
    /// Which.
    pub date: Date,
    /// As what it counts, and where.
    pub counted: Counted,
    /// The rule it went by; none where there was no station.
    pub ruling: Option<Arc<Ruling>>,
    /// Of a day on leave: its kind.
    pub leave: Option<String>,
    /// What is said of it; none where there is nothing to say but that nothing is known.
    pub told: Option<Told>,
}

/// What is said of a day: JSON lists, as in `presence`; empty where they were not asked for.
#[derive(Debug, FromQueryResult)]
pub struct Told {
    person: String,
    day: String,
    verdict: String,
    village: Option<String>,
    /// Reasons.
    pub reasons: String,
    /// Pieces that decided.
    pub used: String,
}

impl MemberMonth {
    /// The villages in which they have days.
    pub fn villages(&self) -> BTreeSet<String> {
        self.days.iter().filter_map(|day| day.counted.village.clone()).collect()
    }

    /// Added up: the days that counted in that village, or all.
    pub fn sums(&self, village: Option<&str>) -> Sums {
        sums(self.days.iter().filter(|day| village.is_none() || day.counted.village.as_deref() == village).map(|day| {
            month::Day {
                date: day.date,
                verdict: day.counted.verdict,
                rule: day.ruling.as_deref().map(|ruling| &ruling.rule),
                leave: day.leave.as_deref(),
            }
        }))
    }
}

/// The months of these people, up to a last day if there is one. Three statements for each thousand people, and one more where somebody was on leave.
pub async fn load(
    db: &impl ConnectionTrait,
    court: &Court,
    people: &BTreeSet<String>,
    month: Month,
    last: Option<Date>,
    with_reasons: bool,
) -> Result<Vec<MemberMonth>, DbErr> {
    let mut days: Vec<(Date, String, DayBounds)> =
        month.days().into_iter().map(|day| (day, day.to_string(), court.calendar.bounds(day))).collect();
    days.retain(|(day, ..)| last.is_none_or(|last| *day <= last));
    let (first_ms, end_ms) =
        (days.first().map_or(0, |(.., day)| day.start_ms), days.last().map_or(0, |(.., day)| day.end_ms));
    let names: Vec<String> = people.iter().cloned().collect();
    let touches = |row: &station::Model| row.from_ms < end_ms && row.to_ms.is_none_or(|to| to > first_ms);
    let mut stations: HashMap<String, Vec<station::Model>> = HashMap::new();
    for row in rows::select_in::<station::Entity, _>(db, station::Column::Person, names).await? {
        if touches(&row) {
            stations.entry(row.person.clone()).or_default().push(row);
        }
    }
    let mut told = verdicts(db, people, month, with_reasons).await?;
    let mut months: Vec<MemberMonth> = people
        .iter()
        .map(|person| {
            let stations = stations.remove(person).unwrap_or_default();
            let posts: Vec<(Post, Option<i64>)> = stations.iter().map(post).collect();
            let day = |(date, text, bounds): &(Date, String, DayBounds)| {
                let told = told.remove(&(person.clone(), text.clone()));
                month_day(court, *date, *bounds, &posts, told)
            };
            MemberMonth { person: person.clone(), days: days.iter().map(day).collect(), stations }
        })
        .collect();
    add_leave(db, &mut months).await?;
    Ok(months)
}

fn post(row: &station::Model) -> (Post, Option<i64>) {
    let post = Post { from_ms: row.from_ms, record: hex::encode(&row.record), village: row.village.clone() };
    (post, row.to_ms)
}

fn month_day(
    court: &Court,
    date: Date,
    bounds: DayBounds,
    posts: &[(Post, Option<i64>)],
    told: Option<Told>,
) -> MonthDay {
    let here = |(post, to_ms): &&(Post, Option<i64>)| {
        post.from_ms < bounds.end_ms && to_ms.is_none_or(|to| to > bounds.start_ms)
    };
    let village = posts.iter().filter(here).map(|(post, _)| post).min().map(|post| &post.village);
    let ruling = village.map(|village| Arc::clone(court.book.on(village, date)));
    let counted = match &told {
        Some(told) => Counted {
            verdict: Verdict::parse(&told.verdict).unwrap_or(Verdict::Unconfirmed),
            village: told.village.clone(),
        },
        None => {
            let verdict = ruling.as_ref().map_or(Verdict::NotRequired, |ruling| {
                unknown(true, court.book.holidays().need(&ruling.rule.required, date))
            });
            Counted { verdict, village: village.cloned() }
        }
    };
    MonthDay { date, counted, ruling, leave: None, told }
}

async fn verdicts(
    db: &impl ConnectionTrait,
    people: &BTreeSet<String>,
    month: Month,
    with_reasons: bool,
) -> Result<HashMap<(String, String), Told>, DbErr> {
    let (first, last) = (month.first().to_string(), month.last().to_string());
    let wanted: Vec<Vec<Value>> =
        people.iter().map(|person| vec![person.clone().into(), first.clone().into(), last.clone().into()]).collect();
    let keys = Keys { columns: &["person", "first_day", "last_day"], rows: &wanted };
    let [reasons, used] = if with_reasons { ["t.reasons", "t.used"] } else { ["''", "''"] };
    let sql = format!(
        "SELECT t.person AS person, t.day AS day, t.verdict AS verdict, t.village AS village, \
         {reasons} AS reasons, {used} AS used FROM d CROSS JOIN presence t \
         WHERE t.person = d.person AND t.day >= d.first_day AND t.day <= d.last_day"
    );
    let found = keys.query::<Told>(db, &sql).await?;
    Ok(found.into_iter().map(|told| ((told.person.clone(), told.day.clone()), told)).collect())
}

/// Of which kind the leave was, of days on leave.
async fn add_leave(db: &impl ConnectionTrait, months: &mut [MemberMonth]) -> Result<(), DbErr> {
    let on_leave = |day: &&mut MonthDay| day.counted.verdict == Verdict::OnLeave;
    let is_on_leave = |month: &&MemberMonth| month.days.iter().any(|day| day.counted.verdict == Verdict::OnLeave);
    let people: Vec<String> = months.iter().filter(is_on_leave).map(|month| month.person.clone()).collect();
    let mut leaves = Vec::new();
    for chunk in rows::lists(&people) {
        leaves.extend(leave::Entity::find().filter(leave::Column::Person.is_in(chunk)).all(db).await?);
    }
    leaves.sort_by(|a, b| a.record.cmp(&b.record));
    for month in months.iter_mut().filter(|month| people.contains(&month.person)) {
        for day in month.days.iter_mut().filter(on_leave) {
            let Some(ruling) = &day.ruling else { continue };
            let text = day.date.to_string();
            let covers = |row: &&leave::Model| row.person == month.person && row.from_day <= text && text <= row.to_day;
            let approved = |row: &&leave::Model| standing(&ruling.rule.leave, &leave(row)) == Standing::Approved;
            day.leave = leaves.iter().filter(covers).find(approved).and_then(|row| row.kind.clone());
        }
    }
    Ok(())
}
