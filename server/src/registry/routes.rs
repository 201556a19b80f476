//! Imports, and lists of the registry.

use std::collections::BTreeSet;

use axum::{
    Json,
    body::Bytes,
    extract::{
        DefaultBodyLimit, Path, Query, State,
        rejection::{BytesRejection, QueryRejection},
    },
};
use jiff::civil::Date;
use mobile_schema::{DistrictName, Place as PlaceName, check::is_date};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use zhucun_fences::{Reference, examine::Repair};

use super::{
    import::{self, FenceOptions, Imported, Kind, Options},
    lists::{self, Fence, Person, Place, Station, Team},
    principal::Office,
};
use crate::{
    app::App,
    error::{ErrorCode, Problem},
};

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    let largest = Kind::ALL.iter().map(|k| k.max_bytes()).max().unwrap_or_default();
    let import = OpenApiRouter::new().routes(routes!(import_file)).layer(DefaultBodyLimit::max(largest));
    OpenApiRouter::new()
        .routes(routes!(list_places))
        .routes(routes!(list_people))
        .routes(routes!(list_teams))
        .routes(routes!(list_stations))
        .routes(routes!(list_fences))
        .merge(import)
}

/// What is said of a file.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct About {
    /// The district, such as `zjedz`.
    district: String,
    /// Of places: the district's name. Needed for a new district.
    district_name: Option<String>,
    /// Of fences: what the numbers refer to, where the file does not say: `wgs84`, `cgcs2000` (the same), `gcj02`, `bd09`, or a projection,
    /// `EPSG:4491` to `4554` (CGCS2000 Gauss-Krüger), `EPSG:32601` to `32760` (UTM).
    datum: Option<String>,
    /// Of fences: the property that has the village's code or name; else it is looked for.
    village: Option<String>,
    /// Of fences: the first day they hold, where a feature does not say.
    from: Option<String>,
    /// Of fences: what may be mended, separated by commas: `swap`, `close`, `drop_duplicates`, `simplify`, `untangle`, `drop_holes`, `merge`,
    /// `datum`.
    repair: Option<String>,
    /// Only tells what would come of it; `faults` and `findings` then say what is wrong, and what a repair would make of it.
    #[serde(default)]
    preview: bool,
}

/// Imports a file, all of it or nothing. The body is the file. Twice changes nothing.
#[utoipa::path(
    post, path = "/v1/imports/{kind}", tag = "registry",
    params(("kind" = String, Path, description = "places, units, people, teams, fences, stations, grants or templates"), About),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "How many records it created, changed and left; of fences, what is to be said of them", body = Imported),
        (status = 422, description = "Problem `import_refused`; `faults` lists every bad line; nothing was changed"),
    )
)]
async fn import_file(
    State(app): State<App>,
    office: Office,
    Path(kind): Path<String>,
    about: Result<Query<About>, QueryRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Imported>, Problem> {
    let kind = Kind::parse(&kind).ok_or(ErrorCode::NotFound)?;
    let about = query(about)?;
    let preview = about.preview;
    let options = options(about)?;
    if !office.may_import(options.district.as_str()) {
        return Err(ErrorCode::Forbidden.into());
    }
    let bytes = body.map_err(|rejection| match rejection.status().as_u16() {
        413 => Problem::from(ErrorCode::BodyTooLarge),
        _ => Problem::new(ErrorCode::BadRequest, "The body could not be read."),
    })?;
    Ok(Json(import::run(&app, &office.acting, kind, bytes.to_vec(), options, preview).await?))
}

fn options(about: About) -> Result<Options, Problem> {
    let bad = |what: &str| Problem::new(ErrorCode::BadRequest, what);
    Ok(Options {
        district: DistrictName::parse(&about.district)
            .ok_or_else(|| bad("district is no district's name, such as zjedz."))?,
        district_name: about.district_name.filter(|n| !n.trim().is_empty()),
        fences: FenceOptions {
            reference: about.datum.map(|name| Reference::parse(&name)).transpose().map_err(|e| bad(&e.to_string()))?,
            village: about.village,
            from: match about.from {
                Some(day) => Some(
                    day.parse::<Date>()
                        .ok()
                        .filter(|_| is_date(&day))
                        .ok_or_else(|| bad("from is no day, YYYY-MM-DD."))?,
                ),
                None => None,
            },
            repairs: match about.repair.as_deref().filter(|names| !names.is_empty()) {
                Some(names) => names
                    .split(',')
                    .map(|name| Repair::parse(name).ok_or_else(|| bad("repair names something that is no repair.")))
                    .collect::<Result<_, Problem>>()?,
                None => BTreeSet::new(),
            },
        },
    })
}

fn query<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Problem> {
    query.map(|Query(q)| q).map_err(|rejection| Problem::new(ErrorCode::BadRequest, rejection.body_text()))
}

/// What is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Only of this village.
    village: Option<String>,
    /// Only what holds on this day, `YYYY-MM-DD`.
    on: Option<String>,
}

impl Which {
    fn checked(which: Result<Query<Which>, QueryRejection>) -> Result<Which, Problem> {
        let which = query(which)?;
        if which.village.as_deref().is_some_and(|v| PlaceName::parse(v).and_then(|p| p.village()).is_none()) {
            return Err(Problem::new(ErrorCode::BadRequest, "village is no code of 12 digits."));
        }
        if which.on.as_deref().is_some_and(|d| !is_date(d)) {
            return Err(Problem::new(ErrorCode::BadRequest, "on is no day, YYYY-MM-DD."));
        }
        Ok(which)
    }
}

/// Districts, towns and villages.
#[utoipa::path(get, path = "/v1/places", tag = "registry", responses((status = 200, body = [Place])))]
async fn list_places(State(app): State<App>, office: Office) -> Result<Json<Vec<Place>>, Problem> {
    Ok(Json(lists::places(&app.db, |scope| office.may_read(scope)).await?))
}

/// People.
#[utoipa::path(get, path = "/v1/people", tag = "registry", responses((status = 200, body = [Person])))]
async fn list_people(State(app): State<App>, office: Office) -> Result<Json<Vec<Person>>, Problem> {
    Ok(Json(lists::people(&app.db, |scope| office.may_read(scope)).await?))
}

/// Work teams.
#[utoipa::path(get, path = "/v1/teams", tag = "registry", params(Which), responses((status = 200, body = [Team])))]
async fn list_teams(
    State(app): State<App>,
    office: Office,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Vec<Team>>, Problem> {
    let which = Which::checked(which)?;
    Ok(Json(lists::teams(&app.db, which.village.as_deref(), |scope| office.may_read(scope)).await?))
}

/// Who is posted where; with `on`, those posted at noon of that day.
#[utoipa::path(get, path = "/v1/stations", tag = "registry", params(Which), responses((status = 200, body = [Station])))]
async fn list_stations(
    State(app): State<App>,
    office: Office,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Vec<Station>>, Problem> {
    let which = Which::checked(which)?;
    let noon_ms = |day: &str| {
        let noon = day.parse::<jiff::civil::Date>().ok()?.at(12, 0, 0, 0);
        Some(noon.to_zoned(app.config.time_zone.clone()).ok()?.timestamp().as_millisecond())
    };
    let at_ms = which.on.as_deref().and_then(noon_ms);
    Ok(Json(lists::stations(&app.db, which.village.as_deref(), at_ms, |scope| office.may_read(scope)).await?))
}

/// Boundaries of villages.
#[utoipa::path(get, path = "/v1/fences", tag = "registry", params(Which), responses((status = 200, body = [Fence])))]
async fn list_fences(
    State(app): State<App>,
    office: Office,
    which: Result<Query<Which>, QueryRejection>,
) -> Result<Json<Vec<Fence>>, Problem> {
    let which = Which::checked(which)?;
    let visible = |scope: &str| office.may_read(scope);
    Ok(Json(lists::fences(&app.db, which.village.as_deref(), which.on.as_deref(), visible).await?))
}
