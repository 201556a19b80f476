//! What jobs of this feature are about. Pure.
//!
//! | kind | subject | what is done |
//! |---|---|---|
//! | `match_picture` | SHA-256 of a picture that was opened or is gone | it is compared with all others; what is alike is written down |
//! | `photo_signals` | `photo\|<key>\|<sha256>…` | the signals of that photo are derived, and what `bytes` says of each |
//! | | `bytes\|<sha256>` | of the photos that have these bytes, and of those whose pictures look alike |
//! | | `record\|<key>` | of the photos of that record, and, if it is a visit, of all its photos |
//! | | `person\|<person>\|<hour since 1970>` | of the photos that the person took about then |
//! | | `village\|<code>` | of the village's photos |

use crate::{
    attendance::day::{HOUR_MS, Span},
    storage::jobs::JobKey,
};

/// See the module.
pub const MATCH_PICTURE: &str = "match_picture";
/// See the module.
pub const PHOTO_SIGNALS: &str = "photo_signals";

/// A picture came, or went.
pub fn picture(sha256: &[u8]) -> JobKey {
    JobKey { kind: MATCH_PICTURE, subject: hex::encode(sha256) }
}

/// A photo's record changed, which promises these bytes: one job, since a visit brings many photos.
pub fn photo<'a>(record: &[u8], bytes: impl Iterator<Item = &'a Vec<u8>>) -> JobKey {
    let names: Vec<String> = std::iter::once(hex::encode(record)).chain(bytes.map(hex::encode)).collect();
    about("photo", names.join("|"))
}

/// What is known of bytes changed.
pub fn bytes(sha256: &[u8]) -> JobKey {
    about("bytes", hex::encode(sha256))
}

/// A record changed, of which there may be photos.
pub fn record(key: &[u8]) -> JobKey {
    about("record", hex::encode(key))
}

/// A person's fix of that time changed. One of which the hour is not known says nothing of any photo.
pub fn fix(person: &str, span: Span) -> Option<JobKey> {
    let (lo, hi) = span.closed().filter(|(lo, hi)| hi - lo <= HOUR_MS)?;
    Some(about("person", format!("{person}|{}", middle(lo, hi).div_euclid(HOUR_MS))))
}

/// The middle of a span.
pub fn middle(lo_ms: i64, hi_ms: i64) -> i64 {
    lo_ms + (hi_ms - lo_ms) / 2
}

/// A village's boundary changed.
pub fn village(code: &str) -> JobKey {
    about("village", code.to_owned())
}

/// The scope of the visits to which belongs what lies in that scope: what inspectors take in homes has a lane of its own, and their visits do not.
pub fn visit_scope(scope: &str) -> String {
    match scope.strip_suffix("/household") {
        Some(place) => format!("{place}/inspection"),
        None => scope.to_owned(),
    }
}

fn about(what: &str, which: String) -> JobKey {
    JobKey { kind: PHOTO_SIGNALS, subject: format!("{what}|{which}") }
}

/// What a subject of `photo_signals` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A photo's record, and the bytes that it promises.
    Photo(Vec<u8>, Vec<Vec<u8>>),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A record of which there may be photos.
    Record(Vec<u8>),
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
            "photo" => {
                let mut names = which.split('|').map(|name| hex::decode(name).ok());
                Some(Self::Photo(names.next()??, names.collect::<Option<_>>()?))
            }
            "bytes" => key().map(Self::Bytes),
            "record" => key().map(Self::Record),
            "person" => {
                let (person, hour) = which.rsplit_once('|')?;
                let from_ms = hour.parse::<i64>().ok()?.checked_mul(HOUR_MS)?;
                // A fix says where photos within half an hour of it were taken.
                Some(Self::Person(person.to_owned(), from_ms - HOUR_MS, from_ms + 2 * HOUR_MS))
            }
            "village" => Some(Self::Village(which.to_owned())),
            _ => None,
        }
    }
}
