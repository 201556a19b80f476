//! Duty away from the village.

use crate::place::Place;

declare! {
    /// A meeting, training or errand for the village. Reported beforehand it counts as in the village; when the office could
    /// know of it is in `received`. Its id is a UUIDv7 made on the phone.
    DutyAway = "duty_away", version 1, id Free;
    lanes { Own: OVER_PEOPLE; }
    fields {
        /// Who.
        person: Option<Place> = Person, Single;
        /// What for.
        kind: Option<String> = Choice { of: &["meeting", "training", "errand"] }, Single;
        /// Since when.
        from: Option<i64> = Instant, Single;
        /// Until when, exclusive.
        to: Option<i64> = Instant, Single;
        /// Where to, in words.
        r#where: Option<String> = NOTE, Single;
        /// Why.
        reason: Option<String> = NOTE, Single;
        /// What the town or the office decided.
        approval: Option<String> = APPROVAL, Office;
        /// Who decided.
        approved_by: Option<Place> = Person, Office;
        /// What they said to it.
        approval_note: Option<String> = NOTE, Office;
    }
}
