//! Checksums of what one request brings: `Upload-Checksum` of tus, `Content-Digest` and `Repr-Digest` (RFC 9530) of its successor.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use sync_protocol::Hash;

use crate::error::{ErrorCode, Problem};

/// What is taken, as `Tus-Checksum-Algorithm` lists it.
pub const ALGORITHMS: &str = "sha1,sha256";

/// What the bytes must come to, and what they have come to so far.
#[derive(Debug, Clone)]
pub struct Checksum {
    expected: Vec<u8>,
    hasher: Hasher,
}

#[derive(Debug, Clone)]
enum Hasher {
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Checksum {
    /// `Upload-Checksum`: the algorithm, and the sum in base64.
    pub fn of_tus(header: &str) -> Result<Self, Problem> {
        let bad = |detail: &str| Problem::new(ErrorCode::BadRequest, format!("Upload-Checksum: {detail}"));
        let (name, sum) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
        let (hasher, length) = match name {
            "sha1" => (Hasher::Sha1(Sha1::new()), 20),
            "sha256" => (Hasher::Sha256(Sha256::new()), 32),
            _ => return Err(bad("the algorithm must be sha1 or sha256.")),
        };
        let expected = STANDARD.decode(sum.trim()).ok().filter(|sum| sum.len() == length);
        expected.map(|expected| Self { expected, hasher }).ok_or_else(|| bad("the sum must be there, in base64."))
    }

    /// That SHA-256.
    pub fn of_sha256(hash: Hash) -> Self {
        Self { expected: hash.to_vec(), hasher: Hasher::Sha256(Sha256::new()) }
    }

    /// More bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.hasher {
            Hasher::Sha1(hasher) => hasher.update(bytes),
            Hasher::Sha256(hasher) => hasher.update(bytes),
        }
    }

    /// Whether they are those.
    pub fn holds(self) -> bool {
        match self.hasher {
            Hasher::Sha1(hasher) => hasher.finalize()[..] == self.expected,
            Hasher::Sha256(hasher) => hasher.finalize()[..] == self.expected,
        }
    }
}

/// The SHA-256 in a `Content-Digest` or `Repr-Digest`; none if there is none, other algorithms may stand beside it.
pub fn digest(header: &str) -> Result<Option<Hash>, Problem> {
    let sums = header.split(',').filter_map(|pair| pair.trim().split_once('='));
    let Some((_, sum)) = sums.into_iter().find(|(name, _)| *name == "sha-256") else { return Ok(None) };
    let inner = sum.strip_prefix(':').and_then(|sum| sum.strip_suffix(':'));
    let hash = inner.and_then(|sum| STANDARD.decode(sum).ok()).and_then(|sum| sum.try_into().ok());
    hash.map(Some)
        .ok_or_else(|| Problem::new(ErrorCode::BadRequest, "sha-256 of a digest is 32 bytes in base64 between colons."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_holds_for_its_bytes_alone() {
        // Of "abc", from FIPS 180.
        for header in ["sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", "sha256 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="] {
            let of = |pieces: &[&str]| {
                let mut checksum = Checksum::of_tus(header).unwrap();
                pieces.iter().for_each(|piece| checksum.update(piece.as_bytes()));
                checksum.holds()
            };
            assert!(of(&["abc"]) && of(&["a", "", "bc"]), "{header}");
            assert!(!of(&["abd"]) && !of(&[]), "{header}");
        }
        for bad in [
            "",
            "sha1",
            "md5 kAFQmDzST7DWlj99KOF/cg==",
            "sha1 ????",
            "sha1 kAFQmDzST7DWlj99KOF/cg==",
            "SHA1 qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
        ] {
            assert_eq!(Checksum::of_tus(bad).unwrap_err().code, ErrorCode::BadRequest, "{bad}");
        }
    }

    #[test]
    fn a_digest_is_found_among_others() {
        let hash = sync_protocol::ids::sha256(&[b"abc"]);
        let good = "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:";
        assert_eq!(digest(good).unwrap(), Some(hash));
        assert_eq!(digest(&format!("sha-512=:AAAA:, {good}")).unwrap(), Some(hash));
        assert_eq!(digest("sha-512=:AAAA:").unwrap(), None);
        for bad in ["sha-256=AAAA", "sha-256=:AAAA:", "sha-256=:?:"] {
            assert_eq!(digest(bad).unwrap_err().code, ErrorCode::BadRequest, "{bad}");
        }
    }
}
