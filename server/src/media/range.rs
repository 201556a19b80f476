//! Which bytes a request asks for (RFC 9110, sections 13 and 14). Pure.

use std::ops::Range;

/// What to answer with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// All of it: 200.
    Whole,
    /// These bytes: 206.
    Slice(Range<u64>),
    /// The range does not lie in the bytes: 416.
    Unsatisfiable,
}

/// The part that a `Range` header asks for. What is not understood, and several ranges at once, are answered with the whole, as the
/// RFC allows.
pub fn part(header: Option<&str>, size: u64) -> Part {
    let Some((first, last)) = header.and_then(|h| h.trim().strip_prefix("bytes=")).and_then(|h| h.split_once('-'))
    else {
        return Part::Whole;
    };
    let (first, last) = (first.trim(), last.trim());
    match (number(first), number(last)) {
        (Some(from), _) if last.is_empty() => slice(from, size, size),
        (Some(from), Some(to)) if from <= to => slice(from, to.saturating_add(1), size),
        (None, Some(suffix)) if first.is_empty() => match suffix {
            0 => Part::Unsatisfiable,
            n => slice(size.saturating_sub(n), size, size),
        },
        _ => Part::Whole,
    }
}

fn slice(from: u64, end: u64, size: u64) -> Part {
    if from < size { Part::Slice(from..end.min(size)) } else { Part::Unsatisfiable }
}

/// Digits, as many as there are: what no file reaches is still a number.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

/// Whether an `If-None-Match` header names this tag.
pub fn is_known(if_none_match: Option<&str>, etag: &str) -> bool {
    if_none_match.is_some_and(|h| h.split(',').map(str::trim).any(|t| t == "*" || t.trim_start_matches("W/") == etag))
}

/// Whether a `Range` counts: an `If-Range` header, where there is one, must name this tag.
pub fn is_current(if_range: Option<&str>, etag: &str) -> bool {
    if_range.is_none_or(|h| h.trim() == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        for (header, expected) in [
            ("bytes=0-0", Part::Slice(0..1)),
            ("bytes=10-19", Part::Slice(10..20)),
            ("bytes=90-", Part::Slice(90..100)),
            ("bytes=-10", Part::Slice(90..100)),
            ("bytes=-1000", Part::Slice(0..100)),
            ("bytes=50-99999999999999999999999", Part::Slice(50..100)),
            ("bytes=100-", Part::Unsatisfiable),
            ("bytes=100-200", Part::Unsatisfiable),
            ("bytes=-0", Part::Unsatisfiable),
            ("bytes=20-10", Part::Whole),
            ("bytes=0-1,5-6", Part::Whole),
            ("bytes=a-b", Part::Whole),
            ("bytes=-", Part::Whole),
            ("bytes=+1-2", Part::Whole),
            ("lines=1-2", Part::Whole),
            ("", Part::Whole),
        ] {
            assert_eq!(part(Some(header), 100), expected, "{header}");
        }
        assert_eq!(part(None, 100), Part::Whole);
    }

    #[test]
    fn tags() {
        assert!(is_known(Some("\"a\", W/\"b\""), "\"b\""));
        assert!(is_known(Some("*"), "\"b\""));
        assert!(!is_known(Some("\"a\""), "\"b\""));
        assert!(!is_known(None, "\"b\""));
        assert!(is_current(None, "\"b\""));
        assert!(!is_current(Some("\"a\""), "\"b\""));
    }
}
