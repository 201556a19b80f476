//! Records as they stand, writing any of them as the office, and what waits, counted.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{WrittenView, written};
use crate::{
    app::App,
    auth::{Manager, SignedIn, Town},
    error::{ErrorCode, Problem},
    extract::{Json, Query},
    office::{
        deciding,
        drafts::{self, OperationRequest},
        store,
    },
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(write))
        .routes(routes!(record))
        .routes(routes!(records))
        .routes(routes!(status))
}

/// Write any other operation: an approval, a review, a grant.
///
/// A town may approve leave and duty away of people stationed there.
#[utoipa::path(post, path = "/v1/operations", tag = "office", security(("token" = [])), request_body = OperationRequest,
    responses((status = 200, body = WrittenView)))]
async fn write(
    State(app): State<App>,
    who: Town,
    Json(asked): Json<OperationRequest>,
) -> Result<Json<WrittenView>, Problem> {
    let one = deciding::write(&app, &who, drafts::operation(&asked)?).await?;
    Ok(written(&one))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
struct RecordQuery {
    /// Scope.
    scope: String,
    /// Kind.
    kind: String,
    /// Id.
    id: String,
}

/// One record, as fed (`PROTOCOL.md`, section 10).
#[utoipa::path(get, path = "/v1/record", tag = "records", security(("token" = [])), params(RecordQuery),
    responses((status = 200, body = Object)))]
async fn record(State(app): State<App>, who: SignedIn, Query(asked): Query<RecordQuery>) -> Result<Response, Problem> {
    let row = store::record(&app.db.read, &who.scopes(), &asked.scope, &asked.kind, &asked.id).await?;
    let body = row.ok_or(ErrorCode::NotFound)?.body;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
struct RecordsQuery {
    /// Scope.
    scope: String,
    /// Only of this kind.
    kind: Option<String>,
    /// From behind this position: `next` of the page before.
    #[serde(default)]
    after: i64,
    /// Most records; 500 at most.
    limit: Option<u64>,
}

/// A page of records, as fed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct RecordsPage {
    /// Bodies.
    #[schema(value_type = Vec<Object>)]
    records: Vec<Box<RawValue>>,
    /// For the next page; none after the last.
    next: Option<i64>,
}

/// Records of a scope in the order of their newest change.
#[utoipa::path(get, path = "/v1/records", tag = "records", security(("token" = [])), params(RecordsQuery),
    responses((status = 200, body = RecordsPage)))]
async fn records(
    State(app): State<App>,
    who: SignedIn,
    Query(asked): Query<RecordsQuery>,
) -> Result<Json<RecordsPage>, Problem> {
    let limit = asked.limit.unwrap_or(store::LIMIT).clamp(1, store::LIMIT);
    let rows =
        store::records(&app.db.read, &who.scopes(), &asked.scope, asked.kind.as_deref(), asked.after, limit).await?;
    let next = (rows.len() as u64 == limit).then(|| rows.last().map(|row| row.pos)).flatten();
    let records = rows.into_iter().map(|row| RawValue::from_string(row.body)).collect::<Result<_, _>>();
    Ok(Json(RecordsPage { records: records.map_err(Problem::internal)?, next }))
}

/// What waits, counted: queues, exceptions, conflicts.
#[utoipa::path(get, path = "/v1/status", tag = "office", security(("token" = [])), responses((status = 200, body = store::Counts)))]
async fn status(State(app): State<App>, who: Manager) -> Result<Json<store::Counts>, Problem> {
    store::counts(&app.db.read, &who.scopes()).await.map(Json).map_err(Problem::from)
}
