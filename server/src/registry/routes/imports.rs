//! Files of an office, and blank ones to fill in.

use std::collections::BTreeSet;

use axum::{
    Json,
    body::Bytes,
    extract::{
        DefaultBodyLimit, Path, Query, State,
        rejection::{BytesRejection, QueryRejection},
    },
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use jiff::civil::Date;
use mobile_schema::{DistrictName, check::is_date};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};
use zhucun_fences::{Reference, examine::Repair};

use super::query;
use crate::{
    app::App,
    error::{ErrorCode, Problem},
    registry::{
        import::{self, FenceOptions, Form, Imported, Kind, Options, blank},
        principal::Office,
    },
};

/// The routes.
pub fn routes() -> OpenApiRouter<App> {
    let largest = Kind::ALL.iter().map(|k| k.max_bytes()).max().unwrap_or_default();
    let import = OpenApiRouter::new().routes(routes!(import_file)).layer(DefaultBodyLimit::max(largest));
    import.routes(routes!(blank_table))
}

/// What is said of a file.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct About {
    /// The district, such as `zjedz`.
    district: String,
    /// Of places: the district's name. Needed for a new district.
    district_name: Option<String>,
    /// Of workbooks: the sheet; else the first that is shown.
    sheet: Option<String>,
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
    /// Of fences: leaves out what bounds no village of the district, with a warning each. Else the file is refused for it.
    #[serde(default)]
    skip_unmatched: bool,
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
    Ok(Json(import::run(&app, &office.acting, kind, bytes_of(body)?, options, preview).await?))
}

/// The file.
pub(super) fn bytes_of(body: Result<Bytes, BytesRejection>) -> Result<Vec<u8>, Problem> {
    let bytes = body.map_err(|rejection| match rejection.status().as_u16() {
        413 => Problem::from(ErrorCode::BodyTooLarge),
        _ => Problem::new(ErrorCode::BadRequest, "The body could not be read."),
    })?;
    Ok(bytes.to_vec())
}

fn options(about: About) -> Result<Options, Problem> {
    let bad = |what: &str| Problem::new(ErrorCode::BadRequest, what);
    Ok(Options {
        district: DistrictName::parse(&about.district)
            .ok_or_else(|| bad("district is no district's name, such as zjedz."))?,
        district_name: about.district_name.filter(|n| !n.trim().is_empty()),
        sheet: about.sheet,
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
            skip_unmatched: about.skip_unmatched,
        },
    })
}

/// As what it is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct As {
    /// `xlsx`, which keeps codes as text, or `csv`.
    form: Option<String>,
}

/// A blank table to fill in and import.
#[utoipa::path(
    get, path = "/v1/imports/{kind}/template", tag = "registry",
    params(("kind" = String, Path, description = "places, units, people, teams, stations or grants"), As),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"))
)]
async fn blank_table(
    _: Office,
    Path(kind): Path<String>,
    form: Result<Query<As>, QueryRejection>,
) -> Result<Response, Problem> {
    let bad = || Problem::new(ErrorCode::BadRequest, "form is xlsx or csv.");
    let form = query(form)?.form.map_or(Some(Form::Xlsx), |name| Form::parse(&name)).ok_or_else(bad)?;
    let kind = Kind::parse(&kind).ok_or(ErrorCode::NotFound)?;
    let table = blank(kind, form).ok_or(ErrorCode::NotFound)?.map_err(Problem::internal)?;
    let disposition = format!("attachment; filename=\"{}.{}\"", kind.name(), form.ending());
    let headers = HeaderMap::from_iter([
        (header::CONTENT_TYPE, HeaderValue::from_static(form.media_type())),
        (header::CONTENT_DISPOSITION, HeaderValue::from_str(&disposition).map_err(Problem::internal)?),
    ]);
    Ok((headers, table).into_response())
}
