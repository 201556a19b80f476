//! Sheets over HTTP: a member's, a team's, a village's, a town's or a district's month, as JSON and as files.

use std::collections::BTreeMap;

use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use zhucun_presence::{
    decide::Verdict,
    mark::{MARKS, mark, words},
    month::{Month, Sums},
    seal::Counted,
    sheet::Book,
};

use super::court;
use crate::{
    app::{App, now_ms},
    attendance::{
        asker::Asker,
        sealing,
        seals::{self, Act},
        sheets::{self, Sealing},
        store::{
            Court,
            read::ListError,
            seals as signings,
            sheets::{self as store, Asked, Line, Sheet},
        },
    },
    error::{ErrorCode, Problem},
    extract::{Json, Query},
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(sheet))
        .routes(routes!(workbook))
        .routes(routes!(csv))
        .routes(routes!(print))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SheetQuery {
    /// Members stationed here: a village, a town or other division, or a district.
    place: Option<String>,
    /// This member, `district.p.name`.
    person: Option<String>,
    /// Only of this team, by its id.
    team: Option<String>,
    /// Only the sums of villages, teams and towns.
    #[serde(default)]
    sums: bool,
}

/// A month.
#[derive(Debug, Serialize, ToSchema)]
struct SheetView {
    /// `YYYY-MM`.
    month: String,
    /// Whether all of it is sealed: then this is what was signed.
    sealed: bool,
    /// What the marks mean.
    legend: Vec<MarkView>,
    /// A line a member and village, by village and name. Never by how often somebody was absent.
    lines: Vec<LineView>,
    /// Sums by village, and there by team.
    villages: Vec<VillageView>,
    /// Sums by town.
    towns: Vec<SumView>,
}

/// A mark.
#[derive(Debug, Serialize, ToSchema)]
struct MarkView {
    /// Of which verdict.
    verdict: Verdict,
    /// The mark; empty for what is not required.
    mark: &'static str,
    /// What it means, in Chinese.
    zh: &'static str,
    /// In English.
    en: &'static str,
}

/// A member's month in a village.
#[derive(Debug, Serialize, ToSchema)]
struct LineView {
    /// The member.
    person: String,
    /// Their name.
    name: String,
    /// The village.
    village: String,
    /// Its name.
    village_name: String,
    /// The team, by its id.
    team: Option<String>,
    /// Whether they lead it.
    lead: bool,
    /// Whether this is what was sealed.
    sealed: bool,
    /// The days that count there, in order. Days to come are not told.
    days: Vec<SheetDay>,
    /// Added up.
    sums: Sums,
}

/// One day.
#[derive(Debug, Serialize, ToSchema)]
struct SheetDay {
    /// `YYYY-MM-DD`.
    day: String,
    /// What it counts as.
    verdict: Verdict,
    /// Its mark.
    mark: &'static str,
    /// Of an exceptional day: why, in Chinese.
    #[serde(skip_serializing_if = "String::is_empty")]
    zh: String,
    /// In English.
    #[serde(skip_serializing_if = "String::is_empty")]
    en: String,
    /// The pieces that decided, of which the asker may read the records: on a member's own sheet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    evidence: Vec<String>,
    /// Of a sealed day: what is derived now, where that is something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    now: Option<Counted>,
}

/// A village.
#[derive(Debug, Serialize, ToSchema)]
struct VillageView {
    /// Code, name, sums.
    #[serde(flatten)]
    all: SumView,
    /// Since when its month is sealed, ms.
    sealed_at: Option<i64>,
    /// By whom.
    sealed_by: Option<String>,
    /// Sums by team.
    teams: Vec<SumView>,
}

/// Members' sums, together. Sums are of places and teams; nobody is compared with anybody.
#[derive(Debug, Default, Serialize, ToSchema)]
struct SumView {
    /// The place's code, or the team's id.
    id: String,
    /// Its name.
    name: String,
    /// How many members.
    members: usize,
    /// Added up.
    sums: Sums,
}

/// A month of a member (`person`), a team (`team`), a village, town or district (`place`), of whom the asker may see. What is sealed is shown as sealed.
#[utoipa::path(get, path = "/v1/attendance/sheets/{month}", tag = "attendance", security(("token" = [])),
    params(("month" = String, Path, description = "`YYYY-MM`"), SheetQuery),
    responses((status = 200, body = SheetView)))]
async fn sheet(
    State(app): State<App>,
    asker: Asker,
    Path(month): Path<String>,
    Query(query): Query<SheetQuery>,
) -> Result<Json<SheetView>, Problem> {
    let month = sealing::month(&month)?;
    let sheet = read(&app, &court(&app, None).await?, &asker, month, &query).await?;
    let mut view = view(&sheet, month);
    if query.sums {
        view.lines.clear();
    }
    Ok(Json(view))
}

/// The same as a workbook that Excel, WPS and LibreOffice open: a page a town, a legend, set up for A4 across; with a code that checks the seal
/// once all of the place is sealed.
#[utoipa::path(get, path = "/v1/attendance/sheets/{month}/xlsx", tag = "attendance", security(("token" = [])),
    params(("month" = String, Path, description = "`YYYY-MM`"), SheetQuery),
    responses((status = 200, body = Vec<u8>, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))]
async fn workbook(
    State(app): State<App>,
    asker: Asker,
    Path(month): Path<String>,
    Query(query): Query<SheetQuery>,
) -> Result<Response, Problem> {
    let book = book(&app, &asker, &month, &query).await?;
    let bytes = sheets::workbook::write(&book).map_err(Problem::internal)?;
    let mime = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    file(&query, &month, "xlsx", mime, bytes)
}

/// The same as CSV, in UTF-8 with a byte order mark. No text in it is taken for a formula.
#[utoipa::path(get, path = "/v1/attendance/sheets/{month}/csv", tag = "attendance", security(("token" = [])),
    params(("month" = String, Path, description = "`YYYY-MM`"), SheetQuery),
    responses((status = 200, body = String, content_type = "text/csv")))]
async fn csv(
    State(app): State<App>,
    asker: Asker,
    Path(month): Path<String>,
    Query(query): Query<SheetQuery>,
) -> Result<Response, Problem> {
    let book = book(&app, &asker, &month, &query).await?;
    file(&query, &month, "csv", "text/csv; charset=utf-8", sheets::csv::write(&book))
}

/// The same as a page to print on A4 across, or to save as PDF. It has no scripts, and nothing in it comes from elsewhere.
#[utoipa::path(get, path = "/v1/attendance/sheets/{month}/print", tag = "attendance", security(("token" = [])),
    params(("month" = String, Path, description = "`YYYY-MM`"), SheetQuery),
    responses((status = 200, body = String, content_type = "text/html")))]
async fn print(
    State(app): State<App>,
    asker: Asker,
    Path(month): Path<String>,
    Query(query): Query<SheetQuery>,
) -> Result<Response, Problem> {
    const POLICY: &str =
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let book = book(&app, &asker, &month, &query).await?;
    let head = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CONTENT_SECURITY_POLICY, POLICY)];
    Ok((head, sheets::page::write(&book)).into_response())
}

async fn read(app: &App, court: &Court, asker: &Asker, month: Month, query: &SheetQuery) -> Result<Sheet, Problem> {
    if query.place.is_none() && query.person.is_none() {
        return Err(Problem::new(ErrorCode::BadRequest, "Name a place or a person."));
    }
    let asked = Asked {
        month,
        place: query.place.clone(),
        person: query.person.clone(),
        team: query.team.clone(),
        today: court.calendar.day_of(now_ms()),
    };
    store::read(&app.db.read, court, asker, &asked).await.map_err(|error| match error {
        ListError::TooMany => Problem::new(ErrorCode::BadRequest, "Too many members at once; ask for a smaller place."),
        ListError::Db(error) => error.into(),
    })
}

async fn book(app: &App, asker: &Asker, month: &str, query: &SheetQuery) -> Result<Book, Problem> {
    let month = sealing::month(month)?;
    let court = court(app, None).await?;
    let sheet = read(app, &court, asker, month, query).await?;
    // A code is of a whole place.
    let place = query.place.as_deref().filter(|_| query.person.is_none() && query.team.is_none());
    let signed = match place {
        Some(place) => signings::of_place(&app.db.read, place, month).await?,
        None => Vec::new(),
    };
    let of = query.person.as_deref().or(query.place.as_deref()).unwrap_or_default();
    let sealing = Sealing { keys: &app.keys, public_url: &app.config.public_url, zone: &app.config.time_zone };
    let holding: Vec<&Act> = seals::holding(&signed, None);
    Ok(sheets::laid_out(&sheet, (of, place, month), &court.book, &holding, &sealing))
}

fn file(
    query: &SheetQuery,
    month: &str,
    ending: &str,
    mime: &'static str,
    bytes: Vec<u8>,
) -> Result<Response, Problem> {
    let of = query.person.as_deref().or(query.place.as_deref()).unwrap_or_default();
    let of: String = of.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
    let disposition = format!("attachment; filename=\"{of}-{month}.{ending}\"");
    let disposition = HeaderValue::from_str(&disposition).map_err(Problem::internal)?;
    let head = [(header::CONTENT_TYPE, HeaderValue::from_static(mime)), (header::CONTENT_DISPOSITION, disposition)];
    Ok((head, bytes).into_response())
}

fn view(sheet: &Sheet, month: Month) -> SheetView {
    let mut lines: Vec<LineView> = sheet.lines.iter().map(|line| line_view(sheet, line)).collect();
    lines.sort_by(|a, b| (&a.village, &a.name, &a.person).cmp(&(&b.village, &b.name, &b.person)));
    let held: BTreeMap<&str, &Act> =
        seals::holding(&sheet.acts, None).into_iter().map(|act| (act.village.as_str(), act)).collect();
    let villages = sheet.lines.chunk_by(|a, b| a.village == b.village).map(|of_village| {
        let village = &of_village[0].village;
        let mut teams: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
        for line in of_village {
            teams.entry(line.team.as_deref().unwrap_or_default()).or_default().push(line);
        }
        let held = held.get(village.as_str());
        VillageView {
            all: summed(sheet, village, of_village.iter()),
            sealed_at: held.map(|act| act.at_ms),
            sealed_by: held.map(|act| act.by.clone()),
            teams: teams.into_iter().map(|(team, lines)| summed(sheet, team, lines.into_iter())).collect(),
        }
    });
    let town = |line: &Line| line.village.get(..9).unwrap_or(&line.village).to_owned();
    let towns = sheet.lines.chunk_by(|a, b| town(a) == town(b));
    SheetView {
        month: month.to_string(),
        sealed: !sheet.lines.is_empty() && sheet.lines.iter().all(|line| line.sealed),
        legend: MARKS.map(|(verdict, _)| mark_view(verdict)).into(),
        villages: villages.collect(),
        towns: towns.map(|lines| summed(sheet, &town(&lines[0]), lines.iter())).collect(),
        lines,
    }
}

fn mark_view(verdict: Verdict) -> MarkView {
    let [(_, zh), (_, en)] = words(verdict);
    MarkView { verdict, mark: mark(verdict), zh, en }
}

fn summed<'a>(sheet: &Sheet, id: &str, lines: impl Iterator<Item = &'a Line>) -> SumView {
    let none = SumView { id: id.to_owned(), name: sheet.names.of(id).to_owned(), ..SumView::default() };
    lines.fold(none, |all, line| SumView { members: all.members + 1, sums: all.sums.and(&line.sums), ..all })
}

fn line_view(sheet: &Sheet, line: &Line) -> LineView {
    let day = |day: &store::Day| SheetDay {
        day: Date::to_string(&day.date),
        verdict: day.verdict,
        mark: mark(day.verdict),
        zh: day.zh.clone(),
        en: day.en.clone(),
        evidence: day.used.clone(),
        now: day.now.clone(),
    };
    LineView {
        person: line.person.clone(),
        name: sheet.names.of(&line.person).to_owned(),
        village: line.village.clone(),
        village_name: sheet.names.of(&line.village).to_owned(),
        team: line.team.clone(),
        lead: line.lead,
        sealed: line.sealed,
        days: line.days.iter().map(day).collect(),
        sums: line.sums.clone(),
    }
}
