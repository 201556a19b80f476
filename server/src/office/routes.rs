//! Routes of the office's desk, and of records as they stand.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sync_protocol::record::Fed;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    drafts::{self, DecisionRequest, OperationRequest, SettlementRequest},
    store,
    views::{Conflicts, StandingView, Standings, conflict},
};
use crate::{
    app::App,
    auth::{Manager, Office, Principal, SignedIn, Town, may_write_now},
    error::{ErrorCode, Problem},
    extract::{Json, Query},
    sync::drafts::Draft,
};

/// All of them.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(decide))
        .routes(routes!(settle))
        .routes(routes!(write))
        .routes(routes!(standings))
        .routes(routes!(conflicts))
        .routes(routes!(record))
        .routes(routes!(records))
        .routes(routes!(status))
}

/// What became of a write of the office.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct WrittenView {
    /// The operation, by which it can be undone: decide `refuse` on it.
    dot: String,
    /// Where it stands.
    standing: String,
}

async fn commit(app: &App, who: &Principal, draft: Draft) -> Result<Json<WrittenView>, Problem> {
    let role = may_write_now(app, who, &draft).await?;
    let written = app.committer.write(&who.acting(role), vec![draft]).await?;
    let one = written.first().ok_or(ErrorCode::Busy)?;
    Ok(Json(WrittenView { dot: one.dot.to_string(), standing: one.standing.code.name().to_owned() }))
}

/// Decide on an operation.
///
/// `accept` makes a quarantined one count, `refuse` makes one not count (and so undoes a settlement), `none` takes a decision back.
#[utoipa::path(post, path = "/v1/decisions", tag = "office", security(("token" = [])), request_body = DecisionRequest,
    responses((status = 200, body = WrittenView)))]
async fn decide(
    State(app): State<App>,
    who: Office,
    Json(asked): Json<DecisionRequest>,
) -> Result<Json<WrittenView>, Problem> {
    let op = store::operation(&app.db.read, &asked.dot).await?.ok_or(ErrorCode::NotFound)?;
    commit(&app, &who, drafts::decision(&asked, &op)?).await
}

/// Settle a conflict: the value that is to stand, over those that the person saw.
#[utoipa::path(post, path = "/v1/settlements", tag = "office", security(("token" = [])), request_body = SettlementRequest,
    responses((status = 200, body = WrittenView)))]
async fn settle(
    State(app): State<App>,
    who: Office,
    Json(asked): Json<SettlementRequest>,
) -> Result<Json<WrittenView>, Problem> {
    let row = store::record(&app.db.read, &who.scopes(), &asked.scope, &asked.kind, &asked.id).await?;
    let row = row.ok_or(ErrorCode::NotFound)?;
    let fed = Fed::read(&row.body).map_err(Problem::internal)?;
    commit(&app, &who, drafts::settlement(&asked, &fed)?).await
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
    commit(&app, &who, drafts::operation(&asked)?).await
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
struct StandingsQuery {
    /// quarantined, held, refused, outranked, conflict or unreadable.
    state: String,
    /// Only those of records in this scope.
    scope: Option<String>,
}

/// Operations that wait for a decision, or do not count, with the reason.
#[utoipa::path(get, path = "/v1/standings", tag = "office", security(("token" = [])), params(StandingsQuery),
    responses((status = 200, body = Standings)))]
async fn standings(
    State(app): State<App>,
    who: Manager,
    Query(asked): Query<StandingsQuery>,
) -> Result<Json<Standings>, Problem> {
    let state = sync_protocol::State::parse(&asked.state).ok_or_else(|| {
        Problem::new(ErrorCode::BadRequest, "state: quarantined, held, refused, outranked, conflict or unreadable")
    })?;
    let found = store::standings(&app.db.read, &who.scopes(), state, asked.scope.as_deref()).await?;
    Ok(Json(Standings { standings: found.into_iter().map(StandingView::from).collect() }))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
struct ConflictsQuery {
    /// Only at this place and below it (of divisions, by code).
    place: Option<String>,
    /// Only of records of this kind.
    kind: Option<String>,
}

/// Fields in open conflict, each with all its values.
#[utoipa::path(get, path = "/v1/conflicts", tag = "office", security(("token" = [])), params(ConflictsQuery),
    responses((status = 200, body = Conflicts)))]
async fn conflicts(
    State(app): State<App>,
    who: Manager,
    Query(asked): Query<ConflictsQuery>,
) -> Result<Json<Conflicts>, Problem> {
    let found = store::conflicts(&app.db.read, &who.scopes(), asked.place.as_deref(), asked.kind.as_deref()).await?;
    let mut views = Vec::new();
    for (row, fields) in &found {
        let fed = Fed::read(&row.body).map_err(Problem::internal)?;
        views.extend(fields.iter().map(|field| conflict(&fed, field)));
    }
    Ok(Json(Conflicts { conflicts: views }))
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
async fn status(State(app): State<App>, _who: Manager) -> Result<Json<store::Counts>, Problem> {
    store::counts(&app.db.read).await.map(Json).map_err(Problem::from)
}
