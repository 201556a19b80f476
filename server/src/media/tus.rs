//! What tus 1.0 headers say. Pure.

use sync_protocol::{Hash, InstallId, upload};

use crate::error::{ErrorCode, Problem};

/// The version spoken here.
pub const VERSION: &str = "1.0.0";
/// Extensions spoken here, as `Tus-Extension` lists them.
pub const EXTENSIONS: &str = "creation,termination";
/// The type of a `PATCH` body.
pub const CONTENT_TYPE: &str = "application/offset+octet-stream";

/// The name of an upload: 16 random bytes, written as 32 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UploadId(pub [u8; 16]);

impl UploadId {
    /// The id so written. Nothing else passes, so an id can be a file's name.
    pub fn parse(text: &str) -> Option<Self> {
        // An install is written in the same form.
        text.parse().ok().map(|InstallId(bytes)| Self(bytes))
    }

    /// Where it is reached.
    pub fn url(self) -> String {
        format!("/v1/media/uploads/{self}")
    }
}

impl std::fmt::Display for UploadId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// Whether `Tus-Resumable` names the version spoken here.
pub fn check_version(header: Option<&str>) -> Result<(), Problem> {
    match header {
        Some(VERSION) => Ok(()),
        Some(_) => Err(Problem::new(ErrorCode::TusVersion, "Tus-Resumable must be 1.0.0.")),
        None => Err(Problem::new(ErrorCode::TusVersion, "Tus-Resumable is missing; it must be 1.0.0.")),
    }
}

/// `Upload-Length`, up to the largest photo.
pub fn length(header: Option<&str>, max_bytes: u64) -> Result<u64, Problem> {
    match number("Upload-Length", header)? {
        0 => Err(Problem::new(ErrorCode::BadRequest, "Upload-Length must be above 0.")),
        n if n > max_bytes => {
            let detail = format!("A file may have {max_bytes} bytes at most.");
            Err(Problem::new(ErrorCode::PhotoTooLarge, detail).with("max", max_bytes))
        }
        n => Ok(n),
    }
}

/// `Upload-Offset`.
pub fn offset(header: Option<&str>) -> Result<u64, Problem> {
    number("Upload-Offset", header)
}

fn number(name: &str, header: Option<&str>) -> Result<u64, Problem> {
    // `u64::from_str` takes "+1".
    let digits = header.filter(|h| h.bytes().all(|b| b.is_ascii_digit()));
    digits
        .and_then(|h| h.parse().ok())
        .ok_or_else(|| Problem::new(ErrorCode::BadRequest, format!("{name} must be a whole number.")))
}

/// The hash that `Upload-Metadata` promises.
pub fn promised_hash(metadata: Option<&str>) -> Result<Hash, Problem> {
    let promised = upload::promised_hash(metadata.unwrap_or_default());
    promised.map_err(|why| Problem::new(ErrorCode::BadRequest, format!("Upload-Metadata: {why}")))
}

/// Whether a `PATCH` may begin: at the place where the upload is, and, if it says how much it brings, not past its end.
pub fn check_place(at: u64, length: u64, claimed: u64, brings: Option<u64>) -> Result<(), Problem> {
    if claimed != at {
        return Err(wrong_offset(at));
    }
    match brings.and_then(|n| claimed.checked_add(n)) {
        Some(end) if end > length => Err(past_length(length)),
        None if brings.is_some() => Err(past_length(length)),
        _ => Ok(()),
    }
}

/// The upload is there.
pub fn wrong_offset(at: u64) -> Problem {
    Problem::new(ErrorCode::WrongOffset, format!("The upload is at {at}.")).with("offset", at)
}

/// The upload announced so many bytes.
pub fn past_length(length: u64) -> Problem {
    Problem::new(ErrorCode::PastLength, format!("The upload announced {length} bytes.")).with("length", length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_nothing_but_32_hex_digits() {
        assert!(UploadId::parse("9f86d081884c7d659a2feaa0c55ad015").is_some());
        for bad in [
            "",
            "..",
            "../../../../../../../../../../../x",
            "9F86D081884C7D659A2FEAA0C55AD015",
            "9f86d081884c7d659a2feaa0c55ad01/",
        ] {
            assert!(UploadId::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn numbers_are_digits() {
        assert_eq!(offset(Some("0")).unwrap(), 0);
        for bad in
            [None, Some(""), Some("-1"), Some("+1"), Some("1.0"), Some("0x1"), Some(" 1"), Some("99999999999999999999")]
        {
            assert_eq!(offset(bad).unwrap_err().code, ErrorCode::BadRequest, "{bad:?}");
        }
        assert_eq!(length(Some("100"), 100).unwrap(), 100);
        assert_eq!(length(Some("101"), 100).unwrap_err().code, ErrorCode::PhotoTooLarge);
        assert_eq!(length(Some("0"), 100).unwrap_err().code, ErrorCode::BadRequest);
    }

    #[test]
    fn a_patch_begins_where_the_upload_is_and_ends_within_it() {
        assert!(check_place(5, 10, 5, Some(5)).is_ok());
        assert!(check_place(5, 10, 5, None).is_ok());
        assert!(check_place(10, 10, 10, Some(0)).is_ok());
        assert_eq!(check_place(5, 10, 4, Some(1)).unwrap_err().code, ErrorCode::WrongOffset);
        assert_eq!(check_place(5, 10, 6, Some(1)).unwrap_err().code, ErrorCode::WrongOffset);
        assert_eq!(check_place(5, 10, 5, Some(6)).unwrap_err().code, ErrorCode::PastLength);
        assert_eq!(check_place(5, 10, 5, Some(u64::MAX)).unwrap_err().code, ErrorCode::PastLength);
    }

    #[test]
    fn one_version_is_spoken() {
        assert!(check_version(Some("1.0.0")).is_ok());
        for other in [None, Some("0.2.2"), Some("1.0"), Some("")] {
            assert_eq!(check_version(other).unwrap_err().code, ErrorCode::TusVersion);
        }
    }
}
