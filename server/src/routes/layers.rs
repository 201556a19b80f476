//! What is wrapped around the routes: request id, trace, compression, caught panics, time bounds.

use std::{any::Any, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{MatchedPath, Request, State},
    http::{HeaderName, StatusCode},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, NotForContentType, Predicate},
    },
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    timeout::TimeoutBody,
    trace::TraceLayer,
};
use tracing::Span;
use utoipa_axum::router::OpenApiRouter;

use super::linger::linger;
use crate::{
    app::App,
    config::Config,
    error::{ErrorCode, Problem},
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// For every route. The last is the outermost.
pub fn around_all(router: Router<App>, config: &Config) -> Router<App> {
    let trace = TraceLayer::new_for_http()
        .make_span_with(span)
        .on_request(())
        .on_response(answered)
        // A 503 is an answer like others here, and the cause of a 500 is logged where it is known.
        .on_failure(());
    router
        .layer(middleware::from_fn_with_state(patience(config), not_idle))
        .layer(middleware::from_fn(linger))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(CompressionLayer::new().compress_when(worth_packing()))
        .layer(trace)
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
}

/// All but photos and archives of them, also those whose type is not told: their length, ranges and strong ETag are of the bytes as they are.
fn worth_packing() -> impl Predicate {
    let packed = NotForContentType::const_new("application/zip");
    DefaultPredicate::new().and(NotForContentType::const_new("application/octet-stream")).and(packed)
}

/// For routes that answer in bounded time, body included.
pub fn around_quick(router: OpenApiRouter<App>, config: &Config) -> OpenApiRouter<App> {
    router.layer(middleware::from_fn_with_state(patience(config), in_time))
}

fn patience(config: &Config) -> Duration {
    Duration::from_secs(config.request_timeout_s)
}

async fn in_time(State(patience): State<Duration>, request: Request, next: Next) -> Response {
    let answer = tokio::time::timeout(patience, next.run(request)).await;
    answer.unwrap_or_else(|_| Problem::from(ErrorCode::Timeout).into_response())
}

/// A body that stands still ends, so that a connection lost without a word is not waited for.
async fn not_idle(State(patience): State<Duration>, request: Request, next: Next) -> Response {
    next.run(request.map(|body| Body::new(TimeoutBody::new(patience, body)))).await
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let what = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    Problem::internal(anyhow::anyhow!("panic: {}", what.unwrap_or("without a message"))).into_response()
}

/// Names the route, not the address: ids stay out of it, and a query might hold anything. Headers are never logged.
fn span(request: &Request) -> Span {
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str);
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), route, id)
}

fn answered(response: &Response<impl Sized>, latency: Duration, _: &Span) {
    let (status, latency_ms) = (response.status(), latency.as_millis() as u64);
    if status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(status = status.as_u16(), latency_ms, "answered");
    } else if status.is_client_error() || status.is_server_error() {
        tracing::info!(status = status.as_u16(), latency_ms, "answered");
    } else {
        tracing::debug!(status = status.as_u16(), latency_ms, "answered");
    }
}

#[cfg(test)]
mod tests {
    use axum::{body::to_bytes, routing::get};
    use tower::ServiceExt as _;

    use super::*;

    async fn ask(router: Router) -> (StatusCode, serde_json::Value, bool) {
        let answer = router.oneshot(Request::new(Body::empty())).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = serde_json::from_slice(&to_bytes(body, 10_000).await.unwrap()).unwrap();
        (parts.status, body, parts.headers.contains_key("retry-after"))
    }

    #[tokio::test]
    async fn what_takes_too_long_is_told_to_come_again() {
        let stuck = Router::new().route("/", get(std::future::pending::<()>));
        let layer = middleware::from_fn_with_state(Duration::from_millis(10), in_time);
        let (status, body, retry) = ask(stuck.layer(layer)).await;
        assert_eq!((status.as_u16(), body["code"].as_str(), retry), (503, Some("timeout"), true));
    }

    #[tokio::test]
    async fn a_panic_is_an_internal_error_that_tells_nothing() {
        async fn broken() {
            panic!("a secret")
        }
        let router = Router::new().route("/", get(broken)).layer(CatchPanicLayer::custom(panicked));
        let (status, body, _) = ask(router).await;
        assert_eq!((status.as_u16(), body["code"].as_str()), (500, Some("internal")));
        assert!(!body.to_string().contains("secret"));
    }

    #[tokio::test]
    async fn a_body_that_stands_still_ends() {
        let body = Body::from_stream(futures::stream::pending::<Result<bytes::Bytes, std::io::Error>>());
        let request = Request::builder().method("POST").body(body).unwrap();
        let read = |request: Request| async move {
            crate::body::read(request, 100, 100).await.map(|_| ()).map_err(IntoResponse::into_response)
        };
        let router = Router::new().route("/", axum::routing::post(read));
        let router = router.layer(middleware::from_fn_with_state(Duration::from_millis(10), not_idle));
        assert_eq!(router.oneshot(request).await.unwrap().status(), StatusCode::BAD_REQUEST);
    }
}
