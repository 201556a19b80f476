//! Roll calls (查岗).

use crate::place::{Place, VillageCode};

declare! {
    /// An inspector's record of whether one member was there. Evidence: a correction is proposed beside it.
    RollCall = "roll_call", version 1, id Own;
    lanes { Inspection: INSPECTORS; }
    fields {
        /// The visit.
        visit: Option<String> = Id, Once;
        /// The village.
        village: Option<VillageCode> = Village, Once;
        /// Who was called.
        person: Option<Place> = Person, Once;
        /// What the inspector found, or was told.
        state: Option<String> = Choice { of: &["seen", "absent", "on_leave", "away_on_duty"] }, Once;
        /// Remarks, such as who said so.
        note: Option<String> = NOTE, Once;
        /// How many of the team were there in all, as counted. Differing counts go to the office.
        head_count: Option<i64> = COUNT, Review;
    }
}
