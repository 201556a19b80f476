//! Responsible units (责任单位).

use crate::place::Place;

declare! {
    /// A public body that answers for support to villages, sends work teams, evaluates itself and rectifies. Its id is its
    /// place name.
    Unit = "unit", version 1, id Free, ruling;
    lanes { Roster: SERVER_ONLY; }
    fields {
        /// Name in Chinese.
        name: Option<String> = NAME, Office;
        /// Name in English or pinyin.
        name_en: Option<String> = NAME, Office;
        /// The leader who answers for it.
        leader: Option<Place> = Person, Office;
        /// Villages it is responsible for.
        villages: Vec<crate::place::VillageCode> = Village, Set;
        /// Made by the demo.
        demo: Option<bool> = Bool, Office;
    }
}
