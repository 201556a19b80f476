//! Routes of events.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{due, listeners::Attending};
use crate::{
    app::{App, now_ms, random_bytes},
    auth::{
        Puller,
        extract::Listening,
        tokens::{self, Audience, TICKET_TTL_S},
    },
    error::Problem,
    extract::Json,
};

/// All of them.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(events)).routes(routes!(ticket))
}

/// Listen for events.
///
/// Server-sent events as `PROTOCOL.md` section 16 says: `epoch`, `poke`, `standing`, `bye`. Where no header can be set (a browser's
/// `EventSource`), a ticket in the query stands for the token.
#[utoipa::path(
    get, path = "/v1/sync/events", tag = "sync", security(("token" = [])),
    params(("ticket" = Option<String>, Query, description = "From /v1/sync/events/ticket, in place of the token")),
    responses((status = 200, body = String, content_type = "text/event-stream"))
)]
async fn events(State(app): State<App>, listening: Listening) -> Result<Response, Problem> {
    let Listening { who, until_ms, hearing } = listening;
    let attending = app.listeners.let_in(who, until_ms, hearing)?;
    let beginning = due::beginning(retry_ms(random_bytes()), &app.keys.epoch(), now_ms());
    let said = stream::unfold(attending, next).map(Ok::<Bytes, std::convert::Infallible>);
    let body = Body::from_stream(stream::iter([Ok(Bytes::from(beginning))]).chain(said));
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        // A proxy that gathers answers would keep every event back.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, body).into_response())
}

async fn next(mut attending: Attending) -> Option<(Bytes, Attending)> {
    let said = attending.next().await?;
    Some((said.bytes, attending))
}

/// After how long to come back, ms: not everyone at once when a server ends.
fn retry_ms([a, b]: [u8; 2]) -> u64 {
    2_000 + u64::from(u16::from_be_bytes([a, b])) % 8_000
}

/// A ticket to listen.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
struct Ticket {
    /// For the query of /v1/sync/events, and good for nothing else.
    ticket: String,
    /// How long it is good for to begin listening, seconds.
    expires_in_s: u64,
    /// The server's time, ms.
    now: i64,
}

/// A ticket to listen, for where no header can be set.
#[utoipa::path(post, path = "/v1/sync/events/ticket", tag = "sync", security(("token" = [])), responses((status = 200, body = Ticket)))]
async fn ticket(State(app): State<App>, who: Puller) -> Json<Ticket> {
    let now = now_ms();
    let ticket = tokens::issue(&app.keys.token, &who.person, who.install, Audience::Events, now, TICKET_TTL_S);
    Json(Ticket { ticket, expires_in_s: TICKET_TTL_S, now })
}
