//! Mergers of villages.

use axum::extract::State;
use mobile_schema::DistrictName;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    error::{ErrorCode, Problem},
    extract::Json,
    registry::{
        import::{self, Merged, MergerRequest, Options},
        principal::Office,
    },
};

/// Which villages become part of which.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = MergerAsked)]
pub(super) struct Asked {
    /// The district, such as `zjedz`.
    district: String,
    /// Only tells what would come of it.
    #[serde(default)]
    preview: bool,
    #[serde(flatten)]
    merger: MergerRequest,
}

/// Merge villages into another (撤并): with the day before they end, from the day on their members are posted to the other's team, and its boundary
/// surrounds theirs. All of it or nothing; twice changes nothing. Evidence before the day stays theirs and is judged by their boundaries. What
/// phones write into them afterwards, not having heard, is accepted until `late_until`, and counts where its member is posted then.
#[utoipa::path(
    post, path = "/v1/mergers", tag = "registry", request_body = Asked,
    responses(
        (status = 200, description = "Who moves, the new boundary, what is left, and what is sealed", body = Merged),
        (status = 422, description = "Problem `merger_refused`; `faults` has every reason; nothing was changed"),
    )
)]
pub(super) async fn merge(
    State(app): State<App>,
    office: Office,
    Json(asked): Json<Asked>,
) -> Result<Json<Merged>, Problem> {
    let bad = || Problem::new(ErrorCode::BadRequest, "district is no district's name, such as zjedz.");
    let district = DistrictName::parse(&asked.district).ok_or_else(bad)?;
    if !office.may_import(district.as_str()) {
        return Err(ErrorCode::Forbidden.into());
    }
    let options = Options::of(district);
    import::run_merger(&app, &office.acting, &asked.merger, options, asked.preview).await.map(Json)
}
