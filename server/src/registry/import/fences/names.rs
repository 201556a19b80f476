//! Which village is meant: by its code, or by its name, or one it had, where that is unique in the district.

use std::collections::BTreeMap;

use mobile_schema::{VillageCode, kinds::place::read_former_name};

use crate::registry::import::{cells::code_fault, fault::Code, known::Known};

/// Endings that one list of villages has and another has not.
const ENDINGS: [&str; 6] = ["社区居民委员会", "村民委员会", "居民委员会", "村委会", "居委会", "村"];

/// The villages and communities of a district.
pub(super) struct Names<'k> {
    known: &'k Known,
    district: &'k str,
    by_name: BTreeMap<String, Vec<VillageCode>>,
}

impl<'k> Names<'k> {
    pub(super) fn of(known: &'k Known, district: &'k str) -> Self {
        let mut by_name: BTreeMap<String, Vec<VillageCode>> = BTreeMap::new();
        for (id, place) in known.all("place") {
            let village = VillageCode::parse(id).and_then(|village| known.village(district, village));
            let former = place.elements("former_names").into_iter().filter_map(read_former_name);
            for name in former.map(|(_, name)| name).chain(place.text("name")) {
                by_name.entry(plain(name)).or_default().extend(village);
            }
        }
        for villages in by_name.values_mut() {
            villages.sort_unstable();
            villages.dedup();
            // What a village became may go by its name.
            if villages.iter().any(|village| known.end_of(village.as_str()).is_none()) {
                villages.retain(|village| known.end_of(village.as_str()).is_none());
            }
        }
        Self { known, district, by_name }
    }

    /// The village of that code or name.
    pub(super) fn find(&self, said: &str) -> Result<VillageCode, Unmatched> {
        let none = |message: String| Unmatched::None(Code::UnknownVillage, message);
        if !said.chars().any(|c| c.is_alphabetic() && !c.is_ascii()) {
            if let Some((code, message)) = code_fault(said, 12) {
                return Err(Unmatched::None(code, message));
            }
            let village = VillageCode::parse(said).and_then(|village| self.known.village(self.district, village));
            return village.ok_or_else(|| none(format!("There is no village {said} in this district.")));
        }
        match self.by_name.get(&plain(said)).map_or(&[][..], Vec::as_slice) {
            [village] => Ok(*village),
            [] => Err(none(format!("There is no village named {said} in this district."))),
            several => {
                let codes: Vec<&str> = several.iter().map(VillageCode::as_str).collect();
                Err(Unmatched::Several(format!("{said} may be any of {}; say its code.", codes.join(", "))))
            }
        }
    }
}

/// Why it is not known which village is meant.
pub(super) enum Unmatched {
    /// It is none of the district's, or none is named.
    None(Code, String),
    /// It may be several.
    Several(String),
}

/// A name without what tells the committee from the village.
fn plain(name: &str) -> String {
    let name = name.trim();
    let stem = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).filter(|stem| !stem.is_empty());
    stem.unwrap_or(name).to_owned()
}
