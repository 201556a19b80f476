//! Who asks. The one place where the registry meets `auth`.

use axum::{extract::FromRequestParts, http::request::Parts};
use mobile_schema::{Place, Role};

use crate::{
    app::App,
    auth::{self, Principal},
    error::Problem,
    storage::scoping::ScopeRange,
    sync::drafts::Acting,
};

/// Someone of the office, or an admin.
#[derive(Debug, Clone)]
pub struct Office {
    /// Who, and in which role.
    pub acting: Acting,
    principal: Principal,
}

impl Office {
    /// Whether they may read that scope, `place/lane`.
    pub fn may_read(&self, scope: &str) -> bool {
        self.principal.may_read(scope)
    }

    /// The scopes they may read, for a query.
    pub fn scopes(&self) -> Vec<ScopeRange> {
        self.principal.scopes()
    }

    /// Whether they may import for that district: it is theirs to run.
    pub fn may_import(&self, district: &str) -> bool {
        Place::parse(district).is_some_and(|place| self.principal.office_over(&place).is_ok())
    }
}

impl FromRequestParts<App> for Office {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let auth::Office(principal) = auth::Office::from_request_parts(parts, app).await?;
        let role = if principal.holds(&[Role::Admin]) { Role::Admin } else { Role::Office };
        Ok(Self { acting: principal.acting(role), principal })
    }
}
