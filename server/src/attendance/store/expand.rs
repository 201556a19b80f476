//! Which members' days hang on something that lasts: a leave, a duty, a station, a fence. Only days with evidence or a verdict: a
//! fence or station of years is no reason to look at days of which there is nothing to say.

use std::collections::BTreeSet;

use jiff::civil::Date;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, Value};
use zhucun_presence::day::{self, HOUR_MS, MAX_SPAN_MS, parse};

use super::{Court, book::is_code, days::MemberDay, sql::Keys};
use crate::{
    attendance::subject::Stretch,
    storage::{
        Write,
        entities::{duty_away, place, station},
        rows,
    },
};

const COLUMNS: &[&str] = &["subject", "lo_ms", "hi_ms", "first_day", "last_day"];

#[derive(FromQueryResult)]
struct Hours {
    person: String,
    lo_hour: i64,
    hi_hour: i64,
}

#[derive(FromQueryResult)]
struct Days {
    person: String,
    first_day: String,
    last_day: String,
}

/// The days of people that lie in these stretches: two statements.
pub async fn of_people(tx: &Write, court: &Court, stretches: &[Stretch]) -> Result<BTreeSet<MemberDay>, DbErr> {
    let rows = keys(court, stretches);
    let keys = Keys { columns: COLUMNS, rows: &rows };
    let hours = |table: &str, lo: &str, hi: &str| {
        format!(
            "SELECT t.person AS person, t.{lo} / {HOUR_MS} AS lo_hour, t.{hi} / {HOUR_MS} AS hi_hour \
             FROM d CROSS JOIN {table} t WHERE t.person = d.subject AND t.{lo} < d.hi_ms AND t.{hi} >= d.lo_ms"
        )
    };
    // Evidence that began earlier than that has no day.
    let near = format!(" AND t.lo_ms >= d.lo_ms - {MAX_SPAN_MS}");
    let seen = ["fix", "visit", "roll_call", "check_in"].map(|table| hours(table, "lo_ms", "hi_ms") + &near);
    let spans = seen.join(" UNION ");
    let spans = format!("{spans} UNION {}", hours("duty_away", "from_ms", "to_ms"));
    let days = |table: &str, first: &str, last: &str| {
        format!(
            "SELECT t.person AS person, t.{first} AS first_day, t.{last} AS last_day FROM d CROSS JOIN {table} t \
             WHERE t.person = d.subject AND t.{first} <= d.last_day AND t.{last} >= d.first_day"
        )
    };
    let named = ["work_log", "review", "presence"].map(|table| days(table, "day", "day")).join(" UNION ");
    let named = format!("{named} UNION {}", days("leave", "from_day", "to_day"));

    let mut out = of_hours(court, keys.query(tx, &spans).await?);
    out.extend(keys.query::<Days>(tx, &named).await?.into_iter().flat_map(|d| {
        let span = parse(&d.first_day).zip(parse(&d.last_day));
        // Of a leave without end only what lies in a stretch counts, so that a stretch far into it is not cut off.
        let first = stretches.iter().filter(|s| s.of == d.person).map(|s| s.first).min().flatten();
        span.into_iter()
            .flat_map(move |(a, b)| day::days(first.map_or(a, |f| f.max(a)), b))
            .map(move |day| (d.person.clone(), day))
            .collect::<Vec<_>>()
    }));
    out.retain(|(person, day)| stretches.iter().any(|s| s.of == *person && s.holds(*day)));
    Ok(out)
}

/// Takes their verdicts from the fixes of these villages in these stretches, and gives the days that hang on them: three statements.
pub async fn of_villages(tx: &Write, court: &Court, stretches: &[Stretch]) -> Result<BTreeSet<MemberDay>, DbErr> {
    let rows = keys(court, stretches);
    let keys = Keys { columns: COLUMNS, rows: &rows };
    let touched = format!(
        "t.village = d.subject AND t.lo_ms >= d.lo_ms - {MAX_SPAN_MS} AND t.lo_ms < d.hi_ms AND t.hi_ms >= d.lo_ms"
    );
    let spans: Vec<Hours> = keys
        .query(
            tx,
            &format!(
                "SELECT DISTINCT t.person AS person, t.lo_ms / {HOUR_MS} AS lo_hour, t.hi_ms / {HOUR_MS} AS hi_hour \
                 FROM d CROSS JOIN fix t WHERE {touched}"
            ),
        )
        .await?;
    keys.execute(tx, &format!("UPDATE fix AS t SET place = NULL FROM d WHERE {touched}")).await?;
    let verdicts: Vec<Days> = keys
        .query(
            tx,
            "SELECT t.person AS person, t.day AS first_day, t.day AS last_day FROM d CROSS JOIN presence t \
             WHERE t.village = d.subject AND t.day >= d.first_day AND t.day <= d.last_day",
        )
        .await?;
    let mut out = of_hours(court, spans);
    out.extend(verdicts.into_iter().filter_map(|d| Some((d.person, parse(&d.first_day)?))));
    Ok(out)
}

/// The villages of a place in which somebody is stationed, or was.
pub async fn villages_of(tx: &Write, of: &str) -> Result<BTreeSet<String>, DbErr> {
    let mut places = vec![of.to_owned()];
    if !is_code(of) {
        let district = place::Entity::find().filter(place::Column::Id.eq(of)).one(tx).await?;
        places = district.map_or_else(Vec::new, |row| row.towns.split(' ').map(str::to_owned).collect());
    }
    let below = places.iter().map(|code| station::Column::Village.starts_with(code));
    let stations = station::Entity::find().filter(below.fold(Condition::any(), Condition::add));
    let villages = stations.select_only().column(station::Column::Village).distinct().into_tuple().all(tx).await?;
    Ok(if places.is_empty() { BTreeSet::new() } else { villages.into_iter().collect() })
}

/// The days of these people's duties: one statement.
pub async fn of_duties(tx: &Write, court: &Court, people: Vec<String>) -> Result<BTreeSet<MemberDay>, DbErr> {
    let duties = rows::select_in::<duty_away::Entity, _>(tx, duty_away::Column::Person, people).await?;
    let days = |d: duty_away::Model| {
        court.calendar.days(d.from_ms, d.to_ms - 1).into_iter().map(move |day| (d.person.clone(), day))
    };
    Ok(duties.into_iter().flat_map(days).collect())
}

fn of_hours(court: &Court, spans: Vec<Hours>) -> BTreeSet<MemberDay> {
    let night_ms = i64::from(court.book.longest_night_minutes()) * 60_000;
    let days = |s: &Hours| court.calendar.days(s.lo_hour * HOUR_MS - night_ms, s.hi_hour * HOUR_MS + HOUR_MS - 1);
    spans.into_iter().flat_map(|s| days(&s).into_iter().map(move |day| (s.person.clone(), day))).collect()
}

fn keys(court: &Court, stretches: &[Stretch]) -> Vec<Vec<Value>> {
    stretches
        .iter()
        .map(|s| {
            let (lo_ms, hi_ms) = s.bounds_ms(&court.calendar);
            let text = |day: Option<Date>, open: &str| day.map_or_else(|| open.to_owned(), |d| d.to_string());
            vec![
                s.of.clone().into(),
                lo_ms.into(),
                hi_ms.into(),
                text(s.first, "0000").into(),
                text(s.last, "9999").into(),
            ]
        })
        .collect()
}
