//! Routes of sync.

use axum::{
    extract::{Request, State},
    http::header,
    response::IntoResponse,
};
use sync_protocol::sign::Receipt;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    events,
    pull::{self, PullRequest},
    push::{self, PushAnswer},
    receipts,
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
    let pushes = OpenApiRouter::default().routes(routes!(take_push)).routes(routes!(take_receipts));
    pushes.routes(routes!(give_page)).merge(events::routes::routes())
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

/// Receipts that a phone kept.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
struct Presented {
    /// At most 1,000.
    #[schema(value_type = Vec<Object>)]
    receipts: Vec<Receipt>,
}

/// What they proved.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
struct Noted {
    /// Operations now known to have been received earlier than was known.
    noted: usize,
}

/// Present receipts.
///
/// For what turns on having been reported beforehand (leave, duty away), when this server no longer knows that it was. No token: a receipt
/// is signed.
#[utoipa::path(post, path = "/v1/sync/receipts", tag = "sync", request_body = Presented, responses((status = 200, body = Noted)))]
async fn take_receipts(State(app): State<App>, Json(presented): Json<Presented>) -> Result<Json<Noted>, Problem> {
    receipts::present(&app, &presented.receipts).await.map(|noted| Json(Noted { noted }))
}
