//! What bytes are, as their beginning shows. Names and types that clients give are never trusted. Pure.

use zhucun_pictures::Kind;
pub use zhucun_pictures::kind::LOOKS_AT;

/// For all that is not known to be safe to show.
pub const UNKNOWN: &str = "application/octet-stream";

/// The media types that are served as what they are, with the endings for their file names.
const SHOWN: [(&str, &str); 4] =
    [("image/jpeg", "jpg"), ("image/png", "png"), ("image/webp", "webp"), ("image/heic", "heic")];

/// One of the types that a browser may show, or [`UNKNOWN`]. Whether the rest of the file keeps the promise of its beginning is a matter
/// for who decodes it; a browser that is told `image/jpeg` and `nosniff` runs nothing.
pub fn media_type(head: &[u8]) -> &'static str {
    Kind::of(head).map_or(UNKNOWN, Kind::media_type)
}

/// The type and file ending to serve something as that was found to be `media_type`.
pub fn served_as(media_type: &str) -> (&'static str, Option<&'static str>) {
    SHOWN.iter().find(|(t, _)| *t == media_type).map_or((UNKNOWN, None), |(t, ending)| (t, Some(ending)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_told_from_what_only_says_so() {
        assert_eq!(media_type(b"\xff\xd8\xff\xe0\0\x10JFIF"), "image/jpeg");
        assert_eq!(media_type(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "image/png");
        assert_eq!(media_type(b"RIFF\x10\0\0\0WEBPVP8 "), "image/webp");
        assert_eq!(media_type(b"\0\0\0\x18ftypheic\0\0\0\0"), "image/heic");
        for other in [
            &b""[..],
            b"<svg xmlns=",
            b"<html><script>",
            b"GIF89a",
            b"RIFF\x10\0\0\0WAVE",
            b"\0\0\0\x18ftypmp42",
            b"\xff\xd8",
        ] {
            assert_eq!(media_type(other), UNKNOWN);
        }
    }

    #[test]
    fn only_listed_types_are_served_as_such() {
        assert_eq!(served_as("image/jpeg"), ("image/jpeg", Some("jpg")));
        for other in ["text/html", "image/svg+xml", "", "image/jpeg\r\nX: y"] {
            assert_eq!(served_as(other), (UNKNOWN, None));
        }
    }
}
