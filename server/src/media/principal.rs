//! On whose behalf photos are sent and seen. The one place of this feature that knows how a request is authenticated: [`sign_in`] stands
//! before the routes and says who it is, so that these need no more of the server than what photos need.

use std::{fmt, sync::Arc};

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{Method, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use sync_protocol::InstallId;

use crate::{
    app::App,
    auth,
    error::{ErrorCode, Problem},
};

/// Finds out who asks, before the routes. What a server can do (`OPTIONS`) may be asked by anyone.
pub async fn sign_in(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match auth::SignedIn::from_request_parts(&mut parts, &app).await {
        Ok(auth::SignedIn(who)) => {
            let (person, install) = (who.person.clone(), who.install);
            let scopes = who.scopes();
            let may_read = Arc::new(move |scope: &str| scopes.iter().any(|range| range.contains(scope)));
            let evidence = who.evidence_scopes();
            let looks_through = Arc::new(move |scope: &str| evidence.iter().any(|range| range.contains(scope)));
            parts.extensions.insert(Principal { person, install, may_read, looks_through });
        }
        Err(_) if parts.method == Method::OPTIONS => {}
        Err(problem) => return problem.into_response(),
    }
    next.run(Request::from_parts(parts, body)).await
}

/// Who signed in, as the request's extensions carry it.
#[derive(Clone)]
pub struct Principal {
    /// The person.
    pub person: String,
    /// The phone, if it is one.
    pub install: Option<InstallId>,
    /// Whether they may read a scope.
    pub may_read: Arc<dyn Fn(&str) -> bool + Send + Sync>,
    /// Whether they look through the evidence of a scope.
    pub looks_through: Arc<dyn Fn(&str) -> bool + Send + Sync>,
}

/// A caller who is signed in.
#[derive(Clone)]
pub struct SignedIn {
    /// The person.
    pub person: String,
    /// The phone, if it is one.
    pub install: Option<InstallId>,
    rights: Arc<dyn Fn(&str) -> bool + Send + Sync>,
    evidence: Arc<dyn Fn(&str) -> bool + Send + Sync>,
}

impl SignedIn {
    /// Whether they may read this scope now.
    pub fn may_read(&self, scope: &str) -> bool {
        (self.rights)(scope)
    }

    /// Whether they look through the evidence of this scope.
    pub fn looks_through(&self, scope: &str) -> bool {
        (self.evidence)(scope)
    }
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn").field("person", &self.person).field("install", &self.install).finish_non_exhaustive()
    }
}

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let Principal { person, install, may_read, looks_through } =
            parts.extensions.get::<Principal>().cloned().ok_or(ErrorCode::Unauthorized)?;
        Ok(Self { person, install, rights: may_read, evidence: looks_through })
    }
}
