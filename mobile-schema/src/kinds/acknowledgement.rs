//! What the office took note of.

use crate::place::Place;

declare! {
    /// That the office took note that newer code judges a member's day otherwise than older code did. Its id is derived from person and day. Not ruling.
    Acknowledgement = "acknowledgement", version 1, id Derived;
    lanes { Own: SERVER_ONLY; }
    fields {
        /// Whose day.
        person: Option<Place> = Person, Office;
        /// Which day.
        day: Option<String> = Date, Office;
        /// Up to which version of the code.
        engine: Option<i64> = COUNT, Office;
        /// What the office says to it.
        reason: Option<String> = NOTE, Office;
    }
}
