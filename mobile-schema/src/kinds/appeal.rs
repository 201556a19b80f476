//! Appeals against a verdict.

use crate::place::Place;

declare! {
    /// A member's objection to the verdict on a day, and the office's answer. Its id is derived from person and day.
    Appeal = "appeal", version 1, id Derived;
    lanes { Own: OVER_PEOPLE; }
    fields {
        /// Whose day.
        person: Option<Place> = Person, Single;
        /// Which day.
        day: Option<String> = Date, Single;
        /// What the member says.
        text: Option<String> = PROSE, Single;
        /// Photos, by hash.
        photos: Vec<String> = Sha256, Set;
        /// Whether the office agrees.
        answer: Option<String> = Choice { of: &["upheld", "rejected"] }, Office;
        /// What the office says to it.
        answer_text: Option<String> = PROSE, Office;
        /// What a second person agreed that the answer is: to reject takes two (four eyes).
        second: Option<String> = Choice { of: &["upheld", "rejected"] }, Office;
    }
}
