//! Looking for names.

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::query;
use crate::{
    app::App,
    error::Problem,
    registry::{
        pinyin::Typed,
        principal::Office,
        store::search::{self, Found, Of},
    },
};

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// `people`, `villages` or `teams`.
    #[param(inline)]
    of: Of,
    /// Characters, pinyin or initials of the name: `王`, `wangxiaoming`, `wxm`. Empty finds all.
    #[serde(default)]
    q: String,
    /// Only those behind this id: `next` of the page before.
    after: Option<String>,
    /// Most of a page, up to 200; else 50.
    limit: Option<usize>,
}

/// People, villages or teams by name, as far as one may see them.
#[utoipa::path(get, path = "/v1/registry/search", tag = "registry", params(Asked), responses((status = 200, body = Found)))]
pub(super) async fn search_names(
    State(app): State<App>,
    office: Office,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Found>, Problem> {
    let asked = query(asked)?;
    let (typed, limit) = (Typed::of(&asked.q), asked.limit.unwrap_or(50).max(1));
    search::search(&app.db, &office.scopes(), asked.of, &typed, asked.after.as_deref(), limit).await.map(Json)
}
