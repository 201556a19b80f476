//! Village cadres (村干部).

use crate::place::VillageCode;

declare! {
    /// A cadre of a village or hamlet: inspected, and no user of the system.
    Cadre = "cadre", version 1, id Free;
    lanes { Roster: SERVER_ONLY; }
    fields {
        /// Name.
        name: Option<String> = NAME, Office;
        /// Village.
        village: Option<VillageCode> = Village, Office;
        /// Post, such as 村支书.
        post: Option<String> = NAME, Office;
    }
}
