//! Fields with several values, and settling them.

use axum::extract::State;
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{WrittenView, written};
use crate::{
    app::App,
    auth::{Manager, Office},
    error::Problem,
    extract::{Json, Query},
    office::{
        drafts::SettlementRequest,
        filter::{ConflictFilter, Sort},
        page::PageQuery,
        settling::{self, SettleAlike, SettledAlike},
        views::conflict::Conflicts,
    },
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(conflicts)).routes(routes!(settle)).routes(routes!(settle_alike))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
struct SortQuery {
    /// `place` (when missing), `age` or `weight`.
    #[serde(default)]
    #[param(inline)]
    sort: Sort,
}

/// Fields with several values: all of them, who wrote each, when, with what authority, what they started from, and why one is shown.
///
/// `state=open` (when missing) is what the office is asked about; `state=outranked` are values kept beside without a question.
#[utoipa::path(get, path = "/v1/conflicts", tag = "office", security(("token" = [])),
    params(ConflictFilter, SortQuery, PageQuery), responses((status = 200, body = Conflicts)))]
async fn conflicts(
    State(app): State<App>,
    who: Manager,
    Query(filter): Query<ConflictFilter>,
    Query(asked): Query<SortQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Conflicts>, Problem> {
    settling::list(&app, &who, &filter, asked.sort, &page).await.map(Json)
}

/// Settle a field: the value that is to stand, over those that the person saw, and why.
#[utoipa::path(post, path = "/v1/settlements", tag = "office", security(("token" = [])), request_body = SettlementRequest,
    responses((status = 200, body = WrittenView)))]
async fn settle(
    State(app): State<App>,
    who: Office,
    Json(asked): Json<SettlementRequest>,
) -> Result<Json<WrittenView>, Problem> {
    settling::one(&app, &who, &asked).await.map(|one| written(&one))
}

/// Settle by a rule all fields that a filter takes, at most 1,000, all or nothing.
///
/// Without `confirm` it is a dry run that tells which, and what would stand. With the `confirm` of the dry run it is done, unless a value
/// came or went meanwhile: then the answer is `changed_meanwhile`. Of what the rule says nothing is left as it is.
#[utoipa::path(post, path = "/v1/settlements/alike", tag = "office", security(("token" = [])), request_body = SettleAlike,
    responses((status = 200, body = SettledAlike)))]
async fn settle_alike(
    State(app): State<App>,
    who: Office,
    Json(asked): Json<SettleAlike>,
) -> Result<Json<SettledAlike>, Problem> {
    settling::alike(&app, &who, &asked).await.map(Json)
}
