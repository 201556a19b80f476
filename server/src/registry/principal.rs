//! Who asks. The one place where the registry meets `auth`.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};

use crate::{
    app::App,
    error::{ErrorCode, Problem},
    sync::drafts::Acting,
};

/// Someone of the office, or an admin. Until `auth` has its extractor nobody is.
#[derive(Debug, Clone)]
pub struct Office {
    /// Who, and in which role.
    pub acting: Acting,
}

impl Office {
    /// Whether they may read that scope, `place/lane`.
    pub fn may_read(&self, _scope: &str) -> bool {
        true
    }

    /// Whether they may import for that district.
    pub fn may_import(&self, _district: &str) -> bool {
        true
    }
}

impl<S> FromRequestParts<S> for Office
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(_parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Err(ErrorCode::Unauthorized.into())
    }
}
