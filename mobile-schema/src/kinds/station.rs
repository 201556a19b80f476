//! Stations (驻点).

use crate::place::{Place, VillageCode};

declare! {
    /// A member's posting to a village for a time, `from ≤ t < to`. It gives the role member, or lead, there.
    Station = "station", version 1, id Free, ruling;
    lanes { Roster: SERVER_ONLY; }
    fields {
        /// Who.
        person: Option<Place> = Person, Office;
        /// The record of the team.
        team: Option<String> = Id, Office;
        /// Where.
        village: Option<VillageCode> = Village, Office;
        /// Whether they lead the team (队长).
        lead: Option<bool> = Bool, Office;
        /// Since when.
        from: Option<i64> = Instant, Office;
        /// Until when, exclusive; open when missing.
        to: Option<i64> = Instant, Office;
    }
}
