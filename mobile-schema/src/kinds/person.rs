//! People who act in the system.

use crate::place::Place;

declare! {
    /// A person: member, inspector, member of the office. Its id is its place name. What they may do is in grants and stations.
    Person = "person", version 1, id Free, ruling;
    lanes { Roster: SERVER_ONLY; }
    fields {
        /// Name in Chinese.
        name: Option<String> = NAME, Office;
        /// Name in English or pinyin.
        name_en: Option<String> = NAME, Office;
        /// The unit that employs them.
        unit: Option<Place> = Place, Office;
        /// Telephone at work. Everyone who reads the roster reads it, so it is optional.
        phone: Option<String> = WORD, Office;
        /// Made by the demo.
        demo: Option<bool> = Bool, Office;
    }
}
