//! The hand-over of a team.

use axum::extract::State;
use mobile_schema::DistrictName;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    error::{ErrorCode, Problem},
    extract::Json,
    registry::{
        import::{self, HandedOver, HandoverRequest, Options},
        principal::Office,
    },
};

/// Who hands what over.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Asked {
    /// The district, such as `zjedz`.
    district: String,
    /// Only tells what would come of it.
    #[serde(default)]
    preview: bool,
    #[serde(flatten)]
    handover: HandoverRequest,
}

/// Hand a team over: on one day some leave and others come, or the same go on to another village's team. All of it or nothing; twice changes
/// nothing. Stations are rights: who leaves may write there what was captured until that day, and their phone drains.
#[utoipa::path(
    post, path = "/v1/handovers", tag = "registry", request_body = Asked,
    responses(
        (status = 200, description = "Who leaves, comes and stays, and days without anybody", body = HandedOver),
        (status = 422, description = "Problem `handover_refused`; `faults` has every reason; nothing was changed"),
    )
)]
pub(super) async fn hand_over(
    State(app): State<App>,
    office: Office,
    Json(asked): Json<Asked>,
) -> Result<Json<HandedOver>, Problem> {
    let bad = || Problem::new(ErrorCode::BadRequest, "district is no district's name, such as zjedz.");
    let district = DistrictName::parse(&asked.district).ok_or_else(bad)?;
    if !office.may_import(district.as_str()) {
        return Err(ErrorCode::Forbidden.into());
    }
    let options = Options::of(district);
    import::run_handover(&app, &office.acting, &asked.handover, options, asked.preview).await.map(Json)
}
