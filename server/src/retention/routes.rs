//! Legal holds, and what the rules of how long photos are kept come to.

use axum::extract::State;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    holds::{self, HoldFilter, HoldRequest, HoldView, Holds, LiftRequest},
    preview::{self, Preview, PreviewRequest},
};
use crate::{
    app::App,
    auth::{Manager, Office},
    error::Problem,
    extract::{Json, Query},
    office::{filter::ranges, page::PageQuery, store::may_read},
};

/// All of them.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(place, list)).routes(routes!(lift)).routes(routes!(would_go))
}

/// Place a legal hold: until it is lifted nothing that it covers is erased, neither by a rule nor by a decision.
#[utoipa::path(post, path = "/v1/holds", tag = "office", security(("token" = [])), request_body = HoldRequest,
    responses((status = 200, body = HoldView)))]
async fn place(State(app): State<App>, who: Office, Json(asked): Json<HoldRequest>) -> Result<Json<HoldView>, Problem> {
    holds::place(&app, &who, &asked).await.map(Json)
}

/// Lift a legal hold.
#[utoipa::path(post, path = "/v1/holds/lift", tag = "office", security(("token" = [])), request_body = LiftRequest,
    responses((status = 200, body = HoldView)))]
async fn lift(State(app): State<App>, who: Office, Json(asked): Json<LiftRequest>) -> Result<Json<HoldView>, Problem> {
    holds::lift(&app, &who, &asked).await.map(Json)
}

/// Legal holds: what they cover, who placed and lifted them, when and why.
#[utoipa::path(get, path = "/v1/holds", tag = "office", security(("token" = [])), params(HoldFilter, PageQuery),
    responses((status = 200, body = Holds)))]
async fn list(
    State(app): State<App>,
    who: Manager,
    Query(filter): Query<HoldFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Holds>, Problem> {
    holds::list(&app, &who, &filter, &page).await.map(Json)
}

/// How many photos of which places would go by when: by the rules as they are, or with one more. Nothing is erased.
#[utoipa::path(post, path = "/v1/retention/preview", tag = "office", security(("token" = [])), request_body = PreviewRequest,
    responses((status = 200, body = Preview)))]
async fn would_go(
    State(app): State<App>,
    who: Office,
    Json(asked): Json<PreviewRequest>,
) -> Result<Json<Preview>, Problem> {
    let (run, below) = (who.run_scopes(), ranges(asked.place.as_deref(), &who.districts)?);
    let looks_at = |scope: &str| may_read(&run, scope) && below.as_ref().is_none_or(|below| may_read(below, scope));
    preview::preview((&app.db, &app.config), looks_at, &asked).await.map(Json)
}
