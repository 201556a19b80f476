//! Work teams stationed in villages (驻村工作队).

use crate::place::{Place, VillageCode};

declare! {
    /// A work team. Who is in it, and since when, is in the stations.
    Team = "team", version 1, id Free, ruling;
    lanes { Roster: SERVER_ONLY; }
    fields {
        /// Name in Chinese.
        name: Option<String> = NAME, Office;
        /// Name in English or pinyin.
        name_en: Option<String> = NAME, Office;
        /// The village it is stationed in.
        village: Option<VillageCode> = Village, Office;
        /// The unit that sent it.
        unit: Option<Place> = Place, Office;
        /// Made by the demo.
        demo: Option<bool> = Bool, Office;
    }
}
