use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use serde_json::Value;
use tower::ServiceExt as _;

use super::*;
use crate::{app, auth::tokens, config::Config};

/// A server of its own, without a network.
struct Server {
    router: Router,
    app: App,
    _folder: tempfile::TempDir,
}

async fn server() -> Server {
    let folder = tempfile::tempdir().unwrap();
    let app = app::start(Config::in_folder(folder.path())).await.unwrap().app;
    Server { router: router(app.clone()), app, _folder: folder }
}

impl Server {
    async fn ask(&self, request: Request<Body>) -> (StatusCode, header::HeaderMap, Value) {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let value =
            serde_json::from_slice(&bytes).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into()));
        (parts.status, parts.headers, value)
    }

    async fn get(&self, path: &str, token: Option<&str>) -> (StatusCode, header::HeaderMap, Value) {
        let mut request = Request::builder().uri(path);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        self.ask(request.body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, body: &str) -> (StatusCode, header::HeaderMap, Value) {
        let request = Request::builder().method("POST").uri(path).header(header::CONTENT_TYPE, "application/json");
        self.ask(request.body(Body::from(body.to_owned())).unwrap()).await
    }
}

#[tokio::test]
async fn whatever_is_asked_the_answer_has_a_code() {
    let server = server().await;
    let id = "00000000000000000000000000000000";
    for (answer, status, code) in [
        (server.get("/nowhere", None).await, 404, "not_found"),
        (server.get("/v1/auth/sign-in", None).await, 405, "method_not_allowed"),
        (server.get("/v1/auth/me", None).await, 401, "unauthorized"),
        (server.get("/v1/auth/me", Some("forged")).await, 401, "unauthorized"),
        (server.get("/v1/installs?limit=many", None).await, 401, "unauthorized"),
        (server.post("/v1/auth/sign-in", "{").await, 400, "bad_request"),
        (server.post("/v1/auth/sign-in", r#"{"name":"x","password":"y"}"#).await, 401, "bad_credentials"),
        (server.post("/v1/enrolments", r#"{"code":"x","key":"y"}"#).await, 400, "bad_key"),
        (server.post("/v1/auth/nonce", r#"{"install":"x"}"#).await, 400, "bad_request"),
        (
            server.post("/v1/auth/token", &format!(r#"{{"install":"{id}","nonce":"x","sig":"y"}}"#)).await,
            401,
            "nonce_invalid",
        ),
    ] {
        let (got, headers, body) = answer;
        assert_eq!((got.as_u16(), body["code"].as_str()), (status, Some(code)), "{body}");
        assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(body["status"], status);
        assert!(headers.contains_key("x-request-id"));
    }
    let (_, headers, _) = server.get("/v1/auth/sign-in", None).await;
    assert_eq!(headers[header::ALLOW], "POST");
}

#[tokio::test]
async fn a_token_expires_and_a_person_without_rights_is_not_the_office() {
    let server = server().await;
    let token = |at: i64| {
        tokens::issue(
            &server.app.keys.token,
            "zjedz.p.li",
            None,
            tokens::Audience::Api,
            at,
            server.app.config.token_ttl_s,
        )
    };
    let (status, _, me) = server.get("/v1/auth/me", Some(&token(app::now_ms()))).await;
    assert_eq!((status.as_u16(), me["person"].as_str()), (200, Some("zjedz.p.li")));
    let (_, _, body) = server.get("/v1/auth/me", Some(&token(app::now_ms() - 100_000_000))).await;
    assert_eq!(body["code"], "token_expired");
    let (_, _, body) = server.get("/v1/installs", Some(&token(app::now_ms()))).await;
    assert_eq!(body["code"], "forbidden");
}

#[tokio::test]
async fn guessing_is_slowed_down_for_known_and_unknown_names_alike() {
    let server = server().await;
    let passwords = &server.app.gate.passwords;
    crate::auth::people::add(&server.app.db, passwords, "li", "zjedz.p.li", "correct horse".into()).await.unwrap();
    for name in ["li", "nobody"] {
        let guess = format!(r#"{{"name":"{name}","password":"wrong"}}"#);
        let mut last = server.post("/v1/auth/sign-in", &guess).await;
        for _ in 0..5 {
            last = server.post("/v1/auth/sign-in", &guess).await;
        }
        assert_eq!((last.0.as_u16(), last.2["code"].as_str()), (429, Some("too_many_requests")), "{name}");
        assert!(last.1.contains_key(header::RETRY_AFTER));
    }
    let again = crate::auth::people::add(&server.app.db, passwords, "li", "zjedz.p.li", "correct horse".into()).await;
    assert_eq!(again.unwrap_err().code, ErrorCode::NameTaken);
}

#[tokio::test]
async fn the_right_password_gives_a_token_that_the_published_key_verifies() {
    let server = server().await;
    let passwords = &server.app.gate.passwords;
    crate::auth::people::add(&server.app.db, passwords, "li", "zjedz.p.li", "correct horse".into()).await.unwrap();
    let (_, _, answer) = server.post("/v1/auth/sign-in", r#"{"name":"li","password":"correct horse"}"#).await;
    let token = answer["token"].as_str().unwrap();
    assert_eq!(server.get("/v1/auth/me", Some(token)).await.2["person"], "zjedz.p.li");
    let (_, _, set) = server.get("/.well-known/jwks.json", None).await;
    let set: jsonwebtoken::jwk::JwkSet = serde_json::from_value(set).unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(&set.keys[0]).unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
    validation.set_audience(&["zhucun"]);
    let claims = jsonwebtoken::decode::<tokens::Claims>(token, &key, &validation).unwrap().claims;
    assert_eq!(claims.sub, "zjedz.p.li");
}

#[tokio::test]
async fn the_description_names_every_route_and_every_answer_may_be_a_problem() {
    let server = server().await;
    let (_, _, api) = server.get("/v1/openapi.json", None).await;
    for path in ["/v1/auth/sign-in", "/v1/enrolments", "/v1/installs/{install}/lost", "/v1/errors", "/health/ready"] {
        assert!(api["paths"][path].is_object(), "{path}");
    }
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let content = &operation["responses"]["default"]["content"]["application/problem+json"];
            assert_eq!(content["schema"]["$ref"], "#/components/schemas/Problem", "{method} {path}");
            assert!(operation["summary"].is_string(), "{method} {path}");
        }
    }
    let text = api.to_string();
    let schemas = api["components"]["schemas"].as_object().unwrap();
    for named in text.split("\"#/components/schemas/").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(schemas.contains_key(named), "{named} is named and not described");
    }
}

#[tokio::test]
async fn pages_stand_alone() {
    let server = server().await;
    for path in ["/", "/v1/docs"] {
        let (status, headers, page) = server.get(path, None).await;
        assert_eq!(status, StatusCode::OK);
        assert!(headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().contains("default-src 'none'"));
        let page = page.as_str().unwrap();
        assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("//cdn"), "{path}");
    }
    assert_eq!(server.get("/health/live", None).await.2["status"], "live");
    assert_eq!(server.get("/health/ready", None).await.2["status"], "ready");
    let request = Request::builder().uri("/v1/errors").header(header::ACCEPT, "text/html").body(Body::empty()).unwrap();
    assert!(server.ask(request).await.2.as_str().unwrap().contains("id=\"push_cut\""));
}
