//! What a folder of evidence says of itself. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sync_protocol::{
    ids::sha256,
    sign::{PrivateKey, PublicKey, Purpose},
    world::{self, Placed},
};

/// The form that this build writes and reads.
pub const FORM: u32 = 1;
/// What is in the folder.
pub const MANIFEST: &str = "manifest.json";
/// The server's signature of that.
pub const SIGNATURE: &str = "manifest.sig";
/// The server's public keys.
pub const KEYS: &str = "keys.json";
/// The pushes, in courier framing.
pub const PUSHES: &str = "pushes.ndjson";
/// The records as they were shown.
pub const RECORDS: &str = "records.ndjson";
/// The server's receipts of the photos.
pub const RECEIPTS: &str = "photos.json";
/// How to check it.
pub const README: &str = "README.txt";

/// The file `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form: [`FORM`].
    pub evidence: u32,
    /// When it was written, by the server's clock, ms.
    pub at: i64,
    /// Version of the server that wrote it.
    pub version: String,
    /// What was asked for, in words.
    pub selection: String,
    /// Records of which the lines that are disclosed do not show all: `scope kind id` → why.
    pub unproved: BTreeMap<String, String>,
    /// Every other file, by its name.
    pub files: BTreeMap<String, FileHash>,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileHash {
    /// SHA-256, hex.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

impl FileHash {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self { sha256: hex::encode(sha256(&[bytes])), bytes: bytes.len() as u64 }
    }
}

/// The file `manifest.sig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Which server key.
    pub kid: String,
    /// Its signature of the SHA-256 of the manifest's bytes.
    pub sig: String,
}

impl Signature {
    /// Signs these bytes of a manifest.
    pub fn issue(key: &PrivateKey, manifest: &[u8]) -> Self {
        Self { kid: key.public().kid(), sig: key.sign(Purpose::Evidence, &[&hex::encode(sha256(&[manifest]))]) }
    }

    /// Whether one of these keys signed these bytes.
    pub fn is_valid(&self, manifest: &[u8], servers: &[PublicKey]) -> bool {
        let hash = hex::encode(sha256(&[manifest]));
        servers.iter().any(|key| key.kid() == self.kid && key.verifies(Purpose::Evidence, &[&hash], &self.sig))
    }
}

/// A server key, as in `keys.json` and at `GET /v1/keys`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownKey {
    /// Its id.
    pub kid: String,
    /// The key.
    pub key: String,
}

/// The keys in a file of them, or in what `GET /v1/keys` answers; such as do not have the id that stands beside them are none.
pub fn keys(file: &[u8]) -> Option<Vec<PublicKey>> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Shown {
        List(Vec<ShownKey>),
        Answer { keys: Vec<ShownKey> },
    }
    let (Shown::List(shown) | Shown::Answer { keys: shown }) = serde_json::from_slice(file).ok()?;
    shown.iter().map(|shown| PublicKey::parse(&shown.key).filter(|key| key.kid() == shown.kid)).collect()
}

/// The bodies of records, by their names as [`Manifest::unproved`] writes them, as these lines have them.
pub fn folded(lines: &[Placed], servers: &[PublicKey]) -> BTreeMap<String, String> {
    let world = world::fold(lines, servers);
    world.records.into_iter().map(|((scope, kind, id), body)| (name(&scope, &kind, &id), body)).collect()
}

/// A record's name in one text.
pub fn name(scope: &str, kind: &str, id: &str) -> String {
    format!("{scope} {kind} {id}")
}
