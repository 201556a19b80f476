//! tus 1.0, with the extensions that `Tus-Extension` lists.

use axum::{
    body::Body,
    extract::{FromRef, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::map_response,
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
        join,
        tus::{self, Concat, Piece, UploadId},
        upload::{self, Aim, Progress, Uploader},
    },
};

const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const VERSION: HeaderName = HeaderName::from_static("tus-version");
const EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
const MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
const CHECKSUMS: HeaderName = HeaderName::from_static("tus-checksum-algorithm");
const DEFER: HeaderName = HeaderName::from_static("upload-defer-length");
const CONCAT: HeaderName = HeaderName::from_static("upload-concat");
const CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");
const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
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
        ("Tus-Version" = String), ("Tus-Extension" = String), ("Tus-Max-Size" = u64), ("Tus-Checksum-Algorithm" = String)))))]
async fn options(State(media): State<Media>) -> impl IntoResponse {
    let headers = [
        (VERSION, HeaderValue::from_static(tus::VERSION)),
        (EXTENSION, HeaderValue::from_static(tus::EXTENSIONS)),
        (CHECKSUMS, HeaderValue::from_static(checksum::ALGORITHMS)),
        (MAX_SIZE, HeaderValue::from(media.max_bytes)),
    ];
    (StatusCode::NO_CONTENT, headers)
}

/// How far an upload is, as every answer says it.
fn progress_headers(progress: &Progress) -> AppendHeaders<Vec<(HeaderName, HeaderValue)>> {
    let mut headers = vec![(OFFSET, HeaderValue::from(progress.offset))];
    let expires = progress.expires_ms.and_then(tus::expires).and_then(|at| HeaderValue::try_from(at).ok());
    headers.extend(expires.map(|at| (EXPIRES, at)));
    AppendHeaders(headers)
}

/// Begins an upload of bytes that a photo record promises, or of a part of them; or joins parts.
///
/// `Upload-Metadata` has the promised hash as `sha256` (its 64 hex digits), and may name the photo record that promises it as `record` and
/// which of its files that is as `rendition` (`original` or `preview`), each in base64. Other metadata is ignored. A part promises nothing. A
/// body of the type of `PATCH` is taken as its first bytes.
#[utoipa::path(post, path = "/v1/media/uploads", tag = "media",
    params(
        ("Tus-Resumable" = String, Header, description = "`1.0.0`"),
        ("Upload-Length" = Option<u64>, Header, description = "Bytes to come"),
        ("Upload-Defer-Length" = Option<u64>, Header, description = "`1`: their number will be told by a `PATCH`"),
        ("Upload-Concat" = Option<String>, Header, description = "`partial`, or `final;` and up to 64 addresses of parts, each of which has all its bytes"),
        ("Upload-Checksum" = Option<String>, Header, description = "Of the body: `sha1` or `sha256`, and the sum in base64"),
        ("Upload-Metadata" = Option<String>, Header, description = "`sha256 <base64 of 64 hex digits>`; not of a part")),
    request_body(content = Option<Vec<u8>>, content_type = "application/offset+octet-stream"),
    responses(
        (status = 201, description = "Begun, or joined and verified", headers(
            ("Location" = String, description = "Where to send the bytes, relative to the server"), ("Upload-Offset" = u64),
            ("Upload-Expires" = String, description = "When it is given up if nothing more comes"))),
        (status = 400, description = "`bad_request`", content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`", content_type = "application/problem+json"),
        (status = 403, description = "`not_promised`", content_type = "application/problem+json"),
        (status = 409, description = "`part_unfinished`, with `part`", content_type = "application/problem+json"),
        (status = 410, description = "`upload_gone`, with `part`; `photo_erased`", content_type = "application/problem+json"),
        (status = 412, description = "`tus_version`", content_type = "application/problem+json"),
        (status = 413, description = "`photo_too_large`; `past_length`", content_type = "application/problem+json"),
        (status = 415, description = "`unsupported_media`: a body of another type", content_type = "application/problem+json"),
        (status = 423, description = "`upload_locked`: the parts are being joined", content_type = "application/problem+json"),
        (status = 460, description = "`wrong_hash`: the upload, and its parts, are gone; `wrong_checksum`", content_type = "application/problem+json"),
        (status = 503, description = "`storage_full`; `store_unavailable`; `timeout`", content_type = "application/problem+json")))]
async fn create(
    State(media): State<Media>,
    who: SignedIn,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    tus::check_version(text(&headers, RESUMABLE))?;
    let by = Uploader { person: who.person.clone(), install: who.install };
    let concat = text(&headers, CONCAT);
    let (aim, first) = match tus::concat(concat)? {
        Some(Concat::Final(parts)) => {
            let promise = tus::promise(text(&headers, METADATA))?;
            let concat = concat.unwrap_or_default().to_owned();
            let (id, progress) = join::join(&media, by, promise, parts, concat, now_ms()).await?;
            return Ok(begun(id, &progress).into_response());
        }
        Some(Concat::Partial) => (Aim::Part, first_piece(&headers)?),
        None => (Aim::Photo(tus::promise(text(&headers, METADATA))?), first_piece(&headers)?),
    };
    let length = tus::announced(text(&headers, LENGTH), text(&headers, DEFER), media.max_bytes)?;
    let (id, mut progress) = upload::create(&media, by, length, aim, now_ms()).await?;
    if let Some(piece) = first {
        match upload::append(&media, &who.person, id, piece, body.into_data_stream(), now_ms()).await {
            Ok(now) => progress = now,
            // It has begun all the same: whoever reads this may go on there.
            Err(problem) => return Ok(([(header::LOCATION, id.url())], problem).into_response()),
        }
    }
    Ok(begun(id, &progress).into_response())
}

fn begun(id: UploadId, progress: &Progress) -> impl IntoResponse {
    (StatusCode::CREATED, [(header::LOCATION, id.url())], progress_headers(progress))
}

/// What the body of a creation is; none if there is none.
fn first_piece(headers: &HeaderMap) -> Result<Option<Piece>, Problem> {
    if text(headers, header::CONTENT_TYPE) == Some(tus::CONTENT_TYPE) {
        return piece(headers, 0).map(Some);
    }
    let empty = brings(headers).map_or(!headers.contains_key(header::TRANSFER_ENCODING), |bytes| bytes == 0);
    if empty { Ok(None) } else { Err(wrong_type()) }
}

fn piece(headers: &HeaderMap, offset: u64) -> Result<Piece, Problem> {
    let checksum = text(headers, CHECKSUM).map(Checksum::of_tus).transpose()?;
    Ok(Piece {
        offset,
        brings: brings(headers),
        length: tus::length_told(text(headers, LENGTH))?,
        last: false,
        checksum,
    })
}

fn wrong_type() -> Problem {
    Problem::new(ErrorCode::UnsupportedMedia, format!("Content-Type must be {}.", tus::CONTENT_TYPE))
}

/// How far an upload is. All its bytes being here, it is verified by now.
#[utoipa::path(head, path = "/v1/media/uploads/{id}", tag = "media",
    params(("id" = String, Path, description = "From `Location`"), ("Tus-Resumable" = String, Header, description = "`1.0.0`")),
    responses(
        (status = 200, description = "See the headers", headers(
            ("Upload-Offset" = u64), ("Upload-Length" = u64), ("Upload-Defer-Length" = u64, description = "`1`: the length is still to be told"),
            ("Upload-Expires" = String), ("Upload-Concat" = String, description = "As it came"))),
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
    let (progress, concat) = upload::progress(&media, &who.person, UploadId(id), now_ms()).await?;
    let length = match progress.length {
        Some(length) => (LENGTH, HeaderValue::from(length)),
        None => (DEFER, HeaderValue::from_static("1")),
    };
    let concat = concat.and_then(|concat| Some((CONCAT, HeaderValue::try_from(concat).ok()?)));
    Ok((progress_headers(&progress), AppendHeaders([Some(length), concat].into_iter().flatten())).into_response())
}

/// Appends bytes at `Upload-Offset`. With the last of them the hash is verified, and the answer says so.
///
/// A broken connection loses nothing that came: ask for the offset and go on from there.
#[utoipa::path(patch, path = "/v1/media/uploads/{id}", tag = "media",
    params(
        ("id" = String, Path, description = "From `Location`"),
        ("Tus-Resumable" = String, Header, description = "`1.0.0`"),
        ("Upload-Offset" = u64, Header, description = "Where the upload is"),
        ("Upload-Length" = Option<u64>, Header, description = "The length, once, where it was deferred"),
        ("Upload-Checksum" = Option<String>, Header, description = "Of the body: `sha1` or `sha256`, and the sum in base64")),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses(
        (status = 204, description = "Durable", headers(("Upload-Offset" = u64), ("Upload-Expires" = String))),
        (status = 400, description = "`bad_request`", content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`", content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: an upload that joins others takes no bytes", content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: this is no upload's name", content_type = "application/problem+json"),
        (status = 409, description = "`wrong_offset`, with `offset`", content_type = "application/problem+json"),
        (status = 410, description = "`upload_gone`", content_type = "application/problem+json"),
        (status = 412, description = "`tus_version`", content_type = "application/problem+json"),
        (status = 413, description = "`past_length`, with `length`; `photo_too_large`", content_type = "application/problem+json"),
        (status = 415, description = "`unsupported_media`", content_type = "application/problem+json"),
        (status = 423, description = "`upload_locked`: another request is writing", content_type = "application/problem+json"),
        (status = 460, description = "`wrong_hash`, with the `sha256` found: the upload is gone; `wrong_checksum`, with `offset`: the body is dropped", content_type = "application/problem+json"),
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
        return Err(wrong_type());
    }
    let piece = piece(&headers, tus::offset(text(&headers, OFFSET))?)?;
    let body = body.into_data_stream();
    let progress = upload::append(&media, &who.person, UploadId(id), piece, body, now_ms()).await?;
    Ok((StatusCode::NO_CONTENT, progress_headers(&progress)).into_response())
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
