//! What the office asks a member about a day.

use crate::place::Place;

declare! {
    /// The office's question on a member's day, and the member's answer. It decides nothing. Its id is derived from person and day.
    Inquiry = "inquiry", version 1, id Derived;
    lanes { Own: OVER_PEOPLE; }
    fields {
        /// Whose day.
        person: Option<Place> = Person, Office;
        /// Which day.
        day: Option<String> = Date, Office;
        /// What the office asks.
        question: Option<String> = PROSE, Office;
        /// What the member says to it.
        answer: Option<String> = PROSE, Single;
        /// Photos that go with it, by hash.
        photos: Vec<String> = Sha256, Set;
    }
}
