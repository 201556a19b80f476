//! Routes of people, installs and keys.

use axum::extract::State;
use sync_protocol::InstallId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    enrolment,
    extract::{Office, SignedIn},
    people, phones, revocation,
    wire::{
        Code, CodeFor, End, Enrol, Enrolled, InstallView, Installs, Jwks, Keys, ListInstalls, LiveRight, Lost, Me,
        Nonce, NonceFor, SignIn, SignedNonce, Token,
    },
};
use crate::{
    app::App,
    error::Problem,
    extract::{Json, Path, Query},
};

/// All of them.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(sign_in))
        .routes(routes!(me))
        .routes(routes!(nonce))
        .routes(routes!(token))
        .routes(routes!(make_code))
        .routes(routes!(enrol))
        .routes(routes!(installs))
        .routes(routes!(end_install))
        .routes(routes!(lose_install))
        .routes(routes!(keys))
        .routes(routes!(jwks))
}

/// Sign in with name and password.
///
/// After some wrong tries a name has to wait: 429 with `Retry-After`.
#[utoipa::path(post, path = "/v1/auth/sign-in", tag = "auth", request_body = SignIn, responses((status = 200, body = Token)))]
async fn sign_in(State(app): State<App>, Json(asked): Json<SignIn>) -> Result<Json<Token>, Problem> {
    people::sign_in(&app, asked).await.map(Json)
}

/// Whom the token stands for, and what they hold now.
#[utoipa::path(get, path = "/v1/auth/me", tag = "auth", security(("token" = [])), responses((status = 200, body = Me)))]
async fn me(who: SignedIn) -> Json<Me> {
    let roles = who.roles().into_iter().map(|r| r.name().to_owned()).collect();
    let rights = who.rights.iter().map(LiveRight::from).collect();
    Json(Me { person: who.person.clone(), install: who.install, roles, rights })
}

/// A nonce for a phone to sign.
#[utoipa::path(post, path = "/v1/auth/nonce", tag = "auth", request_body = NonceFor, responses((status = 200, body = Nonce)))]
async fn nonce(State(app): State<App>, Json(asked): Json<NonceFor>) -> Json<Nonce> {
    Json(phones::nonce(&app, asked.install))
}

/// Sign a phone in: a token for a signed nonce.
#[utoipa::path(post, path = "/v1/auth/token", tag = "auth", request_body = SignedNonce, responses((status = 200, body = Token)))]
async fn token(State(app): State<App>, Json(signed): Json<SignedNonce>) -> Result<Json<Token>, Problem> {
    phones::token(&app, &signed).await.map(Json)
}

/// Make a one-time code by which a phone of that person enrols.
#[utoipa::path(
    post, path = "/v1/enrolment-codes", tag = "installs", security(("token" = [])), request_body = CodeFor,
    responses((status = 200, body = Code))
)]
async fn make_code(State(app): State<App>, office: Office, Json(asked): Json<CodeFor>) -> Result<Json<Code>, Problem> {
    enrolment::make_code(&app, &office, &asked.person).await.map(Json)
}

/// Enrol a phone with its public key. Sent again with the same code and key, it gives the same install.
#[utoipa::path(post, path = "/v1/enrolments", tag = "installs", request_body = Enrol, responses((status = 200, body = Enrolled)))]
async fn enrol(State(app): State<App>, Json(asked): Json<Enrol>) -> Result<Json<Enrolled>, Problem> {
    enrolment::enrol(&app, &asked).await.map(Json)
}

/// Phones of the people whom you run.
#[utoipa::path(
    get, path = "/v1/installs", tag = "installs", security(("token" = [])), params(ListInstalls),
    responses((status = 200, body = Installs))
)]
async fn installs(
    State(app): State<App>,
    office: Office,
    Query(asked): Query<ListInstalls>,
) -> Result<Json<Installs>, Problem> {
    let limit = asked.limit.unwrap_or(1000).clamp(1, 10_000);
    Ok(Json(Installs { installs: revocation::list(&app, &office, limit).await? }))
}

/// End a phone: what it captures from then on does not count.
#[utoipa::path(
    post, path = "/v1/installs/{install}/end", tag = "installs", security(("token" = [])), request_body = End,
    params(("install" = String, Path, description = "The install")), responses((status = 200, body = InstallView))
)]
async fn end_install(
    State(app): State<App>,
    office: Office,
    Path(install): Path<InstallId>,
    Json(asked): Json<End>,
) -> Result<Json<InstallView>, Problem> {
    revocation::end(&app, &office, install, &asked).await.map(Json)
}

/// Declare a phone lost: only its lines up to the one named count.
#[utoipa::path(
    post, path = "/v1/installs/{install}/lost", tag = "installs", security(("token" = [])), request_body = Lost,
    params(("install" = String, Path, description = "The install")), responses((status = 200, body = InstallView))
)]
async fn lose_install(
    State(app): State<App>,
    office: Office,
    Path(install): Path<InstallId>,
    Json(asked): Json<Lost>,
) -> Result<Json<InstallView>, Problem> {
    revocation::lose(&app, &office, install, &asked).await.map(Json)
}

/// The server's public keys, which verify certificates and receipts.
#[utoipa::path(get, path = "/v1/keys", tag = "auth", responses((status = 200, body = Keys)))]
async fn keys(State(app): State<App>) -> Json<Keys> {
    Json(Keys { keys: app.keys.published(), epoch: app.keys.epoch() })
}

/// The key set that verifies tokens (RFC 7517).
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "auth", responses((status = 200, body = Jwks)))]
async fn jwks(State(app): State<App>) -> Json<Jwks> {
    Json(Jwks { keys: vec![app.keys.token_jwk()] })
}
