//! What is missing, what there is, what is awaited.

use axum::{
    Json,
    extract::{
        FromRef, Query, State,
        rejection::{JsonRejection, QueryRejection},
    },
};
use serde::Deserialize;
use sync_protocol::{Hash, ids::lower_hex};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{SignedIn, viewing};
use crate::{
    app::now_ms,
    error::{ErrorCode, Problem},
    media::{
        Media,
        lookup::{self, Missing, PendingPhotos, Photos},
    },
};

/// Most hashes in one question.
const MAX_HASHES: usize = 1_000;
/// Photos in one page, unless asked for fewer.
const PAGE: u64 = 200;

pub(super) fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    Media: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(missing)).routes(routes!(pending)).routes(routes!(list))
}

/// Hashes to ask about.
#[derive(Debug, Deserialize, ToSchema)]
struct Asked {
    /// SHA-256 of files, 64 lower-case hex digits each; at most 1,000.
    hashes: Vec<String>,
}

/// Which of these files the server does not have yet. Hashes that no photo record promises are neither confirmed nor denied.
#[utoipa::path(post, path = "/v1/media/missing", tag = "media",
    request_body = Asked,
    responses(
        (status = 200, body = Missing),
        (status = 400, description = "`bad_request`", content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`", content_type = "application/problem+json"),
        (status = 413, description = "`body_too_large`: more than 1,000 hashes", content_type = "application/problem+json")))]
async fn missing(
    State(media): State<Media>,
    who: SignedIn,
    asked: Result<Json<Asked>, JsonRejection>,
) -> Result<Json<Missing>, Problem> {
    let Json(asked) = asked.map_err(|fault| Problem::new(ErrorCode::BadRequest, fault.body_text()))?;
    if asked.hashes.len() > MAX_HASHES {
        return Err(Problem::new(ErrorCode::BodyTooLarge, format!("Ask for {MAX_HASHES} hashes at most.")));
    }
    let hashes: Option<Vec<Hash>> = asked.hashes.iter().map(|text| lower_hex(text)).collect();
    let hashes = hashes.ok_or_else(|| Problem::new(ErrorCode::BadRequest, "A hash is 64 lower-case hex digits."))?;
    lookup::missing(&media, &who.person, &hashes).await.map(Json)
}

/// Photos that records promise and whose originals are not complete, by person: what the caller, who may read their scopes, still waits for.
#[utoipa::path(get, path = "/v1/media/pending", tag = "media", responses(
    (status = 200, body = PendingPhotos),
    (status = 401, description = "`unauthorized`", content_type = "application/problem+json")))]
async fn pending(State(media): State<Media>, who: SignedIn) -> Result<Json<PendingPhotos>, Problem> {
    viewing(&who, async |viewer| lookup::pending(&media, viewer, now_ms()).await).await.map(Json)
}

/// Which photos.
#[derive(Debug, Deserialize, IntoParams)]
struct Page {
    /// The scope of their records.
    scope: String,
    /// The `next` of the page before.
    #[serde(default)]
    after: String,
    /// At most so many, up to 200.
    limit: Option<u64>,
}

/// Photo records of a scope, each with where its bytes stand.
#[utoipa::path(get, path = "/v1/media", tag = "media", params(Page), responses(
    (status = 200, body = Photos),
    (status = 400, description = "`bad_request`", content_type = "application/problem+json"),
    (status = 401, description = "`unauthorized`", content_type = "application/problem+json"),
    (status = 403, description = "`forbidden`", content_type = "application/problem+json")))]
async fn list(
    State(media): State<Media>,
    who: SignedIn,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Json<Photos>, Problem> {
    let Query(page) = page.map_err(|fault| Problem::new(ErrorCode::BadRequest, fault.body_text()))?;
    let limit = page.limit.unwrap_or(PAGE).clamp(1, PAGE);
    viewing(&who, async |viewer| lookup::list(&media, viewer, &page.scope, &page.after, limit).await).await.map(Json)
}
