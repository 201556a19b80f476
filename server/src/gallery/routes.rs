//! The doors to the gallery. Each handler reads its request, calls one function and writes the answer.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use sync_protocol::ids::lower_hex;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    archive::{self, ArchiveRequest},
    browse::{self, MapQuery, NeighbourQuery, Neighbours, PhotoCounts, PhotoMap, PhotoPage},
    copy::{self, CodeView},
    filter::PhotoFilter,
    trail::{self, PhotoTrail},
    views::{self, ViewFilter, ViewPage},
};
use crate::{
    app::{App, now_ms},
    auth::{Manager, Office, Principal},
    error::{ErrorCode, Problem},
    extract::{Json, Path, Query},
    media::views::Look,
    office::page::PageQuery,
};

/// All of them.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(counts))
        .routes(routes!(map))
        .routes(routes!(one))
        .routes(routes!(neighbours))
        .routes(routes!(looked))
        .routes(routes!(watermarked))
        .routes(routes!(archive))
        .routes(routes!(code))
}

/// The key that names a photo. Anything else names none.
fn key(text: &str) -> Result<[u8; 20], Problem> {
    lower_hex(text).ok_or_else(|| ErrorCode::NotFound.into())
}

/// Photos as evidence, the newest first.
#[utoipa::path(get, path = "/v1/photos", tag = "photos", security(("token" = [])), params(PhotoFilter, PageQuery),
    responses((status = 200, body = PhotoPage)))]
async fn list(
    State(app): State<App>,
    who: Manager,
    Query(filter): Query<PhotoFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<PhotoPage>, Problem> {
    browse::list(&app, &who, &filter, &page).await.map(Json)
}

/// Photos counted, in all and by place, person and item.
#[utoipa::path(get, path = "/v1/photos/counts", tag = "photos", security(("token" = [])), params(PhotoFilter),
    responses((status = 200, body = PhotoCounts)))]
async fn counts(
    State(app): State<App>,
    who: Manager,
    Query(filter): Query<PhotoFilter>,
) -> Result<Json<PhotoCounts>, Problem> {
    browse::counts(&app, &who, &filter).await.map(Json)
}

/// Photos on a part of the map, in clusters.
#[utoipa::path(get, path = "/v1/photos/map", tag = "photos", security(("token" = [])), params(PhotoFilter, MapQuery),
    responses((status = 200, body = PhotoMap)))]
async fn map(
    State(app): State<App>,
    who: Manager,
    Query(filter): Query<PhotoFilter>,
    Query(asked): Query<MapQuery>,
) -> Result<Json<PhotoMap>, Problem> {
    browse::clusters(&app, &who, &filter, &asked).await.map(Json)
}

/// All that is known of a photo: who took it, by which phone, in which lines, when and where, what is seen in it, who looked at it.
#[utoipa::path(get, path = "/v1/photos/{photo}", tag = "photos", security(("token" = [])),
    params(("photo" = String, Path, description = "40 hex digits")),
    responses((status = 200, body = PhotoTrail)))]
async fn one(State(app): State<App>, who: Manager, Path(photo): Path<String>) -> Result<Json<PhotoTrail>, Problem> {
    trail::of(&app, &who, &key(&photo)?).await.map(Json)
}

/// Who looked at photos of the places that you run, the latest first.
#[utoipa::path(get, path = "/v1/photo-views", tag = "photos", security(("token" = [])), params(ViewFilter, PageQuery),
    responses((status = 200, body = ViewPage)))]
async fn looked(
    State(app): State<App>,
    who: Office,
    Query(filter): Query<ViewFilter>,
    Query(page): Query<PageQuery>,
) -> Result<Json<ViewPage>, Problem> {
    views::list(&app, &who, &filter, &page).await.map(Json)
}

/// What was taken before and after a photo, among those that the filter takes.
#[utoipa::path(get, path = "/v1/photos/{photo}/neighbours", tag = "photos", security(("token" = [])),
    params(("photo" = String, Path, description = "40 hex digits"), PhotoFilter, NeighbourQuery),
    responses((status = 200, body = Neighbours)))]
async fn neighbours(
    State(app): State<App>,
    who: Manager,
    Path(photo): Path<String>,
    Query(filter): Query<PhotoFilter>,
    Query(asked): Query<NeighbourQuery>,
) -> Result<Json<Neighbours>, Problem> {
    browse::neighbours(&app, &who, &key(&photo)?, &filter, asked).await.map(Json)
}

/// Why somebody looks.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Why {
    /// In at most 500 characters, for the list of who looked.
    why: Option<String>,
}

fn look(who: &Principal) -> Look<'_> {
    Look { person: &who.person, install: who.install, why: None, at_ms: now_ms() }
}

/// To be kept as a file of that name and type, and by nobody on the way.
fn file(name: &str, media_type: &'static str) -> Result<HeaderMap, Problem> {
    let disposition = format!("attachment; filename=\"{name}\"");
    Ok(HeaderMap::from_iter([
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_str(&disposition).map_err(Problem::internal)?),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ]))
}

/// A copy of a photo with its time, place, person and a code drawn into it. The look is noted.
#[utoipa::path(get, path = "/v1/photos/{photo}/watermarked", tag = "photos", security(("token" = [])),
    params(("photo" = String, Path, description = "40 hex digits"), Why),
    responses((status = 200, body = Vec<u8>, content_type = "image/jpeg")))]
async fn watermarked(
    State(app): State<App>,
    who: Manager,
    Path(photo): Path<String>,
    Query(Why { why }): Query<Why>,
) -> Result<Response, Problem> {
    let look = look(&who).because(why.as_deref())?;
    let jpeg = copy::watermarked(&app, &who, &key(&photo)?, look).await?;
    Ok((file(&format!("{}.jpg", &photo[..16]), "image/jpeg")?, jpeg).into_response())
}

/// The originals of up to 500 photos as a ZIP, with a `manifest.json` that says what each is. Each look is noted.
#[utoipa::path(post, path = "/v1/photos/archive", tag = "photos", security(("token" = [])), request_body = ArchiveRequest,
    responses((status = 200, body = Vec<u8>, content_type = "application/zip")))]
async fn archive(State(app): State<App>, who: Manager, Json(asked): Json<ArchiveRequest>) -> Result<Response, Problem> {
    let look = look(&who).because(asked.why.as_deref())?;
    let bytes = archive::of(&app, &who, &asked, look).await?;
    Ok((file("photos.zip", "application/zip")?, Body::from_stream(bytes)).into_response())
}

/// What a code that is drawn into a copy says: of which photo it was made, for whom and when.
#[utoipa::path(get, path = "/v1/photo-codes/{code}", tag = "photos", security(("token" = [])),
    params(("code" = String, Path, description = "As drawn; case and spaces do not matter")),
    responses((status = 200, body = CodeView)))]
async fn code(State(app): State<App>, who: Manager, Path(code): Path<String>) -> Result<Json<CodeView>, Problem> {
    copy::checked(&app, &who, &code).await.map(Json)
}
