//! Ids that two people arrive at apart.

use sha2::{Digest, Sha256};

/// The id of a record of a [derived](crate::IdRule::Derived) kind: a UUIDv8 (RFC 9562) from the first 16 bytes of the SHA-256
/// of the kind's name and these parts, joined by line feeds (`PROTOCOL.md`, section 2).
///
/// ```
/// let id = mobile_schema::derived_id("review", &["zjedz.p.m-0012", "2026-03-02"]);
/// assert_eq!(id, "cf7fb809-bb9a-8c1c-abc1-e118fda6fccd");
/// ```
pub fn derived_id(kind: &str, parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    hash.update(kind);
    for part in parts {
        hash.update("\n");
        hash.update(part);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut id = String::with_capacity(36);
    for (i, byte) in bytes.into_iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            id.push('-');
        }
        for digit in [byte >> 4, byte & 15] {
            id.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
        }
    }
    id
}
