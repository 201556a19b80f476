//! Places: divisions and districts.

use crate::place::Place;

declare! {
    /// A division or a district. Its id is its code or name. A district is a named set of towns, so that a zone can govern
    /// towns that the statistics office files under another county.
    PlaceRecord = "place", version 1, id Free, ruling;
    lanes { Roster: SERVER_ONLY; }
    fields {
        /// Name in Chinese, as the statistics office writes it.
        name: Option<String> = NAME, Office;
        /// Name in English or pinyin.
        name_en: Option<String> = NAME, Office;
        /// What it is. A community is a residents' committee (居委会), a village a villagers' committee (村委会).
        level: Option<String> = Choice { of: &["district", "town", "village", "community", "hamlet"] }, Office;
        /// Of a district: the nine-digit codes of its towns.
        towns: Vec<String> = Place, Set;
        /// The place it lies in, where its code does not tell.
        parent: Option<Place> = Place, Office;
        /// Whether campaigns may draw it. Communities are not inspected.
        inspected: Option<bool> = Bool, Office;
        /// Whether it is a relatively poor village (相对贫困村).
        poor: Option<bool> = Bool, Office;
        /// Made by the demo: invented, and to be shown as such.
        demo: Option<bool> = Bool, Office;
    }
}
