//! Whether the server lives, and whether it can work.

use std::time::Duration;

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    error::{ErrorCode, Problem},
    extract::Json,
    storage::health,
};

/// How long a probe waits for its turn to write. Commits take milliseconds; a writer that blocks for longer is stuck.
const PATIENCE: Duration = Duration::from_secs(5);

/// All of them.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(live)).routes(routes!(ready))
}

/// How it is.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// `live` or `ready`.
    status: &'static str,
    /// Version of the server.
    version: &'static str,
}

const fn health(status: &'static str) -> Json<Health> {
    Json(Health { status, version: env!("CARGO_PKG_VERSION") })
}

/// The process answers.
#[utoipa::path(get, path = "/health/live", tag = "server", responses((status = 200, body = Health)))]
async fn live() -> Json<Health> {
    health("live")
}

/// The database answers and can be written; else 503.
#[utoipa::path(get, path = "/health/ready", tag = "server", responses((status = 200, body = Health)))]
async fn ready(State(app): State<App>) -> Result<Json<Health>, Problem> {
    health::ready(&app.db, PATIENCE).await.map_err(|why| {
        tracing::warn!(error = %why, cause = std::error::Error::source(&why).map(ToString::to_string), "not ready");
        Problem::new(ErrorCode::Busy, why.to_string())
    })?;
    Ok(health("ready"))
}
