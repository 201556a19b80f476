//! The JSON of requests and answers (`PROTOCOL.md`, sections 11 to 14).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sync_protocol::{
    InstallId,
    sign::{Certificate, PrivateKey, PublicKey, Purpose, Receipt},
};

/// Asks to enrol.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EnrolmentAsk {
    /// The one-time code.
    pub code: String,
    /// The phone's public key.
    pub key: String,
}

/// The answer to an enrolment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EnrolmentAnswer {
    /// The new install.
    pub install: InstallId,
    /// Whose it is.
    pub person: String,
    /// The server's word for it.
    pub certificate: Certificate,
    /// The server's public keys.
    pub keys: Vec<ServerKey>,
    /// Which life of the server.
    pub epoch: String,
    /// The server's time, ms.
    pub now: i64,
}

/// A server's public key: as text, or as an object with a member `key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "AnyKey", into = "String")]
pub struct ServerKey(pub String);

#[derive(Deserialize)]
#[serde(untagged)]
enum AnyKey {
    Text(String),
    Object { key: String },
}

impl From<AnyKey> for ServerKey {
    fn from(key: AnyKey) -> Self {
        let (AnyKey::Text(key) | AnyKey::Object { key }) = key;
        Self(key)
    }
}

impl From<ServerKey> for String {
    fn from(key: ServerKey) -> String {
        key.0
    }
}

/// The server's keys.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Keys {
    /// All current ones.
    pub keys: Vec<ServerKey>,
}

/// Those of the keys that are keys.
pub fn public_keys(keys: &[ServerKey]) -> Vec<PublicKey> {
    keys.iter().filter_map(|k| PublicKey::parse(&k.0)).collect()
}

/// Asks for a nonce.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NonceAsk {
    /// Who asks.
    pub install: InstallId,
}

/// A nonce.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NonceAnswer {
    /// To be signed.
    pub nonce: String,
    /// The server's time, ms.
    pub now: i64,
}

/// Asks for a token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TokenAsk {
    /// Who asks.
    pub install: InstallId,
    /// The nonce given.
    pub nonce: String,
    /// Its signature.
    pub sig: String,
}

/// A token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TokenAnswer {
    /// For the header `Authorization: Bearer`.
    pub token: String,
    /// How long it is good for, seconds.
    pub expires_in_s: u64,
    /// The server's time, ms.
    pub now: i64,
    /// Why this phone is no longer in use: with the token it may send the photos it promised, and read nothing.
    #[serde(default)]
    pub closed: Option<String>,
}

/// The answer to a push.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PushAnswer {
    /// Proof that the lines are durable.
    pub receipt: Receipt,
    /// `[seq, standing, code, sentence]` of all that are not applied.
    #[serde(default)]
    pub standings: Vec<serde_json::Value>,
    /// The server's highest seq of this install.
    pub high: u64,
    /// Whether the server has two contents for one seq of this install.
    #[serde(default)]
    pub forked: bool,
    /// The server's time, ms.
    pub now: i64,
}

/// Presents receipts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReceiptsAsk {
    /// At most 1,000.
    pub receipts: Vec<Receipt>,
}

/// What the server says to receipts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReceiptsAnswer {
    /// The highest seq it has of each of their installs.
    pub have: BTreeMap<InstallId, u64>,
    /// Which life of the server.
    pub epoch: String,
}

/// Names operations that were shown before a snapshot and not after it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UnknownAsk {
    /// At most 1,000.
    pub dots: Vec<UnknownDot>,
}

/// An operation, and the record in which it was shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UnknownDot {
    /// The operation.
    pub dot: String,
    /// Scope.
    pub scope: String,
    /// Kind.
    pub kind: String,
    /// Id.
    pub id: String,
}

/// Asks for a page of a pull.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PullAsk {
    /// How far this phone is.
    pub cursor: Option<String>,
    /// Most records.
    pub limit: usize,
    /// Scopes it wants whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub again: Vec<String>,
}

/// Asks which photos the server lacks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MissingAsk {
    /// Their hashes, at most 1,000.
    pub hashes: Vec<String>,
}

/// Which photos the server lacks.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct MissingAnswer {
    /// Those it waits for.
    #[serde(default)]
    pub missing: Vec<String>,
    /// Of those, the ones partly there.
    #[serde(default)]
    pub uploads: BTreeMap<String, UploadAt>,
    /// Those it has, where it says so. What is in no list nobody promised (yet).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complete: Option<Vec<String>>,
    /// Those that were erased: it will not take them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub erased: Vec<String>,
}

/// An upload under way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UploadAt {
    /// Where.
    pub url: String,
    /// How many bytes are there.
    pub offset: u64,
}

/// A server's word that a photo is whole and durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhotoReceipt {
    /// SHA-256 of the photo, hex.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
    /// When, by the server's clock, ms.
    pub at: i64,
    /// Which life of the server.
    pub epoch: String,
    /// Which server key signed.
    pub kid: String,
    /// The signature.
    pub sig: String,
}

impl PhotoReceipt {
    /// A new one, signed.
    pub fn issue(server: &PrivateKey, sha256: &str, size: u64, at: i64, epoch: &str) -> Self {
        let sig = server.sign(Purpose::Photo, &[sha256, &size.to_string(), &at.to_string(), epoch]);
        Self { sha256: sha256.to_owned(), size, at, epoch: epoch.to_owned(), kid: server.public().kid(), sig }
    }

    /// Whether one of the server's keys signed it.
    pub fn is_valid(&self, servers: &[PublicKey]) -> bool {
        let (size, at) = (self.size.to_string(), self.at.to_string());
        let parts = [self.sha256.as_str(), &size, &at, &self.epoch];
        servers.iter().any(|server| server.kid() == self.kid && server.verifies(Purpose::Photo, &parts, &self.sig))
    }
}
