//! Routes of sync.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    response::IntoResponse,
};
use sync_protocol::{
    earlier::{self, Earlier},
    sign::Receipt,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    events,
    pull::{self, PullRequest},
    push::{self, PushAnswer},
    receipts::{self, Proved},
    restores,
    store::restores::{Named, list::Restores},
};
use crate::{
    app::App,
    auth::{Office, Puller, SignedIn},
    body::{self, Packing},
    error::{ErrorCode, Problem},
    extract::Json,
};

/// All of them.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(take_push))
        .routes(routes!(give_page))
        .routes(routes!(take_receipts))
        .routes(routes!(name_unknown))
        .routes(routes!(list_restores))
        .merge(events::routes::routes())
}

/// Push lines.
///
/// The body is NDJSON as `PROTOCOL.md` section 12 says, plain, gzip, zstd, or zstd-lines: a header, lines, a seal. No token: the install's
/// signature authorises, whoever carries it. `409 gap` has `have`, `409 unknown_branch` has `heads`; `409 unknown_lines` asks for the same,
/// packed otherwise.
#[utoipa::path(
    post, path = "/v1/sync/push", tag = "sync",
    params(("zhucun-lines" = Option<String>, Header, description = "With Content-Encoding: zstd-lines, against which lines the body is packed: `install:from-to`")),
    request_body(content = String, content_type = "application/x-ndjson"),
    responses((status = 200, body = PushAnswer))
)]
async fn take_push(State(app): State<App>, request: Request) -> Result<Json<PushAnswer>, Problem> {
    let max = app.config.max_push_bytes;
    let body = match earlier_named(request.headers())? {
        Some(earlier) => {
            let packing = Packing::ZstdWith(push::dictionary(&app, earlier).await?);
            body::read_packed(request, packing, max, max, ErrorCode::PushCut).await?
        }
        None => body::read_as(request, max, max, ErrorCode::PushCut).await?,
    };
    push::take(&app, &body).await.map(Json)
}

/// The lines that a body is packed against, if it is packed so.
fn earlier_named(headers: &HeaderMap) -> Result<Option<Earlier>, Problem> {
    if headers.get(header::CONTENT_ENCODING).is_none_or(|v| v.as_bytes() != earlier::ENCODING.as_bytes()) {
        return Ok(None);
    }
    let named = headers.get(earlier::HEADER).and_then(|v| Earlier::parse(v.to_str().ok()?));
    named
        .map(Some)
        .ok_or_else(|| Problem::new(ErrorCode::UnknownLines, "zhucun-lines: install:from-to, at most 64 lines"))
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

/// Present receipts.
///
/// For what turns on having been reported beforehand (leave, duty away), when this server no longer knows that it was; and to learn how far
/// the server is, when it seems to have lost lines that it acknowledged: one over such lines proves a restore, and a new epoch begins. No
/// token: a receipt is signed.
#[utoipa::path(post, path = "/v1/sync/receipts", tag = "sync", request_body = Presented, responses((status = 200, body = Proved)))]
async fn take_receipts(State(app): State<App>, Json(presented): Json<Presented>) -> Result<Json<Proved>, Problem> {
    receipts::present(&app, &presented.receipts).await.map(Json)
}

/// Operations that a phone had seen.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
struct Seen {
    /// At most 1,000.
    dots: Vec<Named>,
}

/// What became of them.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
struct Missed {
    /// How many of them are neither here nor were named before.
    noted: usize,
}

/// Name operations that were shown before, and that the snapshot taken anew does not show.
///
/// Those that this server does not have are kept by name, for the office to see what a restore lost. Only of scopes that the person may read.
#[utoipa::path(post, path = "/v1/sync/unknown", tag = "sync", security(("token" = [])), request_body = Seen,
    responses((status = 200, body = Missed)))]
async fn name_unknown(State(app): State<App>, who: SignedIn, Json(seen): Json<Seen>) -> Result<Json<Missed>, Problem> {
    restores::name(&app, &who, seen.dots).await.map(|noted| Json(Missed { noted }))
}

/// Restores: the span that each lost, what phones brought back, and what they had seen that is still not here.
///
/// What stands there as missing was most often decided by the office, and must be decided again.
#[utoipa::path(get, path = "/v1/restores", tag = "office", security(("token" = [])), responses((status = 200, body = Restores)))]
async fn list_restores(State(app): State<App>, who: Office) -> Result<Json<Restores>, Problem> {
    restores::list(&app, &who).await.map(Json)
}
