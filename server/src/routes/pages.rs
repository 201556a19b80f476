//! The two pages for people: what this is, and the API to browse. Both stand alone; nothing comes from another host.

use axum::{
    body::Bytes,
    http::header,
    response::{Html, IntoResponse},
};

/// The pages carry their own style and script, talk to this server alone, and are framed by nobody.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn page(html: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_SECURITY_POLICY, POLICY), (header::REFERRER_POLICY, "no-referrer")], Html(html))
}

/// What this is.
pub async fn index() -> impl IntoResponse {
    page(include_str!("index.html"))
}

/// The API, to browse and to try.
pub async fn docs() -> impl IntoResponse {
    page(include_str!("docs.html"))
}

/// JSON that is ready.
pub async fn json(bytes: Bytes) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], bytes)
}
