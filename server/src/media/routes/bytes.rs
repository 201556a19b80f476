//! The bytes of photos, and their receipts.

use axum::{
    Json,
    body::Body,
    extract::{FromRef, Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use tokio_util::io::ReaderStream;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Hex, SignedIn, text, viewing};
use crate::{
    app::{now_ms, random_bytes},
    error::{ErrorCode, Problem},
    media::{
        Media, faults,
        lookup::{self, PhotoReceipt, Visible},
        processing,
        range::{self, Part},
        sniff,
        store::{self, views},
        views::{Look, What},
    },
    s3::bucket::Shown,
};

/// Bytes go out in pieces of this size.
const PIECE: usize = 64 << 10;
/// The rendition in which people can be told from each other.
const LARGE: u32 = zhucun_pictures::RENDITIONS[0];

pub(super) fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    Media: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(bytes)).routes(routes!(receipt))
}

/// How the bytes are to come.
#[derive(Debug, Deserialize, IntoParams)]
struct Wanted {
    /// From the store itself, where it and the settings allow it: the answer is then a 307 to an address that holds for a while. Else as usual.
    #[serde(default)]
    direct: bool,
    /// Why, in at most 500 characters, for the list of who looked.
    why: Option<String>,
    /// Not as it came, but as a JPEG whose longest side has at most so many pixels: 320 or 1280. It is upright and has no metadata.
    rendition: Option<u32>,
}

/// The bytes of a photo or preview as they came, to who took it and to managers and the office; a rendition, to who may read a record that
/// names them. Who looks at more than a thumbnail is noted. `HEAD` works too.
#[utoipa::path(get, path = "/v1/media/{sha256}", tag = "media",
    params(
        ("sha256" = String, Path, description = "64 hex digits"),
        ("Range" = Option<String>, Header, description = "One range of bytes"),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of what the client has: the hash in quotes"),
        Wanted),
    responses(
        (status = 200, description = "The bytes", body = Vec<u8>, content_type = "application/octet-stream", headers(("ETag" = String))),
        (status = 206, description = "The range", body = Vec<u8>, content_type = "application/octet-stream", headers(("Content-Range" = String))),
        (status = 304, description = "The client has them"),
        (status = 307, description = "They are under this address", headers(("Location" = String))),
        (status = 400, description = "`bad_request`", content_type = "application/problem+json"),
        (status = 401, description = "`unauthorized`", content_type = "application/problem+json"),
        (status = 403, description = "`original_withheld`: ask for a rendition", content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: not there, not complete, or not for the caller; `no_rendition`, with a `reason`", content_type = "application/problem+json"),
        (status = 409, description = "`not_processed_yet`: there will be a rendition soon", content_type = "application/problem+json"),
        (status = 416, description = "`bad_range`", content_type = "application/problem+json", headers(("Content-Range" = String))),
        (status = 503, description = "`store_unavailable`", content_type = "application/problem+json")))]
async fn bytes(
    State(media): State<Media>,
    who: SignedIn,
    Hex(sha256): Hex<32>,
    method: Method,
    wanted: Result<Query<Wanted>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Query(wanted) = wanted.map_err(|fault| Problem::new(ErrorCode::BadRequest, fault.body_text()))?;
    let look = Look { person: &who.person, install: who.install, why: None, at_ms: now_ms() };
    let look = look.because(wanted.why.as_deref())?;
    let seen = viewing(&who, async |viewer| {
        let Visible { blob, record, may_open } = lookup::visible(&media, viewer, &sha256).await?;
        let blob = match wanted.rendition {
            None if !may_open => return Err(Problem::from(ErrorCode::OriginalWithheld)),
            None => blob,
            Some(longest) => processing::rendition(&media, viewer, &sha256, longest, look.at_ms).await?,
        };
        Ok((blob, record))
    });
    let (blob, record) = seen.await?;
    let what = match wanted.rendition {
        None => Some(What::Original),
        Some(longest) => (longest == LARGE).then_some(What::Large),
    };
    if let Some(what) = what.filter(|_| method == Method::GET) {
        views::note(&media.db, vec![look.at(&record, &sha256, what, random_bytes())]).await?;
    }
    let bad = || Problem::internal(anyhow::anyhow!("a hash has 32 bytes"));
    let sha256 = store::as_hash(&blob.sha256).ok_or_else(bad)?;
    let name = hex::encode(sha256);
    let etag = format!("\"{name}\"");
    let (media_type, ending) = sniff::served_as(&blob.media_type);
    let disposition = match ending {
        Some(ending) => format!("inline; filename=\"{}.{ending}\"", &name[..16]),
        None => format!("attachment; filename=\"{}.bin\"", &name[..16]),
    };
    let mut answer = HeaderMap::new();
    answer.insert(header::ETAG, value(&etag)?);
    // Whether someone may see a photo is asked each time; their browser may keep it only to have that confirmed.
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    answer.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    answer.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    answer.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    if range::is_known(text(&headers, header::IF_NONE_MATCH), &etag) {
        return Ok((StatusCode::NOT_MODIFIED, answer).into_response());
    }
    // A signature is of one method.
    if let Some(ttl) = media.signed_url_ttl.filter(|_| wanted.direct && method == Method::GET) {
        let shown = Shown { media_type, disposition: &disposition };
        if let Some(url) = media.blobs.signed_url(&sha256, ttl, shown).await.map_err(faults::problem)? {
            answer.insert(header::LOCATION, value(&url)?);
            answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            return Ok((StatusCode::TEMPORARY_REDIRECT, answer).into_response());
        }
    }
    answer.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer.insert(header::CONTENT_DISPOSITION, value(&disposition)?);

    let size = blob.size.unsigned_abs();
    let asked = text(&headers, header::RANGE).filter(|_| range::is_current(text(&headers, header::IF_RANGE), &etag));
    let (status, range) = match range::part(asked, size) {
        Part::Whole => (StatusCode::OK, 0..size),
        Part::Slice(range) => {
            let content_range = format!("bytes {}-{}/{size}", range.start, range.end - 1);
            answer.insert(header::CONTENT_RANGE, value(&content_range)?);
            (StatusCode::PARTIAL_CONTENT, range)
        }
        Part::Unsatisfiable => {
            let problem = Problem::new(ErrorCode::BadRange, format!("There are {size} bytes.")).with("size", size);
            return Ok(([(header::CONTENT_RANGE, format!("bytes */{size}"))], problem).into_response());
        }
    };
    answer.insert(header::CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
    let reader = media.blobs.open(&sha256, range).await.map_err(faults::problem)?;
    let reader =
        reader.ok_or_else(|| Problem::internal(anyhow::anyhow!("complete photo {name} is not in the blob store")))?;
    Ok((status, answer, Body::from_stream(ReaderStream::with_capacity(reader, PIECE))).into_response())
}

fn value(text: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::from_str(text).map_err(Problem::internal)
}

/// The signed receipt of a complete photo: with it a phone may forget the file.
#[utoipa::path(get, path = "/v1/media/{sha256}/receipt", tag = "media",
    params(("sha256" = String, Path, description = "64 hex digits")),
    responses(
        (status = 200, body = PhotoReceipt),
        (status = 401, description = "`unauthorized`", content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: not promised, or not complete", content_type = "application/problem+json")))]
async fn receipt(
    State(media): State<Media>,
    who: SignedIn,
    Hex(sha256): Hex<32>,
) -> Result<Json<PhotoReceipt>, Problem> {
    lookup::receipt(&media, &who.person, &sha256).await.map(Json)
}
