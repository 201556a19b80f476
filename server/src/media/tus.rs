//! What tus 1.0 headers say. Pure.

use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter};
use sync_protocol::{
    InstallId,
    upload::{self, Promise},
};

use super::checksum::Checksum;
use crate::error::{ErrorCode, Problem};

/// The version spoken here.
pub const VERSION: &str = "1.0.0";
/// Extensions spoken here, as `Tus-Extension` lists them.
pub const EXTENSIONS: &str =
    "creation,creation-with-upload,creation-defer-length,checksum,concatenation,expiration,termination";
/// Where uploads begin.
pub const UPLOADS: &str = "/v1/media/uploads";
/// `Upload-Concat` of a part.
pub const PARTIAL: &str = "partial";
/// So many parts make one upload at most.
const MOST_PARTS: usize = 64;
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
        format!("{UPLOADS}/{self}")
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

/// `Upload-Length`, up to the largest photo; or `Upload-Defer-Length`, where it will be told later.
pub fn announced(length: Option<&str>, defer: Option<&str>, max_bytes: u64) -> Result<Option<u64>, Problem> {
    match (length, defer) {
        (Some(_), None) => check_length(number("Upload-Length", length)?, max_bytes).map(Some),
        (None, Some("1")) => Ok(None),
        _ => Err(bad("Either Upload-Length or Upload-Defer-Length: 1 must be there.")),
    }
}

/// Whether a file of that length is taken.
pub fn check_length(length: u64, max_bytes: u64) -> Result<u64, Problem> {
    match length {
        0 => Err(bad("A file has more than 0 bytes.")),
        n if n > max_bytes => Err(too_large(max_bytes)),
        n => Ok(n),
    }
}

/// `Upload-Offset`.
pub fn offset(header: Option<&str>) -> Result<u64, Problem> {
    number("Upload-Offset", header)
}

/// `Upload-Length` of a request that need not tell it.
pub fn length_told(header: Option<&str>) -> Result<Option<u64>, Problem> {
    header.map(|_| number("Upload-Length", header)).transpose()
}

fn number(name: &str, header: Option<&str>) -> Result<u64, Problem> {
    // `u64::from_str` takes "+1".
    let digits = header.filter(|h| h.bytes().all(|b| b.is_ascii_digit()));
    digits.and_then(|h| h.parse().ok()).ok_or_else(|| bad(format!("{name} must be a whole number.")))
}

/// What `Upload-Metadata` promises.
pub fn promise(metadata: Option<&str>) -> Result<Promise, Problem> {
    upload::promise(metadata.unwrap_or_default()).map_err(|why| bad(format!("Upload-Metadata: {why}")))
}

/// What an upload has to do with others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Concat {
    /// It is to be joined with others.
    Partial,
    /// It is these, joined.
    Final(Vec<UploadId>),
}

/// `Upload-Concat`. Addresses may be whole, or begin with the path.
pub fn concat(header: Option<&str>) -> Result<Option<Concat>, Problem> {
    let Some(text) = header else { return Ok(None) };
    if text == PARTIAL {
        return Ok(Some(Concat::Partial));
    }
    let Some(urls) = text.strip_prefix("final;") else {
        return Err(bad("Upload-Concat must be partial, or final; and the addresses of parts."));
    };
    let id = |url: &str| {
        let (server, rest) = url.split_once(UPLOADS)?;
        let id = rest.strip_prefix('/').and_then(UploadId::parse)?;
        (server.is_empty() || server.contains("://")).then_some(id)
    };
    let ids: Option<Vec<UploadId>> = urls.split_ascii_whitespace().take(MOST_PARTS + 1).map(id).collect();
    match ids.ok_or_else(|| bad("Upload-Concat names what is no upload here."))? {
        ids if ids.is_empty() => Err(bad("Upload-Concat names no part.")),
        ids if ids.len() > MOST_PARTS => {
            Err(bad(format!("An upload has {MOST_PARTS} parts at most.")).with("max", MOST_PARTS))
        }
        ids => Ok(Some(Concat::Final(ids))),
    }
}

/// Bytes on their way, as their request announces them.
#[derive(Debug, Clone, Default)]
pub struct Piece {
    /// Where they begin.
    pub offset: u64,
    /// How many there are, if it says so.
    pub brings: Option<u64>,
    /// The length of the whole, if it says so.
    pub length: Option<u64>,
    /// The upload ends where they end.
    pub last: bool,
    /// What they must come to.
    pub checksum: Option<Checksum>,
}

/// Whether they may come: at the place where the upload is, not past its end, its length being told once. Gives the length as it is
/// then known.
pub fn check_piece(at: u64, known: Option<u64>, max_bytes: u64, piece: &Piece) -> Result<Option<u64>, Problem> {
    if piece.offset != at {
        return Err(Problem::new(ErrorCode::WrongOffset, format!("The upload is at {at}.")).with("offset", at));
    }
    let end = piece.brings.map(|n| at.saturating_add(n));
    let told = piece.length.or(end.filter(|_| piece.last));
    let length = match (known, told) {
        (Some(known), Some(told)) if told != known => {
            let detail = format!("The upload announced {known} bytes; that does not change.");
            return Err(bad(detail).with("length", known));
        }
        (None, Some(told)) if told < at => {
            return Err(bad(format!("{at} bytes are here already.")).with("offset", at));
        }
        (None, Some(told)) => Some(check_length(told, max_bytes)?),
        _ => known,
    };
    match end {
        Some(end) if end > length.unwrap_or(max_bytes) => Err(past_end(length, max_bytes)),
        _ => Ok(length),
    }
}

/// There were more bytes than the upload announced, or, where it did not say how many, than any may have.
pub fn past_end(length: Option<u64>, max_bytes: u64) -> Problem {
    let Some(length) = length else { return too_large(max_bytes) };
    Problem::new(ErrorCode::PastLength, format!("The upload announced {length} bytes.")).with("length", length)
}

fn too_large(max_bytes: u64) -> Problem {
    let detail = format!("A file may have {max_bytes} bytes at most.");
    Problem::new(ErrorCode::PhotoTooLarge, detail).with("max", max_bytes)
}

fn bad(detail: impl Into<String>) -> Problem {
    Problem::new(ErrorCode::BadRequest, detail)
}

/// `Upload-Expires` for that time in ms.
pub fn expires(at_ms: i64) -> Option<String> {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&Timestamp::from_millisecond(at_ms).ok()?).ok()
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
        assert_eq!(announced(Some("100"), None, 100).unwrap(), Some(100));
        assert_eq!(announced(None, Some("1"), 100).unwrap(), None);
        assert_eq!(announced(Some("101"), None, 100).unwrap_err().code, ErrorCode::PhotoTooLarge);
        for (length, defer) in [(Some("0"), None), (Some("5"), Some("1")), (None, Some("2")), (None, None)] {
            assert_eq!(announced(length, defer, 100).unwrap_err().code, ErrorCode::BadRequest, "{length:?} {defer:?}");
        }
        assert!(length_told(None).unwrap().is_none() && length_told(Some("-5")).is_err());
    }

    fn piece(offset: u64, brings: Option<u64>) -> Piece {
        Piece { offset, brings, ..Piece::default() }
    }

    #[test]
    fn bytes_begin_where_the_upload_is_and_end_within_it() {
        let check = |offset, brings| check_piece(5, Some(10), 100, &piece(offset, brings)).map_err(|p| p.code);
        for good in [Some(5), Some(0), None] {
            assert_eq!(check(5, good), Ok(Some(10)));
        }
        assert_eq!(check(4, Some(1)), Err(ErrorCode::WrongOffset));
        assert_eq!(check(6, Some(1)), Err(ErrorCode::WrongOffset));
        assert_eq!(check(5, Some(6)), Err(ErrorCode::PastLength));
        assert_eq!(check(5, Some(u64::MAX)), Err(ErrorCode::PastLength));
    }

    #[test]
    fn a_length_is_told_once_and_is_true() {
        let check = |known, told, brings| {
            let piece = Piece { length: told, ..piece(5, brings) };
            check_piece(5, known, 100, &piece).map_err(|p| p.code)
        };
        assert_eq!(check(None, None, Some(95)), Ok(None));
        assert_eq!(check(None, None, Some(96)), Err(ErrorCode::PhotoTooLarge));
        assert_eq!(check(None, Some(20), Some(15)), Ok(Some(20)));
        assert_eq!(check(None, Some(20), Some(16)), Err(ErrorCode::PastLength));
        assert_eq!(check(None, Some(4), None), Err(ErrorCode::BadRequest), "more is here already");
        assert_eq!(check(None, Some(101), None), Err(ErrorCode::PhotoTooLarge));
        assert_eq!(check(Some(20), Some(20), None), Ok(Some(20)));
        for changed in [5, 19, 21, u64::MAX] {
            assert_eq!(check(Some(20), Some(changed), None), Err(ErrorCode::BadRequest), "{changed}");
        }
        let last =
            |known, brings| check_piece(5, known, 100, &Piece { last: true, ..piece(5, brings) }).map_err(|p| p.code);
        assert_eq!(last(None, Some(7)), Ok(Some(12)));
        assert_eq!(last(None, None), Ok(None));
        assert_eq!(last(Some(12), Some(7)), Ok(Some(12)));
        assert_eq!(last(Some(12), Some(6)), Err(ErrorCode::BadRequest), "it announced more than it has");
    }

    #[test]
    fn parts_are_named_by_address_and_are_few() {
        let (a, b) = (UploadId([1; 16]), UploadId([2; 16]));
        assert_eq!(concat(None).unwrap(), None);
        assert_eq!(concat(Some("partial")).unwrap(), Some(Concat::Partial));
        let both = format!("final;{} https://zhucun.example{}", a.url(), b.url());
        assert_eq!(concat(Some(&both)).unwrap(), Some(Concat::Final(vec![a, b])));
        for bad in ["", "partial;", "final", "final;", "final; ", "final;/etc/passwd", "final;..", "Final;x"] {
            assert_eq!(concat(Some(bad)).unwrap_err().code, ErrorCode::BadRequest, "{bad}");
        }
        let many = |n| format!("final;{}", vec![a.url(); n].join(" "));
        assert!(concat(Some(&many(64))).is_ok());
        assert_eq!(concat(Some(&many(65))).unwrap_err().extra["max"], 64);
    }

    #[test]
    fn times_are_written_as_http_does() {
        assert_eq!(expires(784_111_777_999).as_deref(), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
    }

    #[test]
    fn one_version_is_spoken() {
        assert!(check_version(Some("1.0.0")).is_ok());
        for other in [None, Some("0.2.2"), Some("1.0"), Some("")] {
            assert_eq!(check_version(other).unwrap_err().code, ErrorCode::TusVersion);
        }
    }
}
