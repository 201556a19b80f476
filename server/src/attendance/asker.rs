//! On whose behalf verdicts are read. The one place of this feature that knows how a request is authenticated.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};

use crate::{app::App, auth::SignedIn, error::Problem};

/// Who asks, and which scopes they may read.
#[derive(Clone)]
pub struct Asker {
    person: String,
    may_read: Arc<dyn Fn(&str) -> bool + Send + Sync>,
}

impl Asker {
    /// A person who may read the scopes of which the function says so.
    pub fn new(person: impl Into<String>, may_read: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self { person: person.into(), may_read: Arc::new(may_read) }
    }

    /// Whether they may read the records of that scope.
    pub fn may_read(&self, scope: &str) -> bool {
        (self.may_read)(scope)
    }

    /// Whether they may see the verdicts on that person, who is stationed in these villages. Verdicts are the person's own; besides
    /// the person and the office they are for those who may read all evidence there, what work teams record and what inspectors do.
    pub fn may_see(&self, person: &str, villages: &[String]) -> bool {
        let all_of = |v: &String| self.may_read(&format!("{v}/presence")) && self.may_read(&format!("{v}/inspection"));
        self.person == person
            || self.may_read(&format!("{person}/own"))
            || (!villages.is_empty() && villages.iter().all(all_of))
    }
}

impl FromRequestParts<App> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let SignedIn(who) = SignedIn::from_request_parts(parts, app).await?;
        let scopes = who.scopes();
        Ok(Self::new(who.person.clone(), move |scope| scopes.iter().any(|range| range.contains(scope))))
    }
}

/// Who asks, where nobody needs to be signed in: more is told to who may see it. A token that does not hold is refused all the same.
pub struct Anyone(pub Option<Asker>);

impl FromRequestParts<App> for Anyone {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if !parts.headers.contains_key(header::AUTHORIZATION) {
            return Ok(Self(None));
        }
        Asker::from_request_parts(parts, app).await.map(|asker| Self(Some(asker)))
    }
}
