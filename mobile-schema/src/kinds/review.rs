//! Reviews of presence by the office.

use crate::place::Place;

declare! {
    /// The office's word on a member's day, over the derived verdict. Its id is derived from person and day. Not ruling: an
    /// operator's mistake can be refused like any other.
    Review = "review", version 1, id Derived;
    lanes { Own: SERVER_ONLY; }
    fields {
        /// Whose day.
        person: Option<Place> = Person, Office;
        /// Which day.
        day: Option<String> = Date, Office;
        /// What it counts as.
        verdict: Option<String> = Choice {
            of: &["present", "away_counted", "on_leave", "absent", "unconfirmed", "not_required"]
        }, Office;
        /// Why, for the member to read.
        reason: Option<String> = NOTE, Office;
        /// What a second person agreed that it counts as: a word against the member holds once somebody else says the same (four eyes).
        second: Option<String> = Choice {
            of: &["present", "away_counted", "on_leave", "absent", "unconfirmed", "not_required"]
        }, Office;
    }
}
