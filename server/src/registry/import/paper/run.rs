//! Reads what the comparison is with.

use jiff::civil::Date;
use zhucun_presence::{day::Calendar, decide::Verdict, reason::Reason};

use super::{
    compare::{Comparison, Days, Derived, compare},
    sheet,
};
use crate::{
    app::{App, now_ms},
    attendance::{
        asker::Asker,
        store::{
            Court,
            read::{self, ListError, Wanted},
        },
    },
    error::{ErrorCode, Problem},
    registry::{import::refused, store},
    storage::entities::presence,
};

/// The first day of a month, `2026-03`.
pub fn month(name: &str) -> Option<Date> {
    let (year, month) = name.split_once('-').filter(|(year, month)| year.len() == 4 && month.len() == 2)?;
    Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()
}

/// Which sheet.
#[derive(Debug, Clone)]
pub struct About {
    /// The district whose people it names.
    pub district: String,
    /// The place whose members it lists: a village, a town, or the district.
    pub place: Option<String>,
    /// A day of its month.
    pub month: Date,
    /// Of workbooks: the sheet; else the first that is shown.
    pub sheet: Option<String>,
}

/// The sheet beside the verdicts of its month, as far as the asker may see them.
pub async fn compared(app: &App, asker: &Asker, about: About, bytes: Vec<u8>) -> Result<Comparison, Problem> {
    let known = store::known(&app.db.read, &["unit", "person"]).await?;
    let About { district, place, month, sheet } = about;
    let of = district.clone();
    let read = tokio::task::spawn_blocking(move || sheet::read(&bytes, sheet.as_deref(), month, &of, &known)).await;
    let lines = read.map_err(Problem::internal)?.map_err(refused)?;

    let calendar = Calendar(app.config.time_zone.clone());
    let (court, today) = (Court::open(&app.db.read, &calendar, None).await?, calendar.day_of(now_ms()));
    let (from, to) = (month.first_of_month(), month.last_of_month());
    let wanted = Wanted { place: Some(place.unwrap_or(district)), person: None, from, to, today };
    let rows = read::list(&app.db.read, &court, asker, &wanted).await.map_err(|error| match error {
        ListError::TooMany => Problem::new(
            ErrorCode::BadRequest,
            "Too many members at once; name the town or village that the sheet is of.",
        ),
        ListError::Db(error) => error.into(),
    })?;
    let derived: Days = rows.into_iter().filter_map(derived).collect();
    Ok(compare(&lines, month, today, &derived))
}

fn derived(row: presence::Model) -> Option<((String, Date), Derived)> {
    let reasons: Vec<Reason> = serde_json::from_str(&row.reasons).unwrap_or_default();
    let (zh, en) = reasons.into_iter().next().map(|reason| (reason.zh, reason.en)).unwrap_or_default();
    let verdict = Verdict::parse(&row.verdict).unwrap_or(Verdict::Unconfirmed);
    Some(((row.person, row.day.parse().ok()?), Derived { verdict, zh, en }))
}
