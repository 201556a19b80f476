//! Places: divisions and districts.

use crate::check::is_date;
use crate::place::{Place, VillageCode};

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
        /// Its code now, where it was given another. Its id, and so its scopes, stay what they were.
        code: Option<VillageCode> = Village, Office;
        /// Names it had, each behind the last day on which it held: `2026-03-31 调文村委会`. A day takes eleven characters.
        former_names: Vec<String> = Text { max: 111 }, Set;
        /// Last day on which it was a village of its own; open while it is.
        to: Option<String> = Date, Office;
        /// The village that it was merged into (撤并), from the day after on.
        successor: Option<VillageCode> = Village, Office;
        /// Made by the demo: invented, and to be shown as such.
        demo: Option<bool> = Bool, Office;
    }
}

/// An element of `former_names`, of a name that held to the end of that day.
pub fn former_name(last_day: &str, name: &str) -> String {
    format!("{last_day} {name}")
}

/// The last day and the name that an element of `former_names` says; nothing of one that is not of the form.
pub fn read_former_name(element: &str) -> Option<(&str, &str)> {
    element.split_once(' ').filter(|(day, name)| is_date(day) && !name.is_empty())
}

/// The name of a place on a day, `YYYY-MM-DD`: of its former names the first that still held, else its name now.
pub fn name_on<'n>(name: Option<&'n str>, former: impl IntoIterator<Item = &'n str>, day: &str) -> Option<&'n str> {
    // Days are written so that they sort as texts.
    let held = former.into_iter().filter_map(read_former_name).filter(|(last, _)| day <= *last);
    held.min().map(|(_, name)| name).or(name)
}
