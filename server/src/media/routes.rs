//! The doors to photos. Each handler reads its request, calls one function and writes the answer.

mod bytes;
mod lists;
mod resumable;
mod uploads;

use axum::{
    extract::{FromRef, FromRequestParts, Path},
    http::{
        HeaderMap, HeaderName,
        header::{self, AsHeaderName},
        request::Parts,
    },
};
use utoipa_axum::router::OpenApiRouter;

use super::{Media, access::Viewer};
// The one place that says who a caller is.
use super::principal::SignedIn;
use crate::{
    app::App,
    error::{ErrorCode, Problem},
};

// Both doors for uploads speak of these.
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const METADATA: HeaderName = HeaderName::from_static("upload-metadata");

impl FromRef<App> for Media {
    fn from_ref(app: &App) -> Self {
        Media::of(app)
    }
}

/// All of them.
pub fn routes() -> OpenApiRouter<App> {
    routes_of()
}

/// All of them, for anything that has the parts that photos need.
pub(super) fn routes_of<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    Media: FromRef<S>,
{
    OpenApiRouter::new()
        .merge(uploads::routes())
        .merge(resumable::routes())
        .merge(lists::routes())
        .merge(bytes::routes())
}

/// A path's one parameter, as `N` bytes in lower-case hex. Anything else names nothing here.
struct Hex<const N: usize>([u8; N]);

impl<S: Send + Sync, const N: usize> FromRequestParts<S> for Hex<N> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text = Path::<String>::from_request_parts(parts, state).await.ok();
        text.and_then(|Path(text)| sync_protocol::ids::lower_hex(&text))
            .map(Self)
            .ok_or_else(|| ErrorCode::NotFound.into())
    }
}

/// A header's text. One that is no text is as good as one that is not understood.
fn text(headers: &HeaderMap, name: impl AsHeaderName) -> Option<&str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"))
}

/// How many bytes the body says it has.
fn brings(headers: &HeaderMap) -> Option<u64> {
    text(headers, header::CONTENT_LENGTH).and_then(|n| n.parse().ok())
}

/// Runs `then` on behalf of the caller.
async fn viewing<T>(who: &SignedIn, then: impl AsyncFnOnce(Viewer<'_>) -> T) -> T {
    let may_read = |scope: &str| who.may_read(scope);
    let looks_through = |scope: &str| who.looks_through(scope);
    then(Viewer { person: &who.person, may_read: &may_read, looks_through: &looks_through }).await
}
