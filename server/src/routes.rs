//! Every route, on one page: each feature brings its own, and here they are put together, described (OpenAPI) and wrapped in what holds
//! for all.

use axum::{Router, middleware::from_fn_with_state, response::IntoResponse, routing::get};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Components,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_axum::router::OpenApiRouter;

use crate::{
    app::App,
    attendance, auth,
    error::{ErrorCode, Problem},
    gallery, media, office, registry, retention, signals, sync,
};

mod describe;
mod errors;
mod health;
mod layers;
mod linger;
mod pages;
#[cfg(test)]
mod tests;

/// The whole server, as the network sees it.
pub fn router(app: App) -> Router {
    let (api, description) = api(&app).split_for_parts();
    let description = describe::finished(description);
    let router = api
        .route("/", get(pages::index))
        .route("/v1/docs", get(pages::docs))
        .route("/v1/openapi.json", get(move || pages::json(description.clone())))
        .fallback(|| async { Problem::from(ErrorCode::NotFound).into_response() })
        .method_not_allowed_fallback(|| async { Problem::from(ErrorCode::MethodNotAllowed).into_response() });
    layers::around_all(router, &app.config).with_state(app)
}

/// The routes of the API.
fn api(app: &App) -> OpenApiRouter<App> {
    // Answered in bounded time.
    let quick = OpenApiRouter::default()
        .merge(auth::routes::routes())
        .merge(office::routes::routes())
        .merge(gallery::routes::routes())
        .merge(registry::routes::routes())
        .merge(attendance::routes::routes())
        .merge(signals::routes::routes())
        .merge(retention::routes::routes())
        .merge(errors::routes())
        .merge(health::routes());
    // Whose bodies take as long as the network does: on 2G a full push takes minutes, a photo half an hour.
    let slow = media::routes::routes()
        .layer(from_fn_with_state(app.clone(), media::principal::sign_in))
        .merge(sync::routes::routes());
    OpenApiRouter::with_openapi(Description::openapi()).merge(layers::around_quick(quick, &app.config)).merge(slow)
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Zhucun 驻村",
        description = "Sync server for field inspection where the network is bad. Errors are RFC 9457 problems with a stable `code`; \
                       the list is at /v1/errors. Times are milliseconds since 1970, UTC.",
        license(name = "Apache-2.0")
    ),
    tags(
        (name = "auth", description = "Signing in; keys"),
        (name = "installs", description = "Enrolling phones and ending their use"),
        (name = "sync", description = "What phones push and pull (PROTOCOL.md)"),
        (name = "office", description = "What waits for a person, and what the office decides"),
        (name = "photos", description = "Photos as evidence: found, counted, on a map; what is known of one; who looked"),
        (name = "records", description = "Records as they stand"),
        (name = "server", description = "The server itself")
    ),
    modifiers(&Bearer)
)]
struct Description;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let components = api.components.get_or_insert_with(Components::default);
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}
