//! What clients send and get.

use serde::{Deserialize, Serialize};
use sync_protocol::{InstallId, judge::Right, sign::Certificate};
use utoipa::{IntoParams, ToSchema};

use crate::keys::PublishedKey;

/// A name and its password.
#[derive(Deserialize, ToSchema)]
pub struct SignIn {
    /// Name of the account.
    pub name: String,
    /// Its password.
    #[schema(format = Password)]
    pub password: String,
}

/// A token, to be sent as `Authorization: Bearer …`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Token {
    /// The token.
    pub token: String,
    /// How long it holds, seconds.
    pub expires_in_s: u64,
    /// The server's clock, ms.
    pub now: i64,
    /// Of a phone: why it is no longer in use. With this token it may send the photos it promised, and read nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<String>,
}

/// Whom the token stands for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The person.
    pub person: String,
    /// The phone, if it is a phone's token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub install: Option<InstallId>,
    /// Roles held now, anywhere.
    pub roles: Vec<String>,
    /// Rights that are live now.
    pub rights: Vec<LiveRight>,
}

/// A role at a place for a time.
#[derive(Debug, Serialize, ToSchema)]
pub struct LiveRight {
    /// The role.
    pub role: String,
    /// At this place and all below.
    pub place: String,
    /// Since when, ms.
    pub from: i64,
    /// Until when, ms, exclusive; open when missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<i64>,
}

impl From<&Right> for LiveRight {
    fn from(right: &Right) -> Self {
        Self { role: right.role.name().to_owned(), place: right.place.to_string(), from: right.from, to: right.to }
    }
}

/// Which install wants to sign in.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NonceFor {
    /// The install.
    #[schema(value_type = String)]
    pub install: InstallId,
}

/// A nonce to be signed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Nonce {
    /// Opaque; good for two minutes.
    pub nonce: String,
    /// The server's clock, ms.
    pub now: i64,
}

/// A signed nonce.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SignedNonce {
    /// The install.
    #[schema(value_type = String)]
    pub install: InstallId,
    /// The nonce as given.
    pub nonce: String,
    /// The install's signature of purpose, install and nonce.
    pub sig: String,
}

/// For whom a code is wanted.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CodeFor {
    /// The person, `district.p.name`.
    pub person: String,
}

/// A one-time code.
#[derive(Serialize, ToSchema)]
pub struct Code {
    /// To be typed.
    pub code: String,
    /// Until when, ms.
    pub expires_at: i64,
    /// What the QR code says.
    pub url: String,
    /// The QR code.
    pub qr_svg: String,
}

/// A phone's request to enrol.
#[derive(Deserialize, ToSchema)]
pub struct Enrol {
    /// The one-time code.
    pub code: String,
    /// The phone's public key: SEC1 point in base64url.
    pub key: String,
    /// Name and version of the app.
    pub app: Option<String>,
}

/// An enrolment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Enrolled {
    /// The install.
    #[schema(value_type = String)]
    pub install: InstallId,
    /// Whose it is.
    pub person: String,
    /// The certificate.
    #[schema(value_type = Object)]
    pub certificate: Certificate,
    /// The server's keys.
    pub keys: Vec<PublishedKey>,
    /// Which life of the server.
    pub epoch: String,
    /// The server's clock, ms.
    pub now: i64,
}

/// From when on a phone's lines no longer count.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct End {
    /// When, ms; now when missing.
    pub at: Option<i64>,
}

/// Up to where a lost phone's lines count.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct Lost {
    /// The last seq that counts; the newest known when missing.
    pub seq: Option<u64>,
    /// The chain's head after it, 64 hex digits; goes with `seq`.
    pub head: Option<String>,
}

/// How many installs to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListInstalls {
    /// Most installs, 1 to 10000; 1000 when missing.
    pub limit: Option<u64>,
}

/// Installs.
#[derive(Debug, Serialize, ToSchema)]
pub struct Installs {
    /// By person, then by install.
    pub installs: Vec<InstallView>,
}

/// What the office sees of a phone.
#[derive(Debug, Serialize, ToSchema)]
pub struct InstallView {
    /// The install.
    pub install: String,
    /// Whose it is.
    pub person: String,
    /// The app that enrolled.
    pub app: Option<String>,
    /// When it enrolled, ms.
    pub enrolled_at: Option<i64>,
    /// When it was last heard of, ms.
    pub heard_at: Option<i64>,
    /// Seq of its newest line.
    pub tip_seq: Option<i64>,
    /// Head of its chain after that line.
    pub tip_head: Option<String>,
    /// Lowest seq with two contents: it was cloned or restored, and must enrol anew.
    pub fork_seq: Option<i64>,
    /// When it ended, ms.
    pub ended: Option<i64>,
    /// Up to where its lines count, if it was lost: `{"seq","head"}`.
    #[schema(value_type = Option<Object>)]
    pub lost: Option<serde_json::Value>,
}

/// The server's public keys.
#[derive(Debug, Serialize, ToSchema)]
pub struct Keys {
    /// The current one first.
    pub keys: Vec<PublishedKey>,
    /// Which life of the server.
    pub epoch: String,
}

/// A JSON Web Key Set (RFC 7517).
#[derive(Debug, Serialize, ToSchema)]
pub struct Jwks {
    /// The keys that verify tokens.
    pub keys: Vec<crate::keys::Jwk>,
}
