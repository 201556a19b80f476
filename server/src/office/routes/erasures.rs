//! Erasing, and what was erased.

use axum::extract::State;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    auth::{Manager, Office},
    error::Problem,
    extract::{Json, Query},
    office::{
        erasing::{self, EraseRequest, Erased, Erasures},
        page::PageQuery,
    },
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(erase, erasures))
}

/// Erase the values of operations, at most 1,000, all or nothing: those of one record, or those of one person.
///
/// Without `confirm` it is a dry run that tells how many of which kinds and from when. With the `confirm` of the dry run it is done,
/// unless something came or went meanwhile: then the answer is `changed_meanwhile`. It cannot be undone.
#[utoipa::path(post, path = "/v1/erasures", tag = "office", security(("token" = [])), request_body = EraseRequest,
    responses((status = 200, body = Erased)))]
async fn erase(State(app): State<App>, who: Office, Json(asked): Json<EraseRequest>) -> Result<Json<Erased>, Problem> {
    erasing::erase(&app, &who, &asked).await.map(Json)
}

/// What was erased: who decided it, when, why and on which ground.
#[utoipa::path(get, path = "/v1/erasures", tag = "office", security(("token" = [])), params(PageQuery),
    responses((status = 200, body = Erasures)))]
async fn erasures(
    State(app): State<App>,
    who: Manager,
    Query(page): Query<PageQuery>,
) -> Result<Json<Erasures>, Problem> {
    erasing::list(&app, &who, &page).await.map(Json)
}
