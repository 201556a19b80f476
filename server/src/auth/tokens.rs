//! Tokens (JWT, ES256) and the nonces that phones sign. Pure: the time is an argument.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sync_protocol::{
    InstallId,
    sign::{PrivateKey, PublicKey},
};

/// What a token is for: none serves as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Audience {
    /// Asking the API.
    #[serde(rename = "zhucun")]
    Api,
    /// Being signed by a phone.
    #[serde(rename = "zhucun-nonce")]
    Nonce,
    /// Listening for events, where no header can be set.
    #[serde(rename = "zhucun-events")]
    Events,
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The person; of a nonce the install.
    pub sub: String,
    /// The phone, if it is a phone's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inst: Option<InstallId>,
    /// When it was made, seconds.
    pub iat: i64,
    /// When it ends, seconds.
    pub exp: i64,
    /// What it is for.
    pub aud: Audience,
}

/// Why a token does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// It is none of this server's.
    Forged,
    /// It was.
    Expired,
}

/// How long a nonce waits for its signature: a round trip on the worst network.
pub const NONCE_TTL_S: u64 = 120;
/// How long a ticket is good for to begin listening. It stands in an address, which somebody's log may keep.
pub const TICKET_TTL_S: u64 = 60;

/// A PKCS #8 wrapping of a P-256 private key (RFC 5208, RFC 5915) without its public key: all but the 32 bytes is fixed.
const PKCS8: [u8; 35] = [
    0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x27, 0x30, 0x25, 0x02, 0x01, 0x01, 0x04, 0x20,
];

/// Makes a token.
pub fn issue(key: &PrivateKey, sub: &str, inst: Option<InstallId>, aud: Audience, now_ms: i64, ttl_s: u64) -> String {
    provider();
    let iat = now_ms / 1000;
    let claims = Claims { sub: sub.to_owned(), inst, iat, exp: iat + ttl_s as i64, aud };
    let header = Header { kid: Some(key.public().kid()), ..Header::new(Algorithm::ES256) };
    let key = EncodingKey::from_ec_der(&[&PKCS8[..], &key.to_bytes()].concat());
    jsonwebtoken::encode(&header, &claims, &key).expect("a P-256 key signs")
}

/// Reads a token of this server's, made for this.
pub fn verify(key: &PublicKey, token: &str, aud: Audience, now_ms: i64) -> Result<Claims, Unfit> {
    provider();
    let header = jsonwebtoken::decode_header(token).map_err(|_| Unfit::Forged)?;
    if header.kid.as_deref() != Some(key.kid().as_str()) {
        return Err(Unfit::Forged);
    }
    let point = B64.decode(key.text()).expect("a key's own text");
    let mut validation = Validation::new(Algorithm::ES256);
    // The time is ours to compare: the library would ask the system's clock.
    validation.validate_exp = false;
    validation.validate_aud = false;
    let decoded = jsonwebtoken::decode::<Claims>(token, &DecodingKey::from_ec_der(&point), &validation);
    let claims = decoded.map_err(|_| Unfit::Forged)?.claims;
    if claims.aud != aud {
        return Err(Unfit::Forged);
    }
    if claims.exp * 1000 <= now_ms { Err(Unfit::Expired) } else { Ok(claims) }
}

/// Another crate of the build may bring another provider; then the library would not choose by itself.
fn provider() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let _ = jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER.install_default();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    fn key(n: u8) -> PrivateKey {
        PrivateKey::from_bytes(&[n; 32]).unwrap()
    }

    fn token() -> String {
        issue(&key(1), "zjedz.p.li", Some(InstallId([7; 16])), Audience::Api, NOW, 60)
    }

    fn forged(header: serde_json::Value, claims: &Claims, sig: &[u8]) -> String {
        let part = |v: &[u8]| B64.encode(v);
        let claims = serde_json::to_vec(claims).unwrap();
        format!("{}.{}.{}", part(header.to_string().as_bytes()), part(&claims), part(sig))
    }

    #[test]
    fn a_token_says_who_until_it_expires() {
        let claims = verify(&key(1).public(), &token(), Audience::Api, NOW + 59_999).unwrap();
        assert_eq!((claims.sub.as_str(), claims.inst), ("zjedz.p.li", Some(InstallId([7; 16]))));
        assert_eq!(verify(&key(1).public(), &token(), Audience::Api, NOW + 60_000), Err(Unfit::Expired));
    }

    #[test]
    fn a_nonce_is_no_token_and_a_token_no_nonce() {
        let nonce = issue(&key(1), "x", None, Audience::Nonce, NOW, NONCE_TTL_S);
        assert_eq!(verify(&key(1).public(), &nonce, Audience::Api, NOW), Err(Unfit::Forged));
        assert_eq!(verify(&key(1).public(), &token(), Audience::Nonce, NOW), Err(Unfit::Forged));
        assert!(verify(&key(1).public(), &nonce, Audience::Nonce, NOW).is_ok());
    }

    #[test]
    fn another_key_another_kid_and_a_changed_claim_are_forged() {
        let public = key(1).public();
        assert_eq!(verify(&key(2).public(), &token(), Audience::Api, NOW), Err(Unfit::Forged));
        let parts: Vec<String> = token().split('.').map(str::to_owned).collect();
        let mut claims = verify(&public, &token(), Audience::Api, NOW).unwrap();
        claims.sub = "zjedz.p.admin".into();
        let sig = B64.decode(&parts[2]).unwrap();
        let es256 = serde_json::json!({"alg": "ES256", "typ": "JWT", "kid": public.kid()});
        assert_eq!(verify(&public, &forged(es256, &claims, &sig), Audience::Api, NOW), Err(Unfit::Forged));
        // Signed by another key that claims this one's id.
        let header = Header { kid: Some(public.kid()), ..Header::new(Algorithm::ES256) };
        let other = EncodingKey::from_ec_der(&[&PKCS8[..], &key(2).to_bytes()].concat());
        let token = jsonwebtoken::encode(&header, &claims, &other).unwrap();
        assert_eq!(verify(&public, &token, Audience::Api, NOW), Err(Unfit::Forged));
        // Signed by this key under another id, or none.
        for kid in [Some("0011223344556677".to_owned()), None] {
            let header = Header { kid, ..Header::new(Algorithm::ES256) };
            let own = EncodingKey::from_ec_der(&[&PKCS8[..], &key(1).to_bytes()].concat());
            let token = jsonwebtoken::encode(&header, &claims, &own).unwrap();
            assert_eq!(verify(&public, &token, Audience::Api, NOW), Err(Unfit::Forged));
        }
    }

    #[test]
    fn no_algorithm_but_ours() {
        let public = key(1).public();
        let claims = verify(&public, &token(), Audience::Api, NOW).unwrap();
        let none = serde_json::json!({"alg": "none", "typ": "JWT", "kid": public.kid()});
        assert_eq!(verify(&public, &forged(none, &claims, b""), Audience::Api, NOW), Err(Unfit::Forged));
        // The old confusion: the public key taken for a secret.
        let header = Header { kid: Some(public.kid()), ..Header::new(Algorithm::HS256) };
        let secret = EncodingKey::from_secret(public.text().as_bytes());
        let token = jsonwebtoken::encode(&header, &claims, &secret).unwrap();
        assert_eq!(verify(&public, &token, Audience::Api, NOW), Err(Unfit::Forged));
        for junk in ["", "a.b.c", "...", "ey"] {
            assert_eq!(verify(&public, junk, Audience::Api, NOW), Err(Unfit::Forged));
        }
    }
}
