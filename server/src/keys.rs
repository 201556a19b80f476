//! The server's keys and epoch: what it signs with, and which of its lives this is.
//!
//! They lie in the database, because all servers that share one sign alike and a backup that could not sign would restore nothing.
//! Who reads the database can sign in the server's name; that person can change every record as well.

use std::sync::{Arc, PoisonError, RwLock};

use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use serde::Serialize;
use sync_protocol::sign::{PrivateKey, PublicKey};
use utoipa::ToSchema;

use crate::storage::{Db, entities::server_key, server_keys};

/// Loaded once at start; only the epoch may change while a server runs.
#[derive(Clone)]
pub struct ServerKeys {
    /// Signs certificates and receipts.
    pub signing: PrivateKey,
    /// All keys whose signatures hold, the current first.
    pub public: Vec<PublicKey>,
    /// Signs people's and phones' tokens.
    pub token: PrivateKey,
    /// Which life of the server.
    pub(crate) epoch: Epoch,
}

/// Which life of the server, shared by all who hold the keys.
#[derive(Clone)]
pub(crate) struct Epoch(Arc<RwLock<String>>);

impl From<&str> for Epoch {
    fn from(epoch: &str) -> Self {
        Self(Arc::new(RwLock::new(epoch.to_owned())))
    }
}

impl std::fmt::Debug for ServerKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerKeys").field("epoch", &self.epoch()).finish_non_exhaustive()
    }
}

/// What a public server key is told as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PublishedKey {
    /// Id of the key.
    pub kid: String,
    /// SEC1 compressed point (33 bytes), base64url.
    pub key: String,
}

/// A public key as JSON Web Key (RFC 7517).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Jwk {
    /// `EC`.
    pub kty: &'static str,
    /// `P-256`.
    pub crv: &'static str,
    /// First coordinate, base64url.
    pub x: String,
    /// Second coordinate, base64url.
    pub y: String,
    /// Id of the key.
    pub kid: String,
    /// `sig`.
    pub r#use: &'static str,
    /// `ES256`.
    pub alg: &'static str,
}

const SIGNING: &str = "signing";
const TOKEN: &str = "token";

impl ServerKeys {
    /// Loads them, or makes and keeps them. `random` gives random bytes.
    pub async fn load_or_create(db: &Db, now_ms: i64, mut random: impl FnMut() -> [u8; 32]) -> anyhow::Result<Self> {
        let mut fresh = |purpose: &str| {
            let key = private(&mut random);
            let secret = key.to_bytes().to_vec();
            server_key::Model { kid: key.public().kid(), purpose: purpose.to_owned(), secret, created_ms: now_ms }
        };
        let keys = vec![fresh(SIGNING), fresh(TOKEN)];
        let epoch = hex::encode(&random()[..8]);
        let kept = server_keys::load_or_keep(db, server_keys::Kept { keys, epoch }).await?;
        let of = |purpose: &'static str| kept.keys.iter().filter(move |k| k.purpose == purpose).map(read);
        let signing: Vec<PrivateKey> = of(SIGNING).collect::<anyhow::Result<_>>()?;
        let token = of(TOKEN).next().transpose()?;
        let (Some(current), Some(token)) = (signing.first().cloned(), token) else {
            anyhow::bail!("the server's keys are not all there");
        };
        Ok(Self {
            signing: current,
            public: signing.iter().map(PrivateKey::public).collect(),
            token,
            epoch: kept.epoch.as_str().into(),
        })
    }

    /// Keys of no database, for tests.
    pub fn generate(epoch: &str, mut random: impl FnMut() -> [u8; 32]) -> Self {
        let signing = private(&mut random);
        Self { public: vec![signing.public()], signing, token: private(&mut random), epoch: epoch.into() }
    }

    /// Which life of the server, as last heard of: another server on this database may have begun a new one within the last second.
    pub fn epoch(&self) -> String {
        self.epoch.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks which life it is by now.
    pub async fn refresh_epoch(&self, db: &Db) -> anyhow::Result<()> {
        let now = server_keys::epoch(&db.read).await?;
        *self.epoch.0.write().unwrap_or_else(PoisonError::into_inner) = now;
        Ok(())
    }

    /// The keys that verify certificates and receipts, as told to phones.
    pub fn published(&self) -> Vec<PublishedKey> {
        self.public.iter().map(|key| PublishedKey { kid: key.kid(), key: key.text() }).collect()
    }

    /// The key that verifies tokens.
    pub fn token_jwk(&self) -> Jwk {
        let key = self.token.public();
        let point = B64.decode(key.text()).expect("a key's own text");
        let point = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point).expect("a key's own point").to_sec1_point(false);
        // An uncompressed point is 0x04, x, y.
        let (x, y) = point.as_bytes()[1..].split_at(32);
        Jwk { kty: "EC", crv: "P-256", x: B64.encode(x), y: B64.encode(y), kid: key.kid(), r#use: "sig", alg: "ES256" }
    }
}

fn private(random: &mut impl FnMut() -> [u8; 32]) -> PrivateKey {
    // About one in 2^32 values is no key.
    loop {
        if let Some(key) = PrivateKey::from_bytes(&random()) {
            return key;
        }
    }
}

fn read(row: &server_key::Model) -> anyhow::Result<PrivateKey> {
    let bytes: Option<[u8; 32]> = row.secret.as_slice().try_into().ok();
    bytes.and_then(|b| PrivateKey::from_bytes(&b)).with_context(|| format!("server key {} is damaged", row.kid))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{now_ms, random_bytes};

    #[tokio::test]
    async fn every_start_finds_the_keys_and_the_epoch_of_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("z.db").display());
        let db = Db::open(&url, 2).await.unwrap();
        let (one, two) = tokio::join!(
            ServerKeys::load_or_create(&db, now_ms(), random_bytes),
            ServerKeys::load_or_create(&db, now_ms(), random_bytes)
        );
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!((one.published(), one.token_jwk(), one.epoch()), (two.published(), two.token_jwk(), two.epoch()));
        assert_eq!(one.public[0], one.signing.public());
    }
}
