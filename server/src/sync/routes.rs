//! Routes of sync.

use axum::{
    extract::{Request, State},
    http::header,
    response::IntoResponse,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    pull::{self, PullRequest},
    push::{self, PushAnswer},
};
use crate::{
    app::App,
    auth::Puller,
    body,
    error::{ErrorCode, Problem},
    extract::Json,
};

/// All of them.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(take_push)).routes(routes!(give_page))
}

/// Push lines.
///
/// The body is NDJSON as `PROTOCOL.md` section 12 says, plain, gzip or zstd: a header, lines, a seal. No token: the install's signature
/// authorises, whoever carries it. `409 gap` has `have`, `409 unknown_branch` has `heads`.
#[utoipa::path(
    post, path = "/v1/sync/push", tag = "sync",
    request_body(content = String, content_type = "application/x-ndjson"),
    responses((status = 200, body = PushAnswer))
)]
async fn take_push(State(app): State<App>, request: Request) -> Result<Json<PushAnswer>, Problem> {
    let max = app.config.max_push_bytes;
    let body = body::read_as(request, max, max, ErrorCode::PushCut).await?;
    push::take(&app, &body).await.map(Json)
}

/// Pull one page.
///
/// The answer is NDJSON as `PROTOCOL.md` section 13 says: a start, records, and the cursor for the next page or the checkpoint.
#[utoipa::path(
    post, path = "/v1/sync/pull", tag = "sync", security(("token" = [])), request_body = PullRequest,
    responses((status = 200, body = String, content_type = "application/x-ndjson"))
)]
async fn give_page(
    State(app): State<App>,
    who: Puller,
    Json(request): Json<PullRequest>,
) -> Result<impl IntoResponse, Problem> {
    let page = pull::page(&app, &who.scopes(), &request).await?;
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], page))
}
