//! What handlers take to be permitted: a handler that names one of these types is never called without it.

use std::ops::Deref;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use mobile_schema::Role;

use super::{
    hearing::{self, Hearing, Who},
    principal::{LOOKING, Principal},
    store,
    tokens::{self, Audience, Claims, Unfit},
};
use crate::{
    app::{App, now_ms},
    error::{ErrorCode, Problem},
    extract::Query,
};

/// Anyone with a token that holds, also without any right left: their work may still come in.
#[derive(Debug, Clone)]
pub struct SignedIn(pub Principal);

impl FromRequestParts<App> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let now = now_ms();
        let token = bearer(&parts.headers).ok_or(ErrorCode::Unauthorized)?;
        let claims = claims(app, token, Audience::Api, now)?;
        // Rights are looked up each time, so that one that ended is gone at once.
        Ok(Self(store::principal(&app.db, &claims.sub, claims.inst, now).await?))
    }
}

fn claims(app: &App, token: &str, audience: Audience, now_ms: i64) -> Result<Claims, Problem> {
    let claims = tokens::verify(&app.keys.token.public(), token, audience, now_ms);
    claims.map_err(|unfit| match unfit {
        Unfit::Forged => ErrorCode::Unauthorized.into(),
        Unfit::Expired => ErrorCode::TokenExpired.into(),
    })
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl Deref for SignedIn {
    type Target = Principal;

    fn deref(&self) -> &Principal {
        &self.0
    }
}

/// Who holds any right that is live, and may so listen for events: with a token, or with a ticket in the query.
#[derive(Debug, Clone)]
pub struct Listening {
    /// Who.
    pub who: Who,
    /// Until when, ms.
    pub until_ms: i64,
    /// What they may hear of.
    pub hearing: Hearing,
}

impl FromRequestParts<App> for Listening {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        #[derive(serde::Deserialize)]
        struct Asked {
            ticket: Option<String>,
        }
        let now = now_ms();
        let Query(asked) = Query::<Asked>::from_request_parts(parts, app).await?;
        let (claims, until_s) = match (bearer(&parts.headers), asked.ticket) {
            (Some(token), _) => {
                let claims = claims(app, token, Audience::Api, now)?;
                let until_s = claims.exp;
                (claims, until_s)
            }
            (None, Some(ticket)) => {
                let claims = claims(app, &ticket, Audience::Events, now)?;
                // A ticket is short-lived so that it cannot be used again; who has begun listens as long as with a token.
                let until_s = claims.iat.saturating_add_unsigned(app.config.token_ttl_s);
                (claims, until_s)
            }
            (None, None) => return Err(ErrorCode::Unauthorized.into()),
        };
        let who = Who { person: claims.sub, install: claims.inst };
        let mut found = hearing::of(&app.db, std::slice::from_ref(&who), now).await?;
        let hearing = found.pop().unwrap_or(Err(ErrorCode::NoLiveGrant))?;
        Ok(Self { who, until_ms: until_s.saturating_mul(1_000), hearing })
    }
}

macro_rules! permitted {
    ($($(#[doc = $doc:literal])+ $name:ident: $roles:expr, else $code:ident;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone)]
        pub struct $name(pub Principal);

        impl FromRequestParts<App> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
                let SignedIn(principal) = SignedIn::from_request_parts(parts, app).await?;
                match (principal.closed, principal.holds($roles)) {
                    (Some(why), _) => Err(Problem::new(ErrorCode::InstallClosed, why)),
                    (None, true) => Ok(Self(principal)),
                    (None, false) => Err(ErrorCode::$code.into()),
                }
            }
        }

        impl Deref for $name {
            type Target = Principal;

            fn deref(&self) -> &Principal {
                &self.0
            }
        }
    )+};
}

permitted! {
    /// Who holds any right that is live: may pull.
    Puller: &Role::ALL, else NoLiveGrant;
    /// Who runs some place, as office or admin. Which: [`Principal::office_over`].
    Office: &[Role::Office, Role::Admin], else Forbidden;
    /// Who is admin of some place.
    Admin: &[Role::Admin], else Forbidden;
    /// Who reads evidence and reports of some place: managers, and who runs it.
    Manager: &LOOKING, else Forbidden;
    /// Who approves for some town, or runs it.
    Town: &[Role::Town, Role::Office, Role::Admin], else Forbidden;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bearer_token_is_one() {
        let of = |value: &str| {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]);
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(of("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(of("bearer  abc").as_deref(), Some("abc"));
        assert_eq!(of("Basic abc"), None);
        assert_eq!(of("abc"), None);
    }
}
