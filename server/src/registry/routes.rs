//! Lists of the registry; imports are in [`imports`].

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use mobile_schema::{Place as PlaceName, check::is_date};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

mod handover;
mod imports;
mod merger;
mod paper;
mod search;

use super::{
    lists::{self, Fence, Person, Place, Station, Team},
    principal::Office,
};
use crate::{
    app::App,
    error::{ErrorCode, Problem},
};

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_places))
        .routes(routes!(list_people))
        .routes(routes!(list_teams))
        .routes(routes!(list_stations))
        .routes(routes!(list_fences))
        .routes(routes!(search::search_names))
        .routes(routes!(handover::hand_over))
        .routes(routes!(merger::merge))
        .merge(imports::routes())
        .merge(paper::routes())
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
