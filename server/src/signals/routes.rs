//! Signals over HTTP. What the office says to one is written like any operation (`POST /v1/operations`): each names the record to write.

use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    signal::Code,
    store::list::{self, Shown, Sought},
};
use crate::{
    app::App,
    auth::Manager,
    error::{ErrorCode, Problem},
    extract::{Json, Query},
    office::{
        filter,
        page::{PageQuery, cursor},
    },
    storage::entities::signal,
};

/// All routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(signals)).routes(routes!(of_photo))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SignalsQuery {
    /// Only of photos at this place and below: a code, a district, a unit, a person.
    place: Option<String>,
    /// Only of this code.
    code: Option<Code>,
    /// Only of photos recorded since then, ms, as far as that is known.
    since: Option<i64>,
    /// `false`: only those that nobody gave a verdict on. `true`: only the others.
    reviewed: Option<bool>,
}

/// A record.
#[derive(Debug, Serialize, ToSchema)]
struct Named {
    /// Scope.
    scope: String,
    /// Kind.
    kind: String,
    /// Id.
    id: String,
}

/// What speaks against a photo, for a person to weigh.
#[derive(Debug, Serialize, ToSchema)]
struct SignalView {
    /// The photo.
    photo: Named,
    /// Who took it.
    person: String,
    /// When it was recorded, ms, if that is known.
    at: Option<i64>,
    /// What speaks against it.
    code: String,
    /// How much that weighs, 0 to 1. Only a picture used again across villages, people or days weighs more than 0.7.
    strength: f64,
    /// A sentence in Chinese.
    zh: String,
    /// In English.
    en: String,
    /// The other record it points to; missing where there is none or you may not read it.
    other: Option<Named>,
    /// Whether there is one that you may not read.
    other_hidden: bool,
    /// What it was judged on.
    #[schema(value_type = Object)]
    facts: Option<Box<RawValue>>,
    /// What the office said to it.
    review: Option<ReviewView>,
    /// The record in which the office says that, to be written with `verdict` and `reason` besides these fields; missing where `other_hidden`.
    review_as: Option<ReviewAs>,
}

/// What the office said.
#[derive(Debug, Serialize, ToSchema)]
struct ReviewView {
    /// `confirmed`: it holds. `explained`: there is an innocent reason.
    verdict: String,
    /// Why.
    reason: String,
}

/// What to write by `POST /v1/operations`.
#[derive(Debug, Serialize, ToSchema)]
struct ReviewAs {
    /// Scope: the own one of who took the photo.
    scope: String,
    /// `signal_review`.
    kind: &'static str,
    /// Id, derived from the fields.
    id: String,
    /// Fields that name the signal.
    fields: ReviewFields,
}

/// A signal's name.
#[derive(Debug, Serialize, ToSchema)]
struct ReviewFields {
    /// Scope of the photo's record.
    scope: String,
    /// Its id.
    photo: String,
    /// Code.
    code: String,
    /// The other record.
    #[serde(flatten)]
    other: Option<ReviewOther>,
}

/// The other record.
#[derive(Debug, Serialize, ToSchema)]
struct ReviewOther {
    /// Scope.
    other_scope: String,
    /// Kind.
    other_kind: String,
    /// Id.
    other: String,
}

/// The record in which the office says what it does to that signal.
fn review_as(row: &signal::Model) -> ReviewAs {
    let named = row.other_scope.clone().zip(row.other_kind.clone()).zip(row.other_id.clone());
    let other = named.map(|((other_scope, other_kind), other)| ReviewOther { other_scope, other_kind, other });
    let [scope, kind, id] = match &other {
        Some(other) => [&*other.other_scope, &*other.other_kind, &*other.other],
        None => [""; 3],
    };
    ReviewAs {
        scope: format!("{}/own", row.person),
        kind: "signal_review",
        id: mobile_schema::derived_id("signal_review", &[&row.scope, &row.id, &row.code, scope, kind, id]),
        fields: ReviewFields { scope: row.scope.clone(), photo: row.id.clone(), code: row.code.clone(), other },
    }
}

fn view((row, review): Shown, may_read: impl Fn(&str) -> bool) -> SignalView {
    // Who may not read the other record is not told its name either.
    let review_as = row.other_scope.as_ref().is_none_or(|scope| may_read(scope)).then(|| review_as(&row));
    let named = row.other_scope.zip(row.other_kind).zip(row.other_id);
    let named = named.map(|((scope, kind), id)| Named { scope, kind, id }).filter(|_| review_as.is_some());
    SignalView {
        photo: Named { scope: row.scope, kind: "photo".to_owned(), id: row.id },
        person: row.person,
        at: row.at_ms,
        code: row.code,
        strength: row.strength,
        zh: row.zh,
        en: row.en,
        other: named,
        other_hidden: review_as.is_none(),
        facts: RawValue::from_string(row.facts).ok(),
        review: review.map(|review| ReviewView { verdict: review.verdict, reason: review.reason }),
        review_as,
    }
}

/// A page of signals.
#[derive(Debug, Serialize, ToSchema)]
struct Signals {
    /// The strongest first.
    signals: Vec<SignalView>,
    /// For the next page; none after the last.
    next: Option<String>,
}

/// What speaks against photos, the strongest first: pictures used again across villages, people or days before all else.
#[utoipa::path(get, path = "/v1/signals", tag = "signals", security(("token" = [])), params(SignalsQuery, PageQuery),
    responses((status = 200, body = Signals)))]
async fn signals(
    State(app): State<App>,
    who: Manager,
    Query(asked): Query<SignalsQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Signals>, Problem> {
    let sought = Sought {
        readable: who.scopes(),
        below: filter::ranges(asked.place.as_deref(), &who.districts)?,
        code: asked.code,
        since_ms: asked.since,
        reviewed: asked.reviewed,
    };
    let (found, next) = list::page(&app.db.read, &sought, page.after()?, page.limit()).await?;
    let signals = found.into_iter().map(|shown| view(shown, |scope| who.may_read(scope))).collect();
    Ok(Json(Signals { signals, next: next.as_ref().map(cursor) }))
}

/// What speaks against one photo, the strongest first.
#[utoipa::path(get, path = "/v1/signals/{place}/{lane}/{id}", tag = "signals", security(("token" = [])),
    params(("place" = String, Path, description = "Place of the photo's scope"), ("lane" = String, Path, description = "Its lane"),
        ("id" = String, Path, description = "Id of the photo's record")),
    responses((status = 200, body = Vec<SignalView>), (status = 404, description = "No photo that you may see.")))]
async fn of_photo(
    State(app): State<App>,
    who: Manager,
    Path((place, lane, id)): Path<(String, String, String)>,
) -> Result<Json<Vec<SignalView>>, Problem> {
    let found = list::of_photo(&app.db.read, &who.scopes(), &format!("{place}/{lane}"), &id).await?;
    let found = found.ok_or(ErrorCode::NotFound)?;
    Ok(Json(found.into_iter().map(|shown| view(shown, |scope| who.may_read(scope))).collect()))
}
