//! Visits (走访).

use crate::place::{Place, VillageCode};

declare! {
    /// One trip of an inspector or a member to a place. Its id is a UUIDv7 made on the phone.
    Visit = "visit", version 1, id Free;
    lanes { Presence: TEAM; Inspection: INSPECTORS; }
    fields {
        /// Who.
        person: Option<Place> = Person, Single;
        /// The village visited.
        place: Option<VillageCode> = Village, Single;
        /// What for.
        purpose: Option<String> = NOTE, Single;
        /// The campaign it belongs to.
        campaign: Option<String> = Id, Single;
        /// When it began, by the phone's wall clock: shown, and decides nothing.
        started: Option<i64> = Instant, Single;
        /// When it ended, likewise.
        ended: Option<i64> = Instant, Single;
        /// Who came along.
        companions: Vec<Place> = Person, Set;
        /// Remarks.
        note: Option<String> = PROSE, Single;
    }
}
