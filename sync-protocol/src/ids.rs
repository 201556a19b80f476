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

/// What the server's tables call a record by: its *neighbourhood*, four bytes, and then its key (`PROTOCOL.md`, section 2), which is hash and so
/// as good as random. Records that were made one after the other have one neighbourhood and so lie side by side in every index, however
/// many others there are: taking in a visit writes to a few pages of each, and not to one for each record.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordKey(pub [u8; 20]);

impl RecordKey {
    /// The key of that record.
    pub fn of(scope: &str, kind: &str, id: &str) -> Self {
        let hash = sha256(&[scope.as_bytes(), b"\n", kind.as_bytes(), b"\n", id.as_bytes()]);
        let mut key = [0; 20];
        key[..4].copy_from_slice(&neighbourhood(id).unwrap_or([hash[0], hash[1], hash[2], hash[3]]));
        key[4..].copy_from_slice(&hash[..16]);
        Self(key)
    }

    /// Without the neighbourhood: the first 16 bytes of SHA-256 of `scope \n kind \n id`.
    pub fn hash(&self) -> [u8; 16] {
        self.0[4..].try_into().expect("16 of 20 bytes")
    }
}

/// What is alike, and grows, in ids made one after the other: of evidence the install and the higher part of its count (in base 36), of a
/// UUIDv7 the higher part of its time, which is a minute. None of ids that are not made in order.
fn neighbourhood(id: &str) -> Option<[u8; 4]> {
    if let Some((install, count)) = id.split_once('.') {
        let InstallId(install) = install.parse().ok()?;
        let [.., high, low] = (u64::from_str_radix(count, 36).ok()? >> 5).to_be_bytes();
        return Some([install[0], install[1], high, low]);
    }
    (id.len() == 36 && id.as_bytes()[14] == b'7').then(|| lower_hex(id.get(..8)?)).flatten()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn neighbours(ids: &[&str]) -> bool {
        let keys: Vec<RecordKey> = ids.iter().map(|id| RecordKey::of("440811070201/presence", "fix", id)).collect();
        keys.windows(2).all(|two| two[0].0[..4] == two[1].0[..4] && two[0].hash() != two[1].hash())
    }

    #[test]
    fn what_was_made_one_after_the_other_lies_side_by_side() {
        let own = |count: &str| format!("{}.{count}", "9f".repeat(16));
        assert!(neighbours(&[&own("0"), &own("v")]) && !neighbours(&[&own("v"), &own("w")]));
        assert!(RecordKey::of("s", "fix", &own("z")) < RecordKey::of("s", "fix", &own("100")), "as numbers");
        assert!(neighbours(&["017f22e2-79b0-7fff-bfff-ffffffffffff", "017f22e2-ffff-7000-8000-000000000000"]));
        assert!(
            !neighbours(&["017f22e2-79b0-8fff-bfff-ffffffffffff", "017f22e2-ffff-8000-8000-000000000000"]),
            "hashes"
        );
    }

    #[test]
    fn any_id_has_a_key() {
        for id in ["", ".", "a.b", "xééééééy7ééééééééééx", &format!("{}.{}", "9f".repeat(16), "z".repeat(90))]
        {
            let key = RecordKey::of("s", "k", id);
            assert_eq!(key.0[..4], key.hash()[..4]);
        }
    }
}
