//! What the office took note of.

use serde_json::Value;

use crate::place::Place;

declare! {
    /// That the office took note that newer code judges a member's day otherwise than older code did, or that the member and others always record at the
    /// same time and place. Its id is derived from person and day. Not ruling.
    Acknowledgement = "acknowledgement", version 1, id Derived;
    lanes { Own: SERVER_ONLY; }
    fields {
        /// Whose day.
        person: Option<Place> = Person, Office;
        /// Which day.
        day: Option<String> = Date, Office;
        /// Up to which version of the code.
        engine: Option<i64> = COUNT, Office;
        /// Who moves as one with the member, and on how many days by then.
        as_one: Option<Value> = Json { max_bytes: 4_096 }, Office;
        /// What the office says to it.
        reason: Option<String> = NOTE, Office;
    }
}
