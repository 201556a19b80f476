//! Names: installs, dots, record keys, hashes (`PROTOCOL.md`, section 2).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// A SHA-256 hash, or a chain head.
pub type Hash = [u8; 32];

/// SHA-256 of the parts one after the other.
pub fn sha256(parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// A name that is not of its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not of the form {0}")]
pub struct BadForm(&'static str);

/// One enrolment of one phone (or one server process) for ever: 16 random bytes, written as 32 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstallId(pub [u8; 16]);

impl FromStr for InstallId {
    type Err = BadForm;

    fn from_str(s: &str) -> Result<Self, BadForm> {
        lower_hex(s).map(Self).ok_or(BadForm("32 lower-case hex digits"))
    }
}

impl fmt::Display for InstallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// The name of one operation: install, seq and the first 8 bytes of its line's hash. Ordered in that order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Dot {
    /// Who wrote it.
    pub install: InstallId,
    /// Its place in the install's chain, from 1.
    pub seq: u64,
    /// First 8 bytes of the SHA-256 of the line.
    pub hash: [u8; 8],
}

impl Dot {
    /// The dot of the line with that hash.
    pub fn new(install: InstallId, seq: u64, line_hash: &Hash) -> Self {
        Self { install, seq, hash: short(line_hash) }
    }
}

impl FromStr for Dot {
    type Err = BadForm;

    fn from_str(s: &str) -> Result<Self, BadForm> {
        let bad = BadForm("install:seq:16 hex digits");
        let mut parts = s.split(':');
        let (Some(install), Some(seq), Some(hash), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(bad);
        };
        // `u64::from_str` takes "+1" and "01"; one dot has one spelling.
        if !seq.starts_with(|c: char| ('1'..='9').contains(&c)) {
            return Err(bad);
        }
        let seq = seq.parse().ok().filter(|seq| *seq <= crate::time::MAX_INTEGER).ok_or(bad)?;
        Ok(Self { install: install.parse()?, seq, hash: lower_hex(hash).ok_or(bad)? })
    }
}

impl fmt::Display for Dot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.install, self.seq, hex::encode(self.hash))
    }
}

/// The first 16 bytes of SHA-256 of `scope \n kind \n id`: what the server's tables call a record by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordKey(pub [u8; 16]);

impl RecordKey {
    /// The key of that record.
    pub fn of(scope: &str, kind: &str, id: &str) -> Self {
        let hash = sha256(&[scope.as_bytes(), b"\n", kind.as_bytes(), b"\n", id.as_bytes()]);
        Self(hash[..16].try_into().expect("16 of 32 bytes"))
    }
}

/// The first 8 bytes.
pub fn short(hash: &Hash) -> [u8; 8] {
    hash[..8].try_into().expect("8 of 32 bytes")
}

/// Exactly `N` bytes from lower-case hex.
pub fn lower_hex<const N: usize>(s: &str) -> Option<[u8; N]> {
    if s.len() != 2 * N || s.bytes().any(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let mut out = [0; N];
    hex::decode_to_slice(s, &mut out).ok()?;
    Some(out)
}

macro_rules! text_form {
    ($($ty:ty),*) => {$(
        impl Serialize for $ty {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $ty {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
        impl fmt::Debug for $ty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}
text_form!(InstallId, Dot);

impl fmt::Debug for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}
