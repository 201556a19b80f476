//! What handlers take to be permitted: a handler that names one of these types is never called without it.

use std::ops::Deref;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use mobile_schema::Role;

use super::{
    principal::Principal,
    store,
    tokens::{self, Audience, Unfit},
};
use crate::{
    app::{App, now_ms},
    error::{ErrorCode, Problem},
};

/// Anyone with a token that holds, also without any right left: their work may still come in.
#[derive(Debug, Clone)]
pub struct SignedIn(pub Principal);

impl FromRequestParts<App> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let now = now_ms();
        let token = bearer(&parts.headers).ok_or(ErrorCode::Unauthorized)?;
        let claims =
            tokens::verify(&app.keys.token.public(), token, Audience::Api, now).map_err(|unfit| match unfit {
                Unfit::Forged => ErrorCode::Unauthorized,
                Unfit::Expired => ErrorCode::TokenExpired,
            })?;
        // Rights are looked up each time, so that one that ended is gone at once.
        Ok(Self(store::principal(&app.db, &claims.sub, claims.inst, now).await?))
    }
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
    Manager: &[Role::Manager, Role::Office, Role::Admin], else Forbidden;
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
