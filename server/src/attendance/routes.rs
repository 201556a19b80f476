//! Verdicts over HTTP.

mod queue;
mod rules;

use axum::{
    Json,
    extract::{Path, Query, State},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use zhucun_presence::{
    approval,
    day::{Calendar, parse},
    decide::{SetAside, Verdict},
    fence::{FixReason, Whereabouts},
    inputs::Change,
    reason::Reason,
};

use super::{
    asker::Asker,
    store::{
        Court,
        read::{self, ListError, Wanted},
    },
};
use crate::{
    app::{App, now_ms},
    error::{ErrorCode, Problem},
    storage::entities::{fix, presence},
};

/// All routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(fixes))
        .merge(queue::routes())
        .merge(rules::routes())
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Members stationed here: a village, a town or other division, or a district.
    place: Option<String>,
    /// This member, `district.p.name`.
    person: Option<String>,
    /// First day, `YYYY-MM-DD`.
    from: String,
    /// Last day; the first when missing.
    to: Option<String>,
}

/// What a member's day counts as, and why.
#[derive(Debug, Serialize, ToSchema)]
struct DayVerdict {
    /// The member.
    person: String,
    /// The day.
    day: String,
    /// What it counts as.
    verdict: Verdict,
    /// The station's village.
    village: Option<String>,
    /// Why, the deciding first.
    reasons: Vec<Reason>,
    /// The pieces that decided: `<kind>:<record key>`.
    used: Vec<String>,
    /// The other pieces, each with the code of the reason.
    set_aside: Vec<SetAside>,
    /// By which rule: `<place>/<id>`, or `default`.
    rule: String,
    /// Hash of all that it was derived from, the rule included.
    inputs: String,
    /// Version of the code that decided.
    engine: i32,
}

impl From<presence::Model> for DayVerdict {
    fn from(row: presence::Model) -> Self {
        Self {
            verdict: Verdict::parse(&row.verdict).unwrap_or(Verdict::Unconfirmed),
            person: row.person,
            day: row.day,
            village: row.village,
            reasons: read_back(&row.reasons),
            used: read_back(&row.used),
            set_aside: read_back(&row.set_aside),
            rule: row.rule,
            inputs: row.inputs,
            engine: row.engine,
        }
    }
}

/// A fix and its verdict.
#[derive(Debug, Serialize, ToSchema)]
struct FixOut {
    /// Key of its record, in hex.
    record: String,
    /// Who measured.
    person: String,
    /// Where the person says to be.
    village: Option<String>,
    /// When, in ms since 1970, if known.
    at: Option<i64>,
    /// The earliest it can have been.
    earliest: Option<i64>,
    /// The latest.
    latest: Option<i64>,
    /// Raw latitude.
    lat: f64,
    /// Raw longitude.
    lon: f64,
    /// What the degrees refer to.
    datum: Option<String>,
    /// Radius of the 68 % circle.
    accuracy_m: Option<f64>,
    /// Whether the phone says that an app fakes its position.
    mock: bool,
    /// Which source measured.
    provider: Option<String>,
    /// Speed over ground.
    speed_mps: Option<f64>,
    /// Where it was by the fence of its village on that day; null while it waits to be judged.
    place: Option<Whereabouts>,
    /// To the boundary in metres, negative inside.
    distance_m: Option<f64>,
    /// That it was inside.
    probability: Option<f64>,
    /// Key of the fence's record, in hex.
    fence: Option<String>,
    /// What to know of the verdict.
    reasons: Vec<FixReasonOut>,
}

/// A reason of a fix's verdict.
#[derive(Debug, Serialize, ToSchema)]
struct FixReasonOut {
    /// Stable code.
    code: FixReason,
    /// A sentence in Chinese.
    zh: &'static str,
    /// A sentence in English.
    en: &'static str,
}

impl From<fix::Model> for FixOut {
    fn from(row: fix::Model) -> Self {
        let codes = row.reasons.as_deref().unwrap_or_default().split(',').filter_map(FixReason::parse);
        let reasons = codes.map(|code| {
            let (zh, en) = code.sentence();
            FixReasonOut { code, zh, en }
        });
        Self {
            reasons: reasons.collect(),
            record: hex::encode(row.record),
            person: row.person,
            village: row.village,
            at: row.lo_ms.zip(row.hi_ms).filter(|_| row.anchored).map(|(lo, hi)| lo + (hi - lo) / 2),
            earliest: row.lo_ms,
            latest: row.hi_ms,
            lat: row.lat,
            lon: row.lon,
            datum: row.datum,
            accuracy_m: row.accuracy_m,
            mock: row.mock,
            provider: row.provider,
            speed_mps: row.speed_mps,
            place: row.place.as_deref().and_then(Whereabouts::parse),
            distance_m: row.distance_m,
            probability: row.probability,
            fence: row.fence.map(hex::encode),
        }
    }
}

/// A member's day with all evidence.
#[derive(Debug, Serialize, ToSchema)]
struct DayFileOut {
    /// The verdict.
    #[serde(flatten)]
    verdict: DayVerdict,
    /// Whether something changed since, and it is about to be derived again.
    pending: bool,
    /// The pieces that the asker may read.
    evidence: Vec<PieceOut>,
    /// How many pieces there are besides.
    hidden: usize,
    /// Earlier verdicts, the latest first.
    history: Vec<Earlier>,
    /// The member's objection.
    appeal: Option<AppealOut>,
    /// What the office asked the member.
    inquiry: Option<InquiryOut>,
}

/// A piece of evidence.
#[derive(Debug, Serialize, ToSchema)]
struct PieceOut {
    /// `<kind>:<record key>`.
    evidence: String,
    /// Scope of its record.
    scope: String,
    /// Kind.
    kind: String,
    /// Id.
    id: String,
    /// The record as fed (PROTOCOL.md, section 10).
    #[schema(value_type = Object)]
    body: Option<Box<RawValue>>,
    /// Of a fix: its verdict.
    fix: Option<FixOut>,
}

/// An earlier verdict.
#[derive(Debug, Serialize, ToSchema)]
struct Earlier {
    /// The how many-th, from 1.
    n: i32,
    /// What the day counted as.
    verdict: Verdict,
    /// The station's village.
    village: Option<String>,
    /// Why.
    reasons: Vec<Reason>,
    /// When another took its place, by the server's clock.
    replaced_ms: i64,
    /// What changed since it had been derived.
    changed: Vec<Change>,
    /// Hash of what it was derived from.
    inputs: String,
    /// Version of the code that decided.
    engine: i32,
}

/// An objection.
#[derive(Debug, Serialize, ToSchema)]
struct AppealOut {
    /// What the member says.
    text: String,
    /// `upheld` or `rejected`.
    answer: Option<String>,
    /// What the office says to it.
    answer_text: Option<String>,
    /// Whether it still waits: nobody answered, or no second person agreed that it is rejected.
    open: bool,
}

/// A question of the office's.
#[derive(Debug, Serialize, ToSchema)]
struct InquiryOut {
    /// What the office asks.
    question: String,
    /// What the member says to it.
    answer: Option<String>,
}

/// What members' days count as, with reasons. Days of stationed members without any evidence are listed too; days to come are not.
#[utoipa::path(get, path = "/v1/attendance/presence", tag = "attendance", params(ListQuery),
    responses((status = 200, body = Vec<DayVerdict>, description = "By person and day.")))]
async fn list(
    State(app): State<App>,
    asker: Asker,
    Query(query): Query<ListQuery>,
) -> Result<Json<Vec<DayVerdict>>, Problem> {
    if query.place.is_none() && query.person.is_none() {
        return Err(Problem::new(ErrorCode::BadRequest, "Name a place or a person."));
    }
    let court = court(&app, None).await?;
    let from = day(&query.from)?;
    let wanted = Wanted {
        place: query.place,
        person: query.person,
        from,
        to: query.to.as_deref().map_or(Ok(from), day)?,
        today: court.calendar.day_of(now_ms()),
    };
    match read::list(&app.db.read, &court, &asker, &wanted).await {
        Ok(rows) => Ok(Json(rows.into_iter().map(DayVerdict::from).collect())),
        Err(ListError::TooMany) => Err(Problem::new(
            ErrorCode::BadRequest,
            "Too many days of members at once; ask for a smaller place or fewer days.",
        )),
        Err(ListError::Db(error)) => Err(error.into()),
    }
}

/// A member's day: its verdict, all evidence, and what the verdict was before.
#[utoipa::path(get, path = "/v1/attendance/presence/{person}/{day}", tag = "attendance",
    params(("person" = String, Path, description = "`district.p.name`"), ("day" = String, Path, description = "`YYYY-MM-DD`")),
    responses((status = 200, body = DayFileOut), (status = 404, description = "None that you may see.")))]
async fn one(
    State(app): State<App>,
    asker: Asker,
    Path((person, on)): Path<(String, String)>,
) -> Result<Json<DayFileOut>, Problem> {
    let court = court(&app, None).await?;
    let file = read::file(&app.db.read, &court, &asker, (person, day(&on)?)).await?.ok_or(ErrorCode::NotFound)?;
    let evidence = file.pieces.into_iter().map(|piece| PieceOut {
        evidence: piece.evidence,
        scope: piece.record.scope,
        kind: piece.record.kind,
        id: piece.record.id,
        body: RawValue::from_string(piece.record.body).ok(),
        fix: piece.fix.map(FixOut::from),
    });
    let history = file.history.into_iter().map(|row| Earlier {
        n: row.n,
        verdict: Verdict::parse(&row.verdict).unwrap_or(Verdict::Unconfirmed),
        village: row.village,
        reasons: read_back(&row.reasons),
        replaced_ms: row.replaced_ms,
        changed: read_back(&row.changed),
        inputs: row.inputs,
        engine: row.engine,
    });
    Ok(Json(DayFileOut {
        verdict: file.verdict.into(),
        pending: file.pending,
        evidence: evidence.collect(),
        hidden: file.hidden,
        history: history.collect(),
        appeal: file.appeal.map(|a| AppealOut {
            open: approval::is_open(a.answer.as_deref(), a.seconded),
            text: a.text,
            answer: a.answer,
            answer_text: a.answer_text,
        }),
        inquiry: file.inquiry.map(|asked| InquiryOut { question: asked.question, answer: asked.answer }),
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FixesQuery {
    /// Who measured.
    person: String,
    /// `YYYY-MM-DD`.
    day: String,
}

/// A person's fixes of a day with their verdicts, in order of time.
#[utoipa::path(get, path = "/v1/attendance/fixes", tag = "attendance", params(FixesQuery),
    responses((status = 200, body = Vec<FixOut>)))]
async fn fixes(
    State(app): State<App>,
    asker: Asker,
    Query(query): Query<FixesQuery>,
) -> Result<Json<Vec<FixOut>>, Problem> {
    let court = court(&app, None).await?;
    let rows = read::fixes(&app.db.read, &court, &asker, &query.person, day(&query.day)?).await?;
    Ok(Json(rows.into_iter().map(FixOut::from).collect()))
}

/// By what days are judged now, or would be by a rule that is tried somewhere.
pub(super) async fn court(app: &App, tried: Option<&str>) -> Result<Court, Problem> {
    Ok(Court::open(&app.db.read, &Calendar(app.config.time_zone.clone()), tried).await?)
}

fn day(text: &str) -> Result<Date, Problem> {
    parse(text).ok_or_else(|| Problem::new(ErrorCode::BadRequest, "A day is written YYYY-MM-DD."))
}

fn read_back<T: serde::de::DeserializeOwned + Default>(json: &str) -> T {
    serde_json::from_str(json).unwrap_or_default()
}
