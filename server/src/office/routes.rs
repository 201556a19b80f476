//! Routes of the office's desk, and of records as they stand. Each handler reads its request, calls one function and writes the answer.

mod conflicts;
mod decisions;
mod erasures;
mod records;

use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;

use crate::{app::App, extract::Json, sync::drafts::Written};

/// All of them.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .merge(decisions::routes())
        .merge(conflicts::routes())
        .merge(records::routes())
        .merge(erasures::routes())
}

/// What became of a write of the office.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct WrittenView {
    /// The operation, by which it can be undone.
    dot: String,
    /// Where it stands.
    standing: String,
}

fn written(one: &Written) -> Json<WrittenView> {
    Json(WrittenView { dot: one.dot.to_string(), standing: one.standing.code.name().to_owned() })
}
