//! Stands in for `crate::auth::SignedIn` until that is there: then this file goes and `routes` says `use crate::auth::SignedIn`.

use std::{fmt, sync::Arc};

use axum::{extract::FromRequestParts, http::request::Parts};
use sync_protocol::InstallId;

use crate::error::{ErrorCode, Problem};

/// Who signed in, as the request's extensions carry it.
#[derive(Clone)]
pub struct Principal {
    /// The person.
    pub person: String,
    /// The phone, if it is one.
    pub install: Option<InstallId>,
    /// Whether they may read a scope.
    pub may_read: Arc<dyn Fn(&str) -> bool + Send + Sync>,
}

/// A caller who is signed in.
#[derive(Clone)]
pub struct SignedIn {
    /// The person.
    pub person: String,
    /// The phone, if it is one.
    pub install: Option<InstallId>,
    rights: Arc<dyn Fn(&str) -> bool + Send + Sync>,
}

impl SignedIn {
    /// Whether they may read this scope now.
    pub fn may_read(&self, scope: &str) -> bool {
        (self.rights)(scope)
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
        let Principal { person, install, may_read } =
            parts.extensions.get::<Principal>().cloned().ok_or(ErrorCode::Unauthorized)?;
        Ok(Self { person, install, rights: may_read })
    }
}
