//! tus 1.0: core, creation, termination.

use axum::{
    body::Body,
    extract::{FromRef, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::map_response,
    response::{IntoResponse, Response},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Hex, SignedIn, text};
use crate::{
    app::now_ms,
    error::{ErrorCode, Problem},
    media::{
        Media,
        tus::{self, UploadId},
        upload::{self, Uploader},
    },
};

const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const VERSION: HeaderName = HeaderName::from_static("tus-version");
const EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
const MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

pub(super) fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    Media: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(options, create))
        .routes(routes!(progress, append, remove, overridden))
        .route_layer(map_response(speak_tus))
}

/// Every answer names the version, a refusal for its version the ones that will do; and an offset is never taken from a cache.
async fn speak_tus(mut response: Response) -> Response {
    let refused = response.status() == StatusCode::PRECONDITION_FAILED;
    let headers = response.headers_mut();
    headers.insert(RESUMABLE, HeaderValue::from_static(tus::VERSION));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if refused {
        headers.insert(VERSION, HeaderValue::from_static(tus::VERSION));
    }
    response
}

/// What this server speaks of tus. Needs no sign-in.
#[utoipa::path(options, path = "/v1/media/uploads", tag = "media", responses(
    (status = 204, description = "See the headers", headers(
        ("Tus-Version" = String), ("Tus-Extension" = String), ("Tus-Max-Size" = u64)))))]
async fn options(State(media): State<Media>) -> impl IntoResponse {
    let headers = [
        (VERSION, HeaderValue::from_static(tus::VERSION)),
        (EXTENSION, HeaderValue::from_static(tus::EXTENSIONS)),
        (MAX_SIZE, HeaderValue::from(media.max_bytes)),
    ];
    (StatusCode::NO_CONTENT, headers)
}

/// Begins an upload of bytes that a photo record promises.
///
/// The promised hash stands in `Upload-Metadata` as `sha256`: its 64 hex digits, in base64. Other metadata is ignored.
#[utoipa::path(post, path = "/v1/media/uploads", tag = "media",
    params(
        ("Tus-Resumable" = String, Header, description = "`1.0.0`"),
        ("Upload-Length" = u64, Header, description = "Bytes to come"),
        ("Upload-Metadata" = String, Header, description = "`sha256 <base64 of 64 hex digits>`")),
    responses(
        (status = 201, description = "Begun", headers(("Location" = String, description = "Where to send the bytes, relative to the server"))),
        (status = 400, description = "`bad_request`", content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`", content_type = "application/problem+json"),
        (status = 403, description = "`not_promised`", content_type = "application/problem+json"),
        (status = 412, description = "`tus_version`", content_type = "application/problem+json"),
        (status = 413, description = "`photo_too_large`", content_type = "application/problem+json"),
        (status = 503, description = "`storage_full`", content_type = "application/problem+json")))]
async fn create(State(media): State<Media>, who: SignedIn, headers: HeaderMap) -> Result<Response, Problem> {
    tus::check_version(text(&headers, RESUMABLE))?;
    let length = tus::length(text(&headers, LENGTH), media.max_bytes)?;
    let sha256 = tus::promised_hash(text(&headers, METADATA))?;
    let by = Uploader { person: who.person, install: who.install };
    let id = upload::create(&media, by, length, sha256, now_ms()).await?;
    Ok((StatusCode::CREATED, [(header::LOCATION, id.url())]).into_response())
}

/// How far an upload is. All its bytes being here, it is verified by now.
#[utoipa::path(head, path = "/v1/media/uploads/{id}", tag = "media",
    params(("id" = String, Path, description = "From `Location`"), ("Tus-Resumable" = String, Header, description = "`1.0.0`")),
    responses(
        (status = 200, description = "See the headers", headers(("Upload-Offset" = u64), ("Upload-Length" = u64))),
        (status = 401, description = "`unauthorized`"),
        (status = 404, description = "`not_found`: this is no upload's name"),
        (status = 410, description = "`upload_gone`"),
        (status = 412, description = "`tus_version`"),
        (status = 460, description = "`wrong_hash`: all bytes were here, and were not those promised")))]
async fn progress(
    State(media): State<Media>,
    who: SignedIn,
    Hex(id): Hex<16>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    tus::check_version(text(&headers, RESUMABLE))?;
    let progress = upload::progress(&media, &who.person, UploadId(id), now_ms()).await?;
    Ok([(OFFSET, HeaderValue::from(progress.offset)), (LENGTH, HeaderValue::from(progress.length))].into_response())
}

/// Appends bytes at `Upload-Offset`. With the last of them the hash is verified, and the answer says so.
///
/// A broken connection loses nothing that came: ask for the offset and go on from there.
#[utoipa::path(patch, path = "/v1/media/uploads/{id}", tag = "media",
    params(
        ("id" = String, Path, description = "From `Location`"),
        ("Tus-Resumable" = String, Header, description = "`1.0.0`"),
        ("Upload-Offset" = u64, Header, description = "Where the upload is")),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses(
        (status = 204, description = "Durable", headers(("Upload-Offset" = u64))),
        (status = 400, description = "`bad_request`", content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`", content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: this is no upload's name", content_type = "application/problem+json"),
        (status = 409, description = "`wrong_offset`, with `offset`", content_type = "application/problem+json"),
        (status = 410, description = "`upload_gone`", content_type = "application/problem+json"),
        (status = 412, description = "`tus_version`", content_type = "application/problem+json"),
        (status = 413, description = "`past_length`, with `length`", content_type = "application/problem+json"),
        (status = 415, description = "`unsupported_media`", content_type = "application/problem+json"),
        (status = 423, description = "`upload_locked`: another request is writing", content_type = "application/problem+json"),
        (status = 460, description = "`wrong_hash`, with the `sha256` found; the upload is gone", content_type = "application/problem+json"),
        (status = 503, description = "`storage_full`; `timeout`: the link fell silent. What came is kept", content_type = "application/problem+json")))]
async fn append(
    State(media): State<Media>,
    who: SignedIn,
    Hex(id): Hex<16>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    tus::check_version(text(&headers, RESUMABLE))?;
    if text(&headers, header::CONTENT_TYPE) != Some(tus::CONTENT_TYPE) {
        return Err(Problem::new(ErrorCode::UnsupportedMedia, format!("Content-Type must be {}.", tus::CONTENT_TYPE)));
    }
    let offset = tus::offset(text(&headers, OFFSET))?;
    let brings = text(&headers, header::CONTENT_LENGTH).and_then(|n| n.parse().ok());
    let body = body.into_data_stream();
    let offset = upload::append(&media, &who.person, UploadId(id), (offset, brings), body, now_ms()).await?;
    Ok((StatusCode::NO_CONTENT, [(OFFSET, HeaderValue::from(offset))]).into_response())
}

/// Ends an upload; what came of it is dropped.
#[utoipa::path(delete, path = "/v1/media/uploads/{id}", tag = "media",
    params(("id" = String, Path, description = "From `Location`"), ("Tus-Resumable" = String, Header, description = "`1.0.0`")),
    responses(
        (status = 204, description = "Ended"),
        (status = 401, description = "`unauthorized`", content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: this is no upload's name", content_type = "application/problem+json"),
        (status = 410, description = "`upload_gone`", content_type = "application/problem+json"),
        (status = 412, description = "`tus_version`", content_type = "application/problem+json"),
        (status = 423, description = "`upload_locked`", content_type = "application/problem+json")))]
async fn remove(
    State(media): State<Media>,
    who: SignedIn,
    Hex(id): Hex<16>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    tus::check_version(text(&headers, RESUMABLE))?;
    upload::remove(&media, &who.person, UploadId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// For clients whose network lets only GET and POST through: the method stands in `X-HTTP-Method-Override`.
#[utoipa::path(post, path = "/v1/media/uploads/{id}", tag = "media",
    params(
        ("id" = String, Path, description = "From `Location`"),
        ("X-HTTP-Method-Override" = String, Header, description = "`PATCH`, `HEAD` or `DELETE`; all else as there")),
    responses(
        (status = 204, description = "As of the method named"),
        (status = 405, description = "`method_not_allowed`", content_type = "application/problem+json")))]
async fn overridden(
    state: State<Media>,
    who: SignedIn,
    id: Hex<16>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    match text(&headers, OVERRIDE).and_then(|m| m.parse().ok()) {
        Some(Method::PATCH) => append(state, who, id, headers, body).await,
        Some(Method::HEAD) => progress(state, who, id, headers).await,
        Some(Method::DELETE) => remove(state, who, id, headers).await.map(IntoResponse::into_response),
        _ => Err(ErrorCode::MethodNotAllowed.into()),
    }
}
