//! Installs and their keys.

use crate::place::Place;
use serde::Deserialize;
use serde_json::Value;

declare! {
    /// An install: one enrolment of one phone for one person, or a server process. Its id is the install.
    Enrolment = "enrolment", version 1, id Free, ruling;
    lanes { Own: SERVER_ONLY; }
    fields {
        /// Whose it is.
        person: Option<Place> = Person, Office;
        /// Whether it is a phone or a server process.
        role: Option<String> = Choice { of: &["phone", "server"] }, Office;
        /// Public key: a compressed P-256 point in base64url, 44 characters.
        key: Option<String> = Text { max: 44 }, Office;
        /// The certificate as given to the phone (`PROTOCOL.md`, section 11). It has about 500 bytes.
        certificate: Option<Value> = Json { max_bytes: 4_096 }, Office;
        /// Name and version of the app that enrolled.
        app: Option<String> = NAME, Office;
        /// From when on nothing it captures counts: the phone was handed back, or the person left.
        ended: Option<i64> = Instant, Office;
        /// Up to where its lines count: the phone was lost. `{"seq":n,"head":"<64 hex digits>"}`; see [`Lost`].
        lost: Option<Value> = Json { max_bytes: 200 }, Office;
    }
}

/// The last line of a lost phone that is known to be its owner's.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Lost {
    /// Its seq; 0 if no line is.
    pub seq: u64,
    /// The head of the chain after it, as 64 hex digits.
    pub head: String,
}

impl Enrolment {
    /// Up to where the lines of a lost phone count.
    pub fn lost(&self) -> Option<Lost> {
        Lost::deserialize(self.lost.as_ref()?).ok()
    }
}
