//! What an upload promises: the metadata of tus 1.0 (`PROTOCOL.md`, section 14).

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

/// What an upload promises to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promise {
    /// The SHA-256 of its bytes.
    pub sha256: Hash,
    /// The id of the photo record that names them; none where any will do.
    pub record: Option<String>,
    /// As what that record names them; none where either will do.
    pub rendition: Option<Rendition>,
}

/// The two files of a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rendition {
    /// As the camera made it.
    Original,
    /// Small, and sent first.
    Preview,
}

/// What a photo record, or an operation on it, says of its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The id of the record.
    pub record: String,
    /// The hash of its original.
    pub original: Option<Hash>,
    /// The hash of its preview.
    pub preview: Option<Hash>,
}

/// Why `Upload-Metadata` promises nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPromise {
    /// There is no `sha256`, or more than one.
    #[error("sha256, the promised hash, must be there once.")]
    NotOnce,
    /// It is no hash.
    #[error("sha256 must be 64 hex digits, in base64.")]
    NoHash,
    /// `record` or `rendition` is there more than once, or is no text.
    #[error("record and rendition, where given, must be there once, as text in base64.")]
    NoText,
    /// No such rendition.
    #[error("rendition must be original or preview.")]
    NoRendition,
}

impl From<Hash> for Promise {
    fn from(sha256: Hash) -> Self {
        Self { sha256, record: None, rendition: None }
    }
}

impl Promise {
    /// Whether what is named there is what is promised here.
    pub fn is_of(&self, named: &Named) -> bool {
        let is = |hash: Option<Hash>| hash == Some(self.sha256);
        self.record.as_ref().is_none_or(|record| *record == named.record)
            && match self.rendition {
                Some(Rendition::Original) => is(named.original),
                Some(Rendition::Preview) => is(named.preview),
                None => is(named.original) || is(named.preview),
            }
    }
}

/// `Upload-Metadata` that promises bytes of that hash, which stands there as 64 hex digits.
pub fn metadata(sha256: &str) -> String {
    format!("sha256 {}", BASE64.encode(sha256))
}

/// What `Upload-Metadata` promises: `sha256` (64 hex digits), perhaps `record` and `rendition`, each in base64. All other metadata is only
/// a client's talk (a file name above all), and is not looked at.
pub fn promise(metadata: &str) -> Result<Promise, NoPromise> {
    let value = one(metadata, "sha256").ok().flatten().ok_or(NoPromise::NotOnce)?;
    let sha256 = text(value).and_then(|text| lower_hex(&text.to_ascii_lowercase())).ok_or(NoPromise::NoHash)?;
    let optional = |key| one(metadata, key)?.map(|value| text(value).ok_or(NoPromise::NoText)).transpose();
    let rendition = match optional("rendition")?.as_deref() {
        None => None,
        Some("original") => Some(Rendition::Original),
        Some("preview") => Some(Rendition::Preview),
        Some(_) => return Err(NoPromise::NoRendition),
    };
    Ok(Promise { sha256, record: optional("record")?, rendition })
}

/// The value of that key, as it stands there.
fn one<'m>(metadata: &'m str, key: &str) -> Result<Option<&'m str>, NoPromise> {
    let pairs = metadata.split(',').map(|pair| pair.trim().split_once(' ').unwrap_or((pair.trim(), "")));
    let mut values = pairs.filter(|(name, _)| *name == key).map(|(_, value)| value.trim());
    let first = values.next();
    if values.next().is_some() { Err(NoPromise::NoText) } else { Ok(first) }
}

fn text(value: &str) -> Option<String> {
    BASE64.decode(value).ok().and_then(|bytes| String::from_utf8(bytes).ok())
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
            assert_eq!(promise(&metadata), Ok(expected.into()), "{metadata}");
        }
    }

    #[test]
    fn a_promise_may_name_the_record_and_as_what_it_names_the_bytes() {
        let hash: Hash = lower_hex(HASH).unwrap();
        let promised = |rest: &str| promise(&format!("{}{rest}", metadata(HASH)));
        let narrow = promised(&format!(",record {},rendition {}", b64("ab.p-1"), b64("preview"))).unwrap();
        let record = |id: &str, original, preview| Named { record: id.into(), original, preview };
        assert!(narrow.is_of(&record("ab.p-1", None, Some(hash))));
        assert!(!narrow.is_of(&record("ab.p-2", None, Some(hash))), "another record");
        assert!(!narrow.is_of(&record("ab.p-1", Some(hash), None)), "as the original");
        let wide = promised("").unwrap();
        assert!(wide.is_of(&record("ab.p-2", Some(hash), None)) && wide.is_of(&record("ab.p-2", None, Some(hash))));
        assert!(!wide.is_of(&record("ab.p-2", Some([1; 32]), None)));
        let original = promised(&format!(",rendition {}", b64("original"))).unwrap();
        assert!(original.is_of(&record("x", Some(hash), None)) && !original.is_of(&record("x", None, Some(hash))));
        for (rest, why) in [
            (format!(",rendition {}", b64("thumbnail")), NoPromise::NoRendition),
            (",rendition".to_owned(), NoPromise::NoRendition),
            (format!(",record {0},record {0}", b64("ab.p-1")), NoPromise::NoText),
            (",record ????".to_owned(), NoPromise::NoText),
        ] {
            assert_eq!(promised(&rest), Err(why), "{rest}");
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
            assert_eq!(promise(&metadata), Err(why), "{metadata}");
        }
    }
}
