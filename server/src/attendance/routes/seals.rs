//! Signing months off, and checking what was signed, over HTTP.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::{Html, IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use zhucun_presence::month::{Month, Sums};

use super::court;
use crate::{
    app::App,
    attendance::{
        asker::{Anyone, Asker},
        deciding::DecidedDays,
        sealing::{self, Acknowledge, LiftSeal, OpenDay, SealMonth, SealedMonth},
        seals::{self, Act, Fate},
        sheets::page::escaped,
        store::{seals as store, sheets as names},
    },
    auth::Office,
    error::{ErrorCode, Problem},
    extract::{Json, Query},
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list, seal))
        .routes(routes!(lift))
        .routes(routes!(check))
        .routes(routes!(acknowledge))
}

/// Sign off and seal the month of all villages of a place. What is sealed is each day as it is decided at that moment. Late evidence is derived
/// as before and changes nothing of it: it becomes a matter, `seal_differs`.
#[utoipa::path(post, path = "/v1/attendance/seals", tag = "attendance", security(("token" = [])), request_body = SealMonth,
    responses((status = 200, body = SealedMonth),
        (status = 409, body = Vec<OpenDay>, description = "`month_open`; `open_days`, with the days in `open`; `sealed_already`.")))]
async fn seal(State(app): State<App>, who: Office, Json(asked): Json<SealMonth>) -> Result<Json<SealedMonth>, Problem> {
    sealing::seal(&app, &who, &court(&app, None).await?, &asked).await.map(Json)
}

/// Unseal what holds of a place's month. What was sealed stays readable.
#[utoipa::path(post, path = "/v1/attendance/seals/lift", tag = "attendance", security(("token" = [])), request_body = LiftSeal,
    responses((status = 200, body = SealedMonth)))]
async fn lift(State(app): State<App>, who: Office, Json(asked): Json<LiftSeal>) -> Result<Json<SealedMonth>, Problem> {
    sealing::lift(&app, &who, &asked).await.map(Json)
}

/// Take note that newer code judges these days otherwise (the matter `engine_changed` is gone), or that members move as one (`as_one` is gone until it is
/// found of somebody else too, or on as many days again). Nothing else changes.
#[utoipa::path(post, path = "/v1/attendance/acknowledge", tag = "attendance", security(("token" = [])), request_body = Acknowledge,
    responses((status = 200, body = DecidedDays)))]
async fn acknowledge(
    State(app): State<App>,
    who: Office,
    Json(asked): Json<Acknowledge>,
) -> Result<Json<DecidedDays>, Problem> {
    sealing::acknowledge(&app, &who, &asked).await.map(Json)
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SealsQuery {
    /// A village, a town or other division, or a district.
    place: String,
    /// `YYYY-MM`.
    month: String,
}

/// A signing of a village's month.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ActView {
    /// Where.
    village: String,
    /// The signing: what one request signed has the same.
    act: String,
    /// When, ms.
    at: i64,
    /// By whom.
    by: String,
    /// Why again, or although days were open.
    reason: Option<String>,
    /// Whether it holds: it is the newest, and was not unsealed.
    holds: bool,
    /// Since when it is unsealed, ms.
    lifted_at: Option<i64>,
    /// By whom.
    lifted_by: Option<String>,
    /// Why.
    lifted: Option<String>,
    /// The members whom the asker may see, each with what was sealed of them.
    members: Vec<MemberSeal>,
}

/// What was sealed of a member.
#[derive(Debug, Serialize, ToSchema)]
struct MemberSeal {
    /// The member.
    person: String,
    /// Days with verdict, rule, hash of the inputs and sentence; sums; rules; version of the code.
    #[schema(value_type = Object)]
    body: serde_json::Value,
}

/// All signings of a month, also those that no longer hold, by village and time, each with what it says.
#[utoipa::path(get, path = "/v1/attendance/seals", tag = "attendance", security(("token" = [])), params(SealsQuery),
    responses((status = 200, body = Vec<ActView>)))]
async fn list(
    State(app): State<App>,
    asker: Asker,
    Query(query): Query<SealsQuery>,
) -> Result<Json<Vec<ActView>>, Problem> {
    let month = sealing::month(&query.month)?;
    let acts = store::of_place(&app.db.read, &query.place, month).await?;
    let all: Vec<&Act> = acts.iter().collect();
    let mut bodies: BTreeMap<(String, String), Vec<MemberSeal>> = BTreeMap::new();
    for row in store::of_acts(&app.db.read, month, &all).await? {
        if asker.may_see(&row.person, std::slice::from_ref(&row.village)) {
            let body = serde_json::from_str(&row.body).unwrap_or_default();
            bodies.entry((row.village, row.act)).or_default().push(MemberSeal { person: row.person, body });
        }
    }
    let holding: BTreeSet<(&str, &str)> =
        seals::holding(&acts, None).into_iter().map(|act| (act.village.as_str(), act.act.as_str())).collect();
    let view = |act: &Act| {
        let mut members = bodies.remove(&(act.village.clone(), act.act.clone()))?;
        members.sort_by(|a, b| a.person.cmp(&b.person));
        let (lifted_at, lifted_by, lifted) =
            act.lifted.clone().map_or((None, None, None), |(ms, by, why)| (Some(ms), Some(by), Some(why)));
        Some(ActView {
            holds: holding.contains(&(act.village.as_str(), act.act.as_str())),
            village: act.village.clone(),
            act: act.act.clone(),
            at: act.at_ms,
            by: act.by.clone(),
            reason: act.reason.clone(),
            lifted_at,
            lifted_by,
            lifted,
            members,
        })
    };
    Ok(Json(acts.iter().filter_map(view).collect()))
}

/// What became of a seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SealState {
    /// It holds.
    Holds,
    /// The month was sealed again, or unsealed.
    Ended,
}

/// What a seal on a print says.
#[derive(Debug, Serialize, ToSchema)]
struct SealCheck {
    /// Whether it holds.
    state: SealState,
    /// Since when it does not, ms.
    ended_at: Option<i64>,
    /// Of which place.
    place: String,
    /// Its name.
    name: String,
    /// Of which month.
    month: String,
    /// When it was sealed, ms.
    at: i64,
    /// How many villages it is of.
    villages: usize,
    /// By whom it was signed. Only to who may see the members' days.
    by: Option<Vec<String>>,
    /// What was sealed, added up. Only to who may see the members' days.
    sums: Option<Sums>,
}

/// Whether the seal on a print holds. Whoever holds the print may ask; who signed and the sums are told to those who may see the days.
#[utoipa::path(get, path = "/v1/attendance/seals/{code}", tag = "attendance",
    params(("code" = String, Path, description = "`<place>-<YYYY-MM>-<XXXXX-XXXXX>`, as printed")),
    responses((status = 200, body = SealCheck, description = "Also as a page, to who asks for `text/html`."),
        (status = 404, description = "No such seal was given out here.")))]
async fn check(
    State(app): State<App>,
    Anyone(asker): Anyone,
    headers: HeaderMap,
    Path(printed): Path<String>,
) -> Result<Response, Problem> {
    let (place, month, code) = seals::read(&printed).ok_or(ErrorCode::NotFound)?;
    let acts = store::of_place(&app.db.read, &place, month).await?;
    let (held, fate) = seals::checked(&app.keys, (&place, month), &acts, &code).ok_or(ErrorCode::NotFound)?;
    let name = names::name_of(&app.db.read, &place, month).await?.unwrap_or_else(|| place.clone());
    let (by, sums) = match asker {
        Some(asker) => signed(&app, &asker, month, &held).await?.unzip(),
        None => (None, None),
    };
    let answer = SealCheck {
        state: if fate == Fate::Holds { SealState::Holds } else { SealState::Ended },
        ended_at: match fate {
            Fate::Holds => None,
            Fate::Ended(at_ms) => Some(at_ms),
        },
        at: held.iter().map(|act| act.at_ms).max().unwrap_or_default(),
        villages: held.len(),
        month: month.to_string(),
        place,
        name,
        by,
        sums,
    };
    let wants_page =
        headers.get("accept").and_then(|value| value.to_str().ok()).is_some_and(|v| v.contains("text/html"));
    Ok(if wants_page { Html(page(&answer)).into_response() } else { Json(answer).into_response() })
}

/// Who signed, and the sums, to who may see all of the members.
async fn signed(app: &App, asker: &Asker, month: Month, held: &[&Act]) -> Result<Option<(Vec<String>, Sums)>, Problem> {
    let sees = |act: &&Act| act.members.keys().all(|person| asker.may_see(person, std::slice::from_ref(&act.village)));
    if !held.iter().all(sees) {
        return Ok(None);
    }
    let by: BTreeSet<String> = held.iter().map(|act| act.by.clone()).collect();
    let rows = store::of_acts(&app.db.read, month, held).await?;
    let bodies = rows.iter().filter_map(|row| serde_json::from_str::<zhucun_presence::seal::Sealed>(&row.body).ok());
    let sums = bodies.fold(Sums::default(), |all, body| all.and(&body.sums));
    Ok(Some((by.into_iter().collect(), sums)))
}

/// For who scans the code with a telephone.
fn page(check: &SealCheck) -> String {
    let (sign, words) = match check.state {
        SealState::Holds => ("✓", "封存有效：该表与服务器上封存的数据一致"),
        SealState::Ended => ("×", "封存已失效：该月已解封或重新封存，请以新表为准"),
    };
    format!(
        "<!DOCTYPE html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>封存核验</title></head><body><h1>{sign} {words}</h1><p>{}　{}</p></body></html>",
        escaped(&check.name),
        escaped(&check.month)
    )
}
