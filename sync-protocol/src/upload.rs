//! What an upload promises: the metadata `sha256` of tus 1.0 (`PROTOCOL.md`, section 14).

use base64::{
    Engine as _,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use crate::ids::{Hash, lower_hex};

/// tus asks for padded base64; some clients leave the padding out, and nothing is ambiguous without it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Why `Upload-Metadata` promises nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPromise {
    /// There is no `sha256`, or more than one.
    #[error("sha256, the promised hash, must be there once.")]
    NotOnce,
    /// It is no hash.
    #[error("sha256 must be 64 hex digits, in base64.")]
    NoHash,
}

/// `Upload-Metadata` that promises bytes of that hash, which stands there as 64 hex digits.
pub fn metadata(sha256: &str) -> String {
    format!("sha256 {}", BASE64.encode(sha256))
}

/// The promised hash: `sha256` in `Upload-Metadata`, its 64 hex digits in base64. All other metadata is only a client's talk (a file
/// name above all), and is not looked at.
pub fn promised_hash(metadata: &str) -> Result<Hash, NoPromise> {
    let mut values = metadata
        .split(',')
        .map(|pair| pair.trim().split_once(' ').unwrap_or((pair.trim(), "")))
        .filter(|(key, _)| *key == "sha256");
    let (Some((_, value)), None) = (values.next(), values.next()) else { return Err(NoPromise::NotOnce) };
    BASE64
        .decode(value.trim())
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| lower_hex(&text.to_ascii_lowercase()))
        .ok_or(NoPromise::NoHash)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    fn b64(text: &str) -> String {
        base64::engine::general_purpose::STANDARD.encode(text)
    }

    #[test]
    fn the_promised_hash_is_found_among_what_stock_clients_send() {
        let expected: Hash = lower_hex(HASH).unwrap();
        let name = b64("../../etc/passwd");
        let hash = b64(HASH);
        assert_eq!(metadata(HASH), format!("sha256 {hash}"));
        for metadata in [
            format!("sha256 {hash}"),
            format!("filename {name},filetype aW1hZ2UvanBlZw==,sha256 {hash}"),
            format!("is_confidential, sha256 {hash} , path {name}"),
            format!("sha256 {}", hash.trim_end_matches('=')),
            format!("sha256 {}", b64(&HASH.to_uppercase())),
        ] {
            assert_eq!(promised_hash(&metadata), Ok(expected), "{metadata}");
        }
    }

    #[test]
    fn what_is_no_hash_is_none() {
        for (metadata, why) in [
            (String::new(), NoPromise::NotOnce),
            ("sha256".to_owned(), NoPromise::NoHash),
            (format!("sha256 {HASH}x"), NoPromise::NoHash),
            (format!("sha256 {}", b64("../../etc/passwd")), NoPromise::NoHash),
            (format!("sha256 {}", b64(&HASH[..63])), NoPromise::NoHash),
            (format!("sha256 {}", b64(&format!("../{}", &HASH[3..]))), NoPromise::NoHash),
            (format!("SHA256 {}", b64(HASH)), NoPromise::NotOnce),
            (format!("sha256 {0},sha256 {0}", b64(HASH)), NoPromise::NotOnce),
            (",,, ,".to_owned(), NoPromise::NotOnce),
        ] {
            assert_eq!(promised_hash(&metadata), Err(why), "{metadata}");
        }
    }
}
