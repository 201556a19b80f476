//! Grants (授权).

use crate::place::Place;
use crate::spec::Role;

declare! {
    /// A role at a place for a time, `from ≤ t < to`. It lies in the person's own scope.
    Grant = "grant", version 1, id Free, ruling;
    lanes { Own: SERVER_ONLY; }
    fields {
        /// Who.
        person: Option<Place> = Person, Office;
        /// As what.
        role: Option<Role> = ROLE, Office;
        /// Where, and everywhere below.
        place: Option<Place> = Place, Office;
        /// Since when.
        from: Option<i64> = Instant, Office;
        /// Until when, exclusive; open when missing.
        to: Option<i64> = Instant, Office;
        /// Why: the document that appoints them.
        note: Option<String> = NOTE, Office;
    }
}
