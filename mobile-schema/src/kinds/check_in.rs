//! Check-ins (签到).

use crate::place::{Place, VillageCode};

declare! {
    /// A scheduled clock-in. Off unless a rule with its legal basis asks for it; a record is taken all the same.
    CheckIn = "check_in", version 1, id Own;
    lanes { Presence: TEAM; }
    fields {
        /// Who.
        person: Option<Place> = Person, Once;
        /// Where.
        village: Option<VillageCode> = Village, Once;
        /// Which window of the rule, by its key.
        window: Option<String> = WORD, Once;
        /// The fix taken with it.
        fix: Option<String> = Id, Once;
    }
}
