//! What handlers take: like axum's own extractors, with every rejection a coded problem.

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    body,
    error::{ErrorCode, Problem},
};

/// Largest JSON body. The largest there is names a thousand hashes of 64 digits.
const MAX_JSON_BYTES: usize = 1 << 20;

/// A JSON body, in both directions. Bodies may be packed.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(ErrorCode::UnsupportedMedia, "Content-Type: application/json"));
        }
        let bytes = body::read(request, MAX_JSON_BYTES, MAX_JSON_BYTES).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|e| Problem::new(ErrorCode::BadRequest, e.to_string()))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let essence = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()?.split(';').next());
    essence.is_some_and(|e| {
        let e = e.trim().to_ascii_lowercase();
        e == "application/json" || (e.starts_with("application/") && e.ends_with("+json"))
    })
}

/// The query of the address.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        axum::extract::Query::try_from_uri(&parts.uri)
            .map(|q| Self(q.0))
            .map_err(|e| Problem::new(ErrorCode::BadRequest, e.body_text()))
    }
}

/// What stands in the address's path.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        axum::extract::Path::from_request_parts(parts, state)
            .await
            .map(|p| Self(p.0))
            .map_err(|e| Problem::new(ErrorCode::BadRequest, e.body_text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Body {
        name: String,
    }

    async fn json(content_type: &str, body: impl Into<axum::body::Body>) -> Result<String, &'static str> {
        let request = Request::builder().header(header::CONTENT_TYPE, content_type).body(body.into()).unwrap();
        Json::<Body>::from_request(request, &()).await.map(|Json(b)| b.name).map_err(|p| p.code.code())
    }

    #[tokio::test]
    async fn a_bad_body_is_a_coded_problem() {
        assert_eq!(json("application/json; charset=utf-8", r#"{"name":"x"}"#).await, Ok("x".to_owned()));
        assert_eq!(json("text/plain", r#"{"name":"x"}"#).await, Err("unsupported_media"));
        let deep = "[".repeat(100_000);
        let wrong: [&[u8]; 5] = [b"{", br#"{"name":1}"#, b"\xff", b"", deep.as_bytes()];
        for bad in wrong {
            assert_eq!(json("application/json", bad.to_vec()).await, Err("bad_request"));
        }
        assert_eq!(json("application/json", vec![b' '; MAX_JSON_BYTES + 1]).await, Err("body_too_large"));
    }

    #[tokio::test]
    async fn a_bad_query_is_a_coded_problem() {
        #[derive(Debug, serde::Deserialize)]
        struct Page {
            #[allow(dead_code)]
            limit: u32,
        }
        let (mut parts, ()) = Request::builder().uri("/?limit=many").body(()).unwrap().into_parts();
        let error = Query::<Page>::from_request_parts(&mut parts, &()).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::BadRequest);
    }
}
