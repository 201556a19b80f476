//! A second door to the same uploads: Resumable Uploads for HTTP (draft-ietf-httpbis-resumable-upload), as its interop versions 5 and 6
//! speak it, drafts 03 to 05. No 104 is sent: a client learns the address from the answer to its creation.

use axum::{
    body::Body,
    extract::{FromRef, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Hex, LENGTH, METADATA, OFFSET, SignedIn, brings, text};
use crate::{
    app::now_ms,
    error::{ErrorCode, Problem},
    media::{
        Media,
        checksum::{self, Checksum},
        tus::{self, Piece, UploadId},
        upload::{self, Aim, Progress, Uploader},
    },
};

const INTEROP: HeaderName = HeaderName::from_static("upload-draft-interop-version");
const COMPLETE: HeaderName = HeaderName::from_static("upload-complete");
const LIMIT: HeaderName = HeaderName::from_static("upload-limit");
const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");
const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");
const ACCEPT_PATCH: HeaderName = HeaderName::from_static("accept-patch");
/// The type of a `PATCH` body from interop version 6 on.
const CONTENT_TYPE: &str = "application/partial-upload";

pub(super) fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    Media: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(options, create)).routes(routes!(progress, append, remove))
}

/// What a version of the draft asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Interop {
    Five,
    Six,
}

impl Interop {
    fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        match text(headers, INTEROP) {
            Some("5") => Ok(Self::Five),
            Some("6") => Ok(Self::Six),
            _ => Err(Problem::new(ErrorCode::TusVersion, "Upload-Draft-Interop-Version must be 5 or 6.")),
        }
    }

    fn header(self) -> (HeaderName, HeaderValue) {
        (INTEROP, HeaderValue::from_static(if self == Self::Five { "5" } else { "6" }))
    }
}

/// `Upload-Complete`: whether the upload ends with this body. By it alone a creation is told from any other request; who appends may leave it out.
fn is_last(headers: &HeaderMap) -> Result<bool, Problem> {
    match text(headers, COMPLETE) {
        Some("?1") => Ok(true),
        Some("?0") => Ok(false),
        None if headers.contains_key(OFFSET) => Ok(false),
        _ => Err(Problem::new(ErrorCode::BadRequest, "Upload-Complete must be ?0 or ?1.")),
    }
}

fn piece(headers: &HeaderMap, offset: u64) -> Result<Piece, Problem> {
    let digest = text(headers, CONTENT_DIGEST).map(checksum::digest).transpose()?.flatten();
    Ok(Piece {
        offset,
        brings: brings(headers),
        length: tus::length_told(text(headers, LENGTH))?,
        last: is_last(headers)?,
        checksum: digest.map(Checksum::of_sha256),
    })
}

/// Answers as the draft does.
fn answer(interop: Interop, status: StatusCode, progress: &Progress) -> Response {
    let complete =
        HeaderValue::from_static(if progress.expires_ms.is_none() && progress.is_whole() { "?1" } else { "?0" });
    let length = progress.length.map(|length| (LENGTH, HeaderValue::from(length)));
    let headers = [interop.header(), (COMPLETE, complete), (OFFSET, HeaderValue::from(progress.offset))];
    let uncached = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (status, headers, uncached, AppendHeaders(length)).into_response()
}

/// A refusal as the draft tells it: of an upload that is not active as of one that never was, with the place of one that is.
async fn refused(media: &Media, person: &str, id: UploadId, problem: Problem) -> Response {
    let problem = inactive(problem);
    let known = match problem.code {
        ErrorCode::NotFound => None,
        _ => upload::progress(media, person, id, now_ms()).await.ok().map(|(progress, _)| progress),
    };
    let problem = match known {
        _ if problem.code == ErrorCode::PastLength => Problem { code: ErrorCode::BadRequest, ..problem },
        Some(Progress { expires_ms: None, .. }) => ErrorCode::UploadComplete.into(),
        _ => problem,
    };
    let told = problem.extra.get("offset").and_then(serde_json::Value::as_u64);
    let offset = told.or(known.map(|progress| progress.offset));
    (AppendHeaders(offset.map(|at| (OFFSET, HeaderValue::from(at)))), problem).into_response()
}

fn inactive(problem: Problem) -> Problem {
    match problem.code {
        ErrorCode::UploadGone => Problem::new(ErrorCode::NotFound, "The upload has expired or ended."),
        _ => problem,
    }
}

/// What belongs to a request that brings bytes must not stand in others.
fn without(headers: &HeaderMap, names: &[&HeaderName]) -> Result<(), Problem> {
    match names.iter().find(|name| headers.contains_key(**name)) {
        Some(name) => Err(Problem::new(ErrorCode::BadRequest, format!("{name} must not stand here."))),
        None => Ok(()),
    }
}

fn limit(media: &Media) -> (HeaderName, String) {
    (LIMIT, format!("max-size={}", media.max_bytes))
}

/// What is taken here. Needs no sign-in.
#[utoipa::path(options, path = "/v1/media/resumable", tag = "media", responses(
    (status = 204, description = "See the headers", headers(("Upload-Limit" = String), ("Accept-Patch" = String)))))]
async fn options(State(media): State<Media>) -> impl IntoResponse {
    (StatusCode::NO_CONTENT, [limit(&media)], [(ACCEPT_PATCH, CONTENT_TYPE)])
}

/// Begins an upload of promised bytes, with as many of them as come along.
///
/// The promise stands in `Repr-Digest` as `sha-256`, or in `Upload-Metadata` as tus has it.
#[utoipa::path(post, path = "/v1/media/resumable", tag = "media",
    params(
        ("Upload-Draft-Interop-Version" = String, Header, description = "`5` or `6`"),
        ("Upload-Complete" = String, Header, description = "`?1`: the body is all of it; `?0`: more follows"),
        ("Upload-Length" = Option<u64>, Header, description = "All bytes, where known"),
        ("Repr-Digest" = Option<String>, Header, description = "Of all bytes: `sha-256=:…:`"),
        ("Content-Digest" = Option<String>, Header, description = "Of the body: `sha-256=:…:`")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 201, description = "Begun, or done", headers(
            ("Location" = String), ("Upload-Offset" = u64), ("Upload-Complete" = String), ("Upload-Limit" = String))),
        (status = 400, description = "`bad_request`", content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`", content_type = "application/problem+json"),
        (status = 403, description = "`not_promised`", content_type = "application/problem+json"),
        (status = 410, description = "`photo_erased`", content_type = "application/problem+json"),
        (status = 412, description = "`tus_version`", content_type = "application/problem+json"),
        (status = 413, description = "`photo_too_large`", content_type = "application/problem+json"),
        (status = 460, description = "`wrong_hash`; `wrong_checksum`", content_type = "application/problem+json"),
        (status = 503, description = "`storage_full`; `store_unavailable`; `timeout`", content_type = "application/problem+json")))]
async fn create(
    State(media): State<Media>,
    who: SignedIn,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let interop = Interop::of(&headers)?;
    let digest = text(&headers, REPR_DIGEST).map(checksum::digest).transpose()?.flatten();
    let promise = match digest {
        Some(hash) => hash.into(),
        None => tus::promise(text(&headers, METADATA))?,
    };
    let piece = piece(&headers, 0)?;
    let length = tus::check_piece(0, None, media.max_bytes, &piece)?;
    let by = Uploader { person: who.person.clone(), install: who.install };
    let (id, _) = upload::create(&media, by, length, Aim::Photo(promise), now_ms()).await?;
    let located = [(header::LOCATION, url(id))];
    let appended = upload::append(&media, &who.person, id, piece, body.into_data_stream(), now_ms()).await;
    Ok(match appended {
        Ok(progress) => (located, [limit(&media)], answer(interop, StatusCode::CREATED, &progress)).into_response(),
        Err(problem) => (located, refused(&media, &who.person, id, problem).await).into_response(),
    })
}

fn url(id: UploadId) -> String {
    format!("/v1/media/resumable/{id}")
}

/// How far an upload is.
#[utoipa::path(head, path = "/v1/media/resumable/{id}", tag = "media",
    params(
        ("id" = String, Path, description = "From `Location`"),
        ("Upload-Draft-Interop-Version" = String, Header, description = "`5` or `6`")),
    responses(
        (status = 204, description = "See the headers", headers(
            ("Upload-Offset" = u64), ("Upload-Complete" = String), ("Upload-Length" = u64), ("Upload-Limit" = String))),
        (status = 401, description = "`unauthorized`"),
        (status = 400, description = "`bad_request`"),
        (status = 404, description = "`not_found`: this is no upload's name, or of one that has ended"),
        (status = 412, description = "`tus_version`"),
        (status = 460, description = "`wrong_hash`: all bytes were here, and were not those promised")))]
async fn progress(
    State(media): State<Media>,
    who: SignedIn,
    Hex(id): Hex<16>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let interop = Interop::of(&headers)?;
    without(&headers, &[&OFFSET, &COMPLETE, &LENGTH])?;
    let (progress, _) = upload::progress(&media, &who.person, UploadId(id), now_ms()).await.map_err(inactive)?;
    Ok(([limit(&media)], answer(interop, StatusCode::NO_CONTENT, &progress)).into_response())
}

/// Appends bytes at `Upload-Offset`. With the last of them the hash is verified, and the answer says so.
#[utoipa::path(patch, path = "/v1/media/resumable/{id}", tag = "media",
    params(
        ("id" = String, Path, description = "From `Location`"),
        ("Upload-Draft-Interop-Version" = String, Header, description = "`5` or `6`"),
        ("Upload-Offset" = u64, Header, description = "Where the upload is"),
        ("Upload-Complete" = String, Header, description = "`?1`: it ends with this body"),
        ("Upload-Length" = Option<u64>, Header, description = "All bytes, where it was not known before"),
        ("Content-Digest" = Option<String>, Header, description = "Of the body: `sha-256=:…:`")),
    request_body(content = Vec<u8>, content_type = "application/partial-upload"),
    responses(
        (status = 201, description = "Durable", headers(("Upload-Offset" = u64), ("Upload-Complete" = String))),
        (status = 400, description = "`bad_request`, also for more bytes than announced; `upload_complete`", content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`", content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: this is no upload's name, or of one that has ended", content_type = "application/problem+json"),
        (status = 409, description = "`wrong_offset`, with `offset`", content_type = "application/problem+json", headers(("Upload-Offset" = u64))),
        (status = 412, description = "`tus_version`", content_type = "application/problem+json"),
        (status = 413, description = "`photo_too_large`", content_type = "application/problem+json"),
        (status = 415, description = "`unsupported_media`", content_type = "application/problem+json"),
        (status = 423, description = "`upload_locked`", content_type = "application/problem+json"),
        (status = 460, description = "`wrong_hash`; `wrong_checksum`", content_type = "application/problem+json"),
        (status = 503, description = "`storage_full`; `store_unavailable`; `timeout`", content_type = "application/problem+json")))]
async fn append(
    State(media): State<Media>,
    who: SignedIn,
    Hex(id): Hex<16>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let interop = Interop::of(&headers)?;
    if interop == Interop::Six && text(&headers, header::CONTENT_TYPE) != Some(CONTENT_TYPE) {
        return Err(Problem::new(ErrorCode::UnsupportedMedia, format!("Content-Type must be {CONTENT_TYPE}.")));
    }
    let piece = piece(&headers, tus::offset(text(&headers, OFFSET))?)?;
    let body = body.into_data_stream();
    Ok(match upload::append(&media, &who.person, UploadId(id), piece, body, now_ms()).await {
        Ok(progress) => answer(interop, StatusCode::CREATED, &progress),
        Err(problem) => refused(&media, &who.person, UploadId(id), problem).await,
    })
}

/// Ends an upload; what came of it is dropped.
#[utoipa::path(delete, path = "/v1/media/resumable/{id}", tag = "media",
    params(("id" = String, Path, description = "From `Location`")),
    responses(
        (status = 204, description = "Ended"),
        (status = 401, description = "`unauthorized`", content_type = "application/problem+json"),
        (status = 400, description = "`bad_request`", content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: this is no upload's name, or of one that has ended", content_type = "application/problem+json"),
        (status = 412, description = "`tus_version`", content_type = "application/problem+json"),
        (status = 423, description = "`upload_locked`", content_type = "application/problem+json")))]
async fn remove(
    State(media): State<Media>,
    who: SignedIn,
    Hex(id): Hex<16>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    Interop::of(&headers)?;
    without(&headers, &[&OFFSET, &COMPLETE])?;
    upload::remove(&media, &who.person, UploadId(id)).await.map_err(inactive)?;
    Ok(StatusCode::NO_CONTENT)
}
