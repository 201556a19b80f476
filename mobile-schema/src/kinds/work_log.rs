//! Work logs.

use crate::place::{Place, VillageCode};

declare! {
    /// What a member did on a day. Its id is a UUIDv7 made on the phone.
    WorkLog = "work_log", version 1, id Free;
    lanes { Presence: TEAM; }
    fields {
        /// Who.
        person: Option<Place> = Person, Single;
        /// Where.
        village: Option<VillageCode> = Village, Single;
        /// Which day.
        day: Option<String> = Date, Single;
        /// What was done.
        text: Option<String> = PROSE, Single;
        /// Photos, by hash.
        photos: Vec<String> = Sha256, Set;
    }
}
