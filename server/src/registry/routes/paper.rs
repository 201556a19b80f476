//! An attendance sheet on paper beside what was derived.

use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, Query, State, rejection::BytesRejection, rejection::QueryRejection},
    http::header,
    response::{IntoResponse, Response},
};
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{imports::bytes_of, query};
use crate::{
    app::App,
    attendance::asker::Asker,
    error::{ErrorCode, Problem},
    registry::{
        import::{
            Form, Kind,
            paper::{
                compare::Comparison,
                run::{About, compared, month},
            },
        },
        principal::Office,
    },
};

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(compare_paper)).layer(DefaultBodyLimit::max(Kind::Stations.max_bytes()))
}

/// What is said of the sheet.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Said {
    /// The district whose people it names, such as `zjedz`.
    district: String,
    /// Its month, `YYYY-MM`.
    month: String,
    /// The village or town whose members it lists; else the district.
    place: Option<String>,
    /// Of workbooks: the sheet; else the first that is shown.
    sheet: Option<String>,
    /// `json`, or `csv` with the days that differ.
    form: Option<String>,
}

/// Compares an attendance sheet of an earlier month (XLSX or CSV: 姓名, then days 1 to 31 with marks, or sums) with the verdicts of that month.
/// Nothing is stored or decided.
#[utoipa::path(
    post, path = "/v1/attendance/paper", tag = "attendance", params(Said),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "Where they differ, each day with the verdict's reason", body = Comparison),
        (status = 422, description = "Problem `import_refused`; `faults` lists every cell that cannot be read"),
    )
)]
async fn compare_paper(
    State(app): State<App>,
    office: Office,
    asker: Asker,
    said: Result<Query<Said>, QueryRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let Said { district, month: named, place, sheet, form } = query(said)?;
    let bad = |what: &str| Problem::new(ErrorCode::BadRequest, what);
    let month: Date = month(&named).ok_or_else(|| bad("month is no month, YYYY-MM."))?;
    let csv = match form.as_deref() {
        None | Some("json") => false,
        Some(form) if Form::parse(form) == Some(Form::Csv) => true,
        Some(_) => return Err(bad("form is json or csv.")),
    };
    if !office.may_import(&district) {
        return Err(ErrorCode::Forbidden.into());
    }
    let about = About { district, place, month, sheet };
    let compared = compared(&app, &asker, about, bytes_of(body)?).await?;
    if !csv {
        return Ok(Json(compared).into_response());
    }
    let table = compared.csv().map_err(Problem::internal)?;
    Ok(([(header::CONTENT_TYPE, Form::Csv.media_type())], table).into_response())
}
