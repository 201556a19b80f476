//! Keys and signatures: ECDSA P-256, every text beginning with its purpose (`PROTOCOL.md`, section 5).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey, signature::Signer as _};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

use crate::ids::{Hash, InstallId};

/// What a signature is for; the first line of the signed text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A phone's push.
    Push,
    /// A phone's sign-in.
    SignIn,
    /// A server's certificate of an install.
    Certificate,
    /// A server's receipt of a push.
    Receipt,
    /// A server's receipt of a photo.
    Photo,
    /// A server's folder of evidence.
    Evidence,
}

impl Purpose {
    fn line(self) -> &'static str {
        match self {
            Purpose::Push => "zhucun push v1",
            Purpose::SignIn => "zhucun sign-in v1",
            Purpose::Certificate => "zhucun certificate v1",
            Purpose::Receipt => "zhucun receipt v1",
            Purpose::Photo => "zhucun photo v1",
            Purpose::Evidence => "zhucun evidence v1",
        }
    }

    /// The signed text: the purpose and the parts, joined by line feeds.
    pub fn text(self, parts: &[&str]) -> String {
        let mut text = self.line().to_owned();
        for part in parts {
            text.push('\n');
            text.push_str(part);
        }
        text
    }
}

/// A private key. Its bytes come from outside: this crate has no randomness.
#[derive(Clone)]
pub struct PrivateKey(SigningKey);

impl PrivateKey {
    /// The key of these 32 bytes; none for the few values (zero, or not below the curve's order) that are no key.
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        SigningKey::from_slice(bytes).ok().map(Self)
    }

    /// The 32 bytes, to be kept secret.
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes().into()
    }

    /// Its public key.
    pub fn public(&self) -> PublicKey {
        PublicKey(*self.0.verifying_key())
    }

    /// Signs the text for the purpose.
    pub fn sign(&self, purpose: Purpose, parts: &[&str]) -> String {
        let signature: Signature = self.0.sign(purpose.text(parts).as_bytes());
        B64.encode(signature.to_bytes())
    }
}

/// A public key, written as its 33-byte SEC1 point in base64url.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// The key so written. Uncompressed points are taken too.
    pub fn parse(text: &str) -> Option<Self> {
        VerifyingKey::from_sec1_bytes(&B64.decode(text).ok()?).ok().map(Self)
    }

    /// How it is written.
    pub fn text(&self) -> String {
        B64.encode(self.0.to_sec1_point(true).as_bytes())
    }

    /// The id of a server key: the first 8 bytes of the SHA-256 of its text, as hex.
    pub fn kid(&self) -> String {
        hex::encode(&crate::ids::sha256(&[self.text().as_bytes()])[..8])
    }

    /// Whether `sig` is this key's signature of the text.
    pub fn verifies(&self, purpose: Purpose, parts: &[&str], sig: &str) -> bool {
        // A part with a line feed could pass for two.
        if parts.iter().any(|part| part.contains('\n')) {
            return false;
        }
        let Ok(sig) = B64.decode(sig) else { return false };
        let point = self.0.to_sec1_point(false);
        // Each push costs one of these: ring takes a quarter of the time that p256 does.
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point.as_bytes())
            .verify(purpose.text(parts).as_bytes(), &sig)
            .is_ok()
    }
}

/// What an install is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstallRole {
    /// A phone of a person.
    Phone,
    /// A process of the server.
    Server,
}

impl InstallRole {
    fn name(self) -> &'static str {
        match self {
            InstallRole::Phone => "phone",
            InstallRole::Server => "server",
        }
    }
}

/// A server key's word that an install's key belongs to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The install.
    pub install: InstallId,
    /// The person, `district.p.name`; of a server install the server's own name.
    pub person: String,
    /// The install's public key.
    pub key: String,
    /// Phone or server.
    pub role: InstallRole,
    /// When, by the server's clock, ms.
    pub at: i64,
    /// Which server key signed.
    pub kid: String,
    /// The signature.
    pub sig: String,
}

impl Certificate {
    /// A new one, signed.
    pub fn issue(
        server: &PrivateKey,
        install: InstallId,
        person: &str,
        key: &PublicKey,
        role: InstallRole,
        at: i64,
    ) -> Self {
        let mut certificate = Self {
            install,
            person: person.to_owned(),
            key: key.text(),
            role,
            at,
            kid: server.public().kid(),
            sig: String::new(),
        };
        certificate.sig = certificate.with_parts(|parts| server.sign(Purpose::Certificate, parts));
        certificate
    }

    /// Whether one of the server's keys signed it.
    pub fn is_valid(&self, servers: &[PublicKey]) -> bool {
        servers.iter().any(|server| {
            server.kid() == self.kid && self.with_parts(|p| server.verifies(Purpose::Certificate, p, &self.sig))
        })
    }

    fn with_parts<T>(&self, f: impl FnOnce(&[&str]) -> T) -> T {
        f(&[&self.install.to_string(), &self.person, &self.key, self.role.name(), &self.at.to_string()])
    }
}

/// A server's word that the lines `from` to `to` of an install are durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Whose lines.
    pub install: InstallId,
    /// First seq.
    pub from: u64,
    /// Last seq.
    pub to: u64,
    /// Head of the chain after the last, 64 hex digits.
    pub head: String,
    /// When, by the server's clock, ms.
    pub at: i64,
    /// Which life of the server (a restore from backup begins a new one).
    pub epoch: String,
    /// Which server key signed.
    pub kid: String,
    /// The signature.
    pub sig: String,
}

impl Receipt {
    /// A new one, signed.
    pub fn issue(
        server: &PrivateKey,
        install: InstallId,
        (from, to): (u64, u64),
        head: &Hash,
        at: i64,
        epoch: &str,
    ) -> Self {
        let mut receipt = Self {
            install,
            from,
            to,
            head: hex::encode(head),
            at,
            epoch: epoch.to_owned(),
            kid: server.public().kid(),
            sig: String::new(),
        };
        receipt.sig = receipt.with_parts(|parts| server.sign(Purpose::Receipt, parts));
        receipt
    }

    /// Whether one of the server's keys signed it.
    pub fn is_valid(&self, servers: &[PublicKey]) -> bool {
        servers.iter().any(|server| {
            server.kid() == self.kid && self.with_parts(|p| server.verifies(Purpose::Receipt, p, &self.sig))
        })
    }

    fn with_parts<T>(&self, f: impl FnOnce(&[&str]) -> T) -> T {
        f(&[
            &self.install.to_string(),
            &self.from.to_string(),
            &self.to.to_string(),
            &self.head,
            &self.at.to_string(),
            &self.epoch,
        ])
    }
}
