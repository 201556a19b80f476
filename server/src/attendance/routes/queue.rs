//! The office's queue over HTTP, and its words on days.

use std::collections::BTreeMap;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use zhucun_presence::{decide::Verdict, matter::Code, reason::Reason, rule::words::Sentence, together::Group};

use super::read_back;
use crate::{
    app::App,
    attendance::{
        asker::Asker,
        deciding::{self, AgreeDays, AnswerAppeals, AskMembers, DecideDays, DecidedDays},
        store::{
            sheets as names,
            waiting::{self, Place, Sought},
        },
    },
    auth::{Office, Town},
    error::{ErrorCode, Problem},
    extract::{Json, Query},
    office::page::{PageQuery, cursor},
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(decide))
        .routes(routes!(agree))
        .routes(routes!(answer))
        .routes(routes!(ask))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct MattersQuery {
    /// Of members stationed here: a village, a division above it, or a district.
    place: Option<String>,
    /// Only what is about this.
    code: Option<String>,
}

/// What waits for a person.
#[derive(Debug, Serialize, ToSchema)]
struct MatterView {
    /// Whose day.
    person: String,
    /// Which day.
    day: String,
    /// The station's village.
    village: String,
    /// What it is about.
    code: Code,
    /// Which signal, or which request: `<kind>:<record key>`; `appeal` where a second person is to agree that one is rejected; of members who move as
    /// one the others; else empty.
    detail: String,
    /// In Chinese.
    zh: String,
    /// In English.
    en: String,
    /// How much it weighs, 0 to 100.
    weight: i32,
    /// Since when it waits, ms.
    since_ms: i64,
    /// What the day counts as meanwhile.
    verdict: Option<Verdict>,
    /// Why.
    reasons: Vec<Reason>,
}

/// A page of what waits.
#[derive(Debug, Serialize, ToSchema)]
struct Matters {
    /// What weighs most first, and of that what waits longest.
    matters: Vec<MatterView>,
    /// To ask for the next page with; null behind the last.
    next: Option<String>,
}

/// What of members' days waits for a person, with the verdict meanwhile and its reasons. The evidence is under `/v1/attendance/presence/{person}/{day}`.
#[utoipa::path(get, path = "/v1/attendance/matters", tag = "attendance", security(("token" = [])), params(MattersQuery, PageQuery),
    responses((status = 200, body = Matters)))]
async fn list(
    State(app): State<App>,
    who: Town,
    asker: Asker,
    Query(query): Query<MattersQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Matters>, Problem> {
    if let Some(code) = query.code.as_deref().filter(|code| Code::parse(code).is_none()) {
        return Err(Problem::new(ErrorCode::BadRequest, format!("code: there is no {code}")));
    }
    let digits = |place: &String| place.starts_with(|c: char| c.is_ascii_digit());
    let (villages, district) = match query.place {
        Some(place) if digits(&place) => (Some(vec![place]), None),
        district => (None, district),
    };
    // A town's members are of a district by name, and in its towns by station.
    let towns = district.as_ref().and_then(|district| who.districts.get(district)).cloned();
    let sought = Sought { villages: villages.or(towns), district, code: query.code };
    let after: Option<Place> = page.after()?;
    let (found, next) = waiting::page(&app.db.read, &asker, &sought, after, page.limit()).await?;
    let verdicts: BTreeMap<(String, String), _> = waiting::verdicts(&app.db.read, &found)
        .await?
        .into_iter()
        .map(|row| ((row.person.clone(), row.day.clone()), row))
        .collect();
    let groups: Vec<Option<Group>> = found.iter().map(|row| serde_json::from_str(row.found.as_deref()?).ok()).collect();
    let names = names::of_people(&app.db.read, groups.iter().flatten().flat_map(|group| group.people.clone())).await?;
    let view = |(row, group): (crate::storage::entities::matter::Model, Option<Group>)| {
        let code = Code::parse(&row.code)?;
        let Sentence { zh, en } = match group {
            Some(group) => group.words(|person| names.of(person)),
            None => said(code.words()),
        };
        let verdict = verdicts.get(&(row.person.clone(), row.day.clone()));
        Some(MatterView {
            code,
            zh,
            en,
            weight: 100 - row.rank,
            since_ms: row.since_ms,
            verdict: verdict.and_then(|row| Verdict::parse(&row.verdict)),
            reasons: verdict.map(|row| read_back(&row.reasons)).unwrap_or_default(),
            person: row.person,
            day: row.day,
            village: row.village,
            detail: row.detail,
        })
    };
    let next = next.as_ref().map(cursor);
    Ok(Json(Matters { matters: found.into_iter().zip(groups).filter_map(view).collect(), next }))
}

fn said((zh, en): (&str, &str)) -> Sentence {
    Sentence { zh: zh.to_owned(), en: en.to_owned() }
}

/// Say what days count as, one or many alike. What counts against a member holds once somebody else agrees.
#[utoipa::path(post, path = "/v1/attendance/decide", tag = "attendance", security(("token" = [])), request_body = DecideDays,
    responses((status = 200, body = DecidedDays)))]
async fn decide(
    State(app): State<App>,
    who: Office,
    Json(asked): Json<DecideDays>,
) -> Result<Json<DecidedDays>, Problem> {
    deciding::decide(&app, &who, &asked).await.map(Json)
}

/// Answer members' objections, one or many alike. To reject holds once somebody else agrees.
#[utoipa::path(post, path = "/v1/attendance/answer", tag = "attendance", security(("token" = [])), request_body = AnswerAppeals,
    responses((status = 200, body = DecidedDays)))]
async fn answer(
    State(app): State<App>,
    who: Office,
    Json(asked): Json<AnswerAppeals>,
) -> Result<Json<DecidedDays>, Problem> {
    deciding::answer(&app, &who, &asked).await.map(Json)
}

/// Ask members about days. The question goes to their phones; what they answer comes back as a matter.
#[utoipa::path(post, path = "/v1/attendance/ask", tag = "attendance", security(("token" = [])), request_body = AskMembers,
    responses((status = 200, body = DecidedDays)))]
async fn ask(State(app): State<App>, who: Office, Json(asked): Json<AskMembers>) -> Result<Json<DecidedDays>, Problem> {
    deciding::ask(&app, &who, &asked).await.map(Json)
}

/// Agree with what somebody else decided, or answered to an objection.
#[utoipa::path(post, path = "/v1/attendance/agree", tag = "attendance", security(("token" = [])), request_body = AgreeDays,
    responses((status = 200, body = DecidedDays), (status = 409, description = "`takes_another`: you decided it yourself.")))]
async fn agree(
    State(app): State<App>,
    who: Office,
    Json(asked): Json<AgreeDays>,
) -> Result<Json<DecidedDays>, Problem> {
    deciding::agree(&app, &who, &asked).await.map(Json)
}
