//! The list of errors, from the code.

use axum::{
    http::{HeaderMap, header},
    response::{Html, IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{app::App, error::ErrorCode, extract::Json};

/// All of them.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(errors))
}

/// One error.
#[derive(Debug, Serialize, ToSchema)]
struct Listed {
    /// Stable code.
    code: &'static str,
    /// HTTP status.
    status: u16,
    /// What it means, for who writes a client.
    meaning: &'static str,
    /// A sentence for a person, in Chinese.
    zh: &'static str,
    /// A sentence for a person, in English.
    en: &'static str,
    /// Whether the same request will do later.
    retry: bool,
}

fn list() -> Vec<Listed> {
    let listed = |code: &ErrorCode| {
        let (zh, en) = code.sentence();
        let status = code.status().as_u16();
        Listed { code: code.code(), status, meaning: code.meaning(), zh, en, retry: matches!(status, 429 | 503) }
    };
    ErrorCode::ALL.iter().map(listed).collect()
}

/// Every error there is: JSON, or a page with an anchor for each code.
#[utoipa::path(get, path = "/v1/errors", tag = "server", responses((status = 200, body = Vec<Listed>)))]
async fn errors(headers: HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if accept.contains("text/html") { Html(page()).into_response() } else { Json(list()).into_response() }
}

fn page() -> String {
    let row = |e: Listed| {
        let Listed { code, status, meaning, zh, en, .. } = e;
        format!("<tr id=\"{code}\"><td><code>{code}</code><td>{status}<td>{zh}<td>{en}<td>{meaning}\n")
    };
    let rows: String = list().into_iter().map(row).collect();
    include_str!("errors.html").replace("{rows}", &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_listed_once_and_explained() {
        let list = list();
        let codes: std::collections::BTreeSet<&str> = list.iter().map(|e| e.code).collect();
        assert_eq!(codes.len(), list.len());
        for error in list {
            assert!(error.meaning.ends_with('.') && !error.zh.is_empty(), "{error:?}");
            assert!(page().contains(&format!("id=\"{}\"", error.code)));
            // They go into the page as they are.
            let all = [error.code, error.meaning, error.zh, error.en].concat();
            assert!(!all.contains(['<', '>', '&', '"']), "{error:?}");
        }
    }
}
