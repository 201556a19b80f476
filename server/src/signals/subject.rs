//! What jobs of this feature are about. Pure.
//!
//! | kind | subject | what is done |
//! |---|---|---|
//! | `match_picture` | SHA-256 of a picture that was opened or is gone | it is compared with all others; what is alike is written down |
//! | `photo_signals` | `photo\|<key>` | the signals of that photo are derived |
//! | | `bytes\|<sha256>` | of the photos that have these bytes, and of those whose pictures look alike |
//! | | `of\|<scope>\|<kind>\|<id>` | of the photos of that record, and, if it is a visit, of all its photos |
//! | | `person\|<person>\|<hour since 1970>` | of the photos that the person took about then |
//! | | `village\|<code>` | of the village's photos |

use sync_protocol::RecordKey;

use zhucun_presence::day::{HOUR_MS, Span};

use crate::storage::jobs::JobKey;

/// See the module.
pub const MATCH_PICTURE: &str = "match_picture";
/// See the module.
pub const PHOTO_SIGNALS: &str = "photo_signals";

/// A picture came, or went.
pub fn picture(sha256: &[u8]) -> JobKey {
    JobKey { kind: MATCH_PICTURE, subject: hex::encode(sha256) }
}

/// A photo's record changed.
pub fn photo(record: &[u8]) -> JobKey {
    about("photo", hex::encode(record))
}

/// A record changed of which there may be photos, or a photo of it came: of the many that a visit brings, one job.
pub fn of(scope: &str, kind: &str, id: &str) -> JobKey {
    about("of", format!("{}|{kind}|{id}", scope_of(scope, kind)))
}

/// The scope of what a photo of that scope is of: what inspectors take in homes has a lane of its own, and their visits do not.
fn scope_of(scope: &str, kind: &str) -> String {
    match scope.strip_suffix("/household") {
        Some(place) if kind != "household" => format!("{place}/inspection"),
        _ => scope.to_owned(),
    }
}

/// The record that a photo of that scope is of.
pub fn key_of(scope: &str, kind: &str, id: &str) -> RecordKey {
    RecordKey::of(&scope_of(scope, kind), kind, id)
}

/// What is known of bytes changed.
pub fn bytes(sha256: &[u8]) -> JobKey {
    about("bytes", hex::encode(sha256))
}

/// A person's fix of that time is gone. One of which the hour is not known says nothing of any photo.
pub fn fix(person: &str, span: Span) -> Option<JobKey> {
    hour_of(span).map(|hour| about("person", format!("{person}|{hour}")))
}

/// In which hour since 1970 a fix was taken, if that is known.
pub fn hour_of(span: Span) -> Option<i64> {
    let (lo, hi) = span.closed().filter(|(lo, hi)| hi - lo <= HOUR_MS)?;
    Some(middle(lo, hi).div_euclid(HOUR_MS))
}

/// From when to before when photos were taken about which fixes of that hour say something, ms.
pub fn around_hour(hour: i64) -> Option<(i64, i64)> {
    // A fix says where photos within half an hour of it were taken.
    let from_ms = hour.checked_mul(HOUR_MS)?;
    Some((from_ms - HOUR_MS, from_ms + 2 * HOUR_MS))
}

/// The middle of a span.
pub fn middle(lo_ms: i64, hi_ms: i64) -> i64 {
    lo_ms + (hi_ms - lo_ms) / 2
}

/// A village's boundary changed.
pub fn village(code: &str) -> JobKey {
    about("village", code.to_owned())
}

fn about(what: &str, which: String) -> JobKey {
    JobKey { kind: PHOTO_SIGNALS, subject: format!("{what}|{which}") }
}

/// What a subject of `photo_signals` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A photo's record.
    Photo(Vec<u8>),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A record of which there may be photos: its key, kind and id.
    Of(RecordKey, String, String),
    /// A person, and from when to before when they took photos, ms.
    Person(String, i64, i64),
    /// A village.
    Village(String),
}

impl Subject {
    /// From its text.
    pub fn parse(text: &str) -> Option<Self> {
        let (what, which) = text.split_once('|')?;
        let key = || hex::decode(which).ok();
        match what {
            // An earlier version named the bytes behind it.
            "photo" => hex::decode(which.split('|').next()?).ok().map(Self::Photo),
            "bytes" => key().map(Self::Bytes),
            "of" => {
                let mut parts = which.splitn(3, '|');
                let (scope, kind, id) = (parts.next()?, parts.next()?, parts.next()?);
                Some(Self::Of(RecordKey::of(scope, kind, id), kind.to_owned(), id.to_owned()))
            }
            "person" => {
                let (person, hour) = which.rsplit_once('|')?;
                let (from_ms, end_ms) = around_hour(hour.parse().ok()?)?;
                Some(Self::Person(person.to_owned(), from_ms, end_ms))
            }
            "village" => Some(Self::Village(which.to_owned())),
            _ => None,
        }
    }
}
