//! Phones sign in by signing a nonce (`PROTOCOL.md`, section 11). The nonce is a short-lived token itself, so nothing is kept, and any of
//! several servers takes what another gave.

use sync_protocol::{
    InstallId,
    sign::{Certificate, InstallRole, PublicKey, Purpose},
};

use super::{
    store,
    tokens::{self, Audience, NONCE_TTL_S},
    wire::{Nonce, SignedNonce, Token},
};
use crate::{
    app::{App, now_ms},
    error::{ErrorCode, Problem},
    storage::entities::{install, ruling},
};

/// A nonce for that install. Whether it is known shows only when it signs.
pub fn nonce(app: &App, install: InstallId) -> Nonce {
    let now = now_ms();
    Nonce { nonce: tokens::issue(&app.keys.token, &install.to_string(), None, Audience::Nonce, now, NONCE_TTL_S), now }
}

/// A token for an install that signed its nonce.
pub async fn token(app: &App, signed: &SignedNonce) -> Result<Token, Problem> {
    let now = now_ms();
    let id = signed.install.to_string();
    let nonce = tokens::verify(&app.keys.token.public(), &signed.nonce, Audience::Nonce, now);
    if nonce.map_err(|_| ErrorCode::NonceInvalid)?.sub != id {
        return Err(ErrorCode::NonceInvalid.into());
    }
    let known = store::install(&app.db, signed.install).await?.ok_or(ErrorCode::UnknownInstall)?;
    let certificate: Certificate = serde_json::from_str(&known.certificate).map_err(Problem::internal)?;
    let key =
        PublicKey::parse(&certificate.key).ok_or_else(|| Problem::internal(anyhow::anyhow!("key of install {id}")))?;
    if certificate.role != InstallRole::Phone || !key.verifies(Purpose::SignIn, &[&id, &signed.nonce], &signed.sig) {
        return Err(ErrorCode::BadSignature.into());
    }
    let enrolment = store::enrolment(&app.db, signed.install).await?;
    let closed = closed(&known, enrolment.as_ref(), now).map(str::to_owned);
    let ttl_s = app.config.token_ttl_s;
    let token = tokens::issue(&app.keys.token, &certificate.person, Some(signed.install), Audience::Api, now, ttl_s);
    Ok(Token { token, expires_in_s: ttl_s, now, closed })
}

/// Why an install may read nothing any more. It may still push, and send the photos it promised: what it captured before counts (P9).
pub(super) fn closed(install: &install::Model, enrolment: Option<&ruling::Model>, now_ms: i64) -> Option<&'static str> {
    let Some(enrolment) = enrolment else { return Some("it has no enrolment") };
    let fields: mobile_schema::kinds::enrolment::Enrolment =
        serde_json::from_str(&enrolment.fields).unwrap_or_default();
    if install.fork_seq.is_some() {
        return Some("it forked");
    }
    if fields.lost.is_some() {
        return Some("it was lost");
    }
    fields.ended.is_some_and(|ended| ended <= now_ms).then_some("it ended")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(fork: Option<i64>, fields: Option<&str>) -> Option<&'static str> {
        let install = install::Model {
            id: Vec::new(),
            certificate: String::new(),
            person: String::new(),
            server: false,
            tip_seq: 0,
            tip_head: Vec::new(),
            fork_seq: fork,
            heard_ms: 0,
        };
        let enrolment = fields.map(|fields| ruling::Model {
            record: Vec::new(),
            scope: String::new(),
            kind: "enrolment".into(),
            id: String::new(),
            person: None,
            install: None,
            fields: fields.into(),
        });
        closed(&install, enrolment.as_ref(), 1000)
    }

    #[test]
    fn an_install_that_ended_was_lost_or_forked_gets_no_token() {
        assert_eq!(why(None, Some("{}")), None);
        assert_eq!(why(None, Some(r#"{"ended":1001}"#)), None);
        assert_eq!(why(None, Some(r#"{"ended":1000}"#)), Some("it ended"));
        assert_eq!(why(None, Some(r#"{"lost":{"seq":0,"head":""}}"#)), Some("it was lost"));
        assert_eq!(why(Some(3), Some("{}")), Some("it forked"));
        assert_eq!(why(None, None), Some("it has no enrolment"));
    }
}
