//! What waits for a decision, and deciding.

use axum::extract::State;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{WrittenView, written};
use crate::{
    app::App,
    auth::{Manager, Office},
    error::{ErrorCode, Problem},
    extract::{Json, Query},
    office::{
        deciding::{self, DecideAlike, DecidedAlike},
        drafts::DecisionRequest,
        filter::StandingFilter,
        page::PageQuery,
        undoing::{self, UndoRequest, Undone},
        views::standing::Standings,
    },
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(standings))
        .routes(routes!(decide))
        .routes(routes!(decide_alike))
        .routes(routes!(undo))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
struct StateQuery {
    /// quarantined, held, refused, outranked, conflict or unreadable.
    state: String,
}

/// Operations that wait for a decision, or do not count: what each says, who wrote it and when, why it waits, and the record as it
/// stands now.
#[utoipa::path(get, path = "/v1/standings", tag = "office", security(("token" = [])),
    params(StateQuery, StandingFilter, PageQuery), responses((status = 200, body = Standings)))]
async fn standings(
    State(app): State<App>,
    who: Manager,
    Query(asked): Query<StateQuery>,
    Query(filter): Query<StandingFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Standings>, Problem> {
    let state = sync_protocol::State::parse(&asked.state).filter(|s| *s != sync_protocol::State::Applied);
    let state = state.ok_or_else(|| {
        Problem::new(ErrorCode::BadRequest, "state: quarantined, held, refused, outranked, conflict or unreadable")
    })?;
    deciding::list(&app, &who, state, &filter, &page).await.map(Json)
}

/// Decide on an operation.
///
/// `accept` makes a quarantined one count, `refuse` makes one not count (and so undoes a settlement), `none` takes a decision back.
/// Accepted, a line that a phone carries for an earlier one counts as what that line wrote; who decides must run that place as well.
#[utoipa::path(post, path = "/v1/decisions", tag = "office", security(("token" = [])), request_body = DecisionRequest,
    responses((status = 200, body = WrittenView)))]
async fn decide(
    State(app): State<App>,
    who: Office,
    Json(asked): Json<DecisionRequest>,
) -> Result<Json<WrittenView>, Problem> {
    deciding::one(&app, &who, &asked).await.map(|one| written(&one))
}

/// Decide alike on all quarantined operations that a filter takes, at most 1,000, all or nothing.
///
/// Without `confirm` it is a dry run that tells which and how many. With the `confirm` of the dry run it is done, unless something came or
/// went meanwhile: then the answer is `changed_meanwhile`, with the new `count` and `confirm`.
#[utoipa::path(post, path = "/v1/decisions/alike", tag = "office", security(("token" = [])), request_body = DecideAlike,
    responses((status = 200, body = DecidedAlike)))]
async fn decide_alike(
    State(app): State<App>,
    who: Office,
    Json(asked): Json<DecideAlike>,
) -> Result<Json<DecidedAlike>, Problem> {
    deciding::alike(&app, &who, &asked).await.map(Json)
}

/// Take back decisions and settlements: single ones, or all that one request wrote. All or nothing.
///
/// What was decided before holds again; what a settlement wrote over stands again. The answer has a batch of its own, by which undoing is
/// undone.
#[utoipa::path(post, path = "/v1/undo", tag = "office", security(("token" = [])), request_body = UndoRequest,
    responses((status = 200, body = Undone)))]
async fn undo(State(app): State<App>, who: Office, Json(asked): Json<UndoRequest>) -> Result<Json<Undone>, Problem> {
    undoing::undo(&app, &who, &asked).await.map(Json)
}
