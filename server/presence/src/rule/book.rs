//! Which rule holds where and when.

use std::{collections::BTreeMap, sync::Arc};

use jiff::civil::Date;
use serde::{Serialize, Serializer, ser::SerializeStruct as _};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{
    Rule,
    check::{self, Fault},
    holidays::Holidays,
};
use crate::day::parse;

/// A rule as a record has it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Where it holds: a district, town or village.
    pub place: String,
    /// Its name at that place.
    pub id: String,
    /// First day.
    pub from: String,
    /// Last day; open where missing.
    pub to: Option<String>,
    /// The document.
    pub body: Value,
}

/// A rule that days are judged by.
#[derive(Debug, Clone, PartialEq)]
pub struct Ruling {
    /// `<place>/<id>`; that of no record is `default`.
    pub name: String,
    /// SHA-256 of what it says, in hex.
    pub digest: String,
    /// What it says.
    pub rule: Rule,
}

/// Into the hash of a day's inputs goes which rule it is, and the hash of what it says.
impl Serialize for Ruling {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Ruling", 2)?;
        out.serialize_field("name", &self.name)?;
        out.serialize_field("digest", &self.digest)?;
        out.end()
    }
}

impl Ruling {
    /// A rule by its name.
    pub fn new(name: String, rule: Rule) -> Self {
        let document = serde_json::to_vec(&rule).expect("a rule serialises");
        Self { name, digest: hex::encode(Sha256::digest(document)), rule }
    }
}

impl Default for Ruling {
    fn default() -> Self {
        Self::new("default".to_owned(), Rule::default())
    }
}

/// From which day to which a ruling holds at a place.
#[derive(Debug, Clone)]
struct Held {
    from: Date,
    to: Option<Date>,
    ruling: Arc<Ruling>,
}

/// All rules, by place.
#[derive(Debug, Clone, Default)]
pub struct Book {
    at: BTreeMap<String, Vec<Held>>,
    /// Districts of a town.
    districts: BTreeMap<String, Vec<String>>,
    holidays: Holidays,
    fallback: Arc<Ruling>,
}

impl Book {
    /// Of these entries and holiday calendars, where a district has these towns. What is not sound is left out and given back.
    pub fn of(
        entries: Vec<Entry>,
        calendars: &[Value],
        districts: impl IntoIterator<Item = (String, Vec<String>)>,
    ) -> (Self, Vec<(String, Vec<Fault>)>) {
        let mut book = Self::default();
        let mut unsound = Vec::new();
        for (district, towns) in districts {
            for town in towns {
                book.districts.entry(town).or_default().push(district.clone());
            }
        }
        for entry in entries {
            let name = format!("{}/{}", entry.place, entry.id);
            match (check::read(&entry.body), parse(&entry.from)) {
                (Ok(rule), Some(from)) => {
                    let ruling = Arc::new(Ruling::new(name, rule));
                    let held = Held { from, to: entry.to.as_deref().and_then(parse), ruling };
                    book.at.entry(entry.place).or_default().push(held);
                }
                (Err(faults), _) => unsound.push((name, faults)),
                (Ok(_), None) => {}
            }
        }
        for calendar in calendars {
            match check::read_holidays(calendar) {
                Ok(document) => drop(book.holidays.add(&document)),
                Err(faults) => unsound.push(("holidays".to_owned(), faults)),
            }
        }
        (book, unsound)
    }

    /// The same with one rule more, at that place for good: to try what it would change.
    #[must_use]
    pub fn with(&self, place: &str, rule: Rule) -> Self {
        let mut book = self.clone();
        let ruling = Arc::new(Ruling::new(format!("{place}/tried"), rule));
        book.at.insert(place.to_owned(), vec![Held { from: Date::MIN, to: None, ruling }]);
        book
    }

    /// The rule of a village on a day: the village's own, else its town's, else its district's, else the default. Of several of one place
    /// that which began last; then the greatest name.
    pub fn on(&self, village: &str, day: Date) -> &Arc<Ruling> {
        let town = village.get(..9).unwrap_or(village);
        let districts = self.districts.get(town).into_iter().flatten().map(String::as_str);
        [village, town]
            .into_iter()
            .chain(districts)
            .find_map(|place| self.of_place(place, day))
            .unwrap_or(&self.fallback)
    }

    fn of_place(&self, place: &str, day: Date) -> Option<&Arc<Ruling>> {
        let holds = |held: &&Held| held.from <= day && held.to.is_none_or(|to| day <= to);
        let held = self.at.get(place)?.iter().filter(holds);
        held.max_by(|a, b| (a.from, &a.ruling.name).cmp(&(b.from, &b.ruling.name))).map(|held| &held.ruling)
    }

    /// The ruling that says what has this hash, wherever and whenever it holds.
    pub fn by_digest(&self, digest: &str) -> Option<&Arc<Ruling>> {
        let held = self.at.values().flatten().map(|held| &held.ruling);
        held.chain([&self.fallback]).find(|ruling| ruling.digest == digest)
    }

    /// Public holidays.
    pub fn holidays(&self) -> &Holidays {
        &self.holidays
    }

    /// How long after midnight a piece can still be of the night before, by any of the rules, in minutes.
    pub fn longest_night_minutes(&self) -> u16 {
        let rulings = self.at.values().flatten().map(|held| &held.ruling);
        rulings.filter_map(|ruling| Some(ruling.rule.day.night?.to.minutes)).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(place: &str, id: &str, from: &str, to: Option<&str>, days: u16) -> Entry {
        Entry {
            place: place.into(),
            id: id.into(),
            from: from.into(),
            to: to.map(Into::into),
            body: json!({"floor": {"days": days, "per": "month"}}),
        }
    }

    #[test]
    fn the_narrowest_place_and_the_latest_beginning_hold() {
        let entries = vec![
            entry("zjedz", "a", "2026-01-01", None, 20),
            entry("zjedz", "b", "2026-06-01", Some("2026-06-30"), 15),
            entry("440811070", "t", "2026-03-15", None, 22),
            entry("440811070201", "v", "2027-01-01", None, 10),
            Entry { body: json!({"floor": 3}), ..entry("zjedz", "broken", "2026-02-01", None, 1) },
        ];
        let (book, unsound) =
            Book::of(entries, &[], [("zjedz".to_owned(), vec!["440811070".to_owned(), "440811071".to_owned()])]);
        assert_eq!(unsound.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["zjedz/broken"]);
        let on = |village: &str, day: &str| book.on(village, parse(day).unwrap()).name.clone();
        assert_eq!(on("440811070201", "2026-03-14"), "zjedz/a");
        assert_eq!(on("440811070201", "2026-03-15"), "440811070/t");
        assert_eq!(on("440811070201", "2027-01-01"), "440811070201/v");
        assert_eq!([on("440811071200", "2026-06-30"), on("440811071200", "2026-07-01")], ["zjedz/b", "zjedz/a"]);
        assert_eq!([on("440811071200", "2025-12-31"), on("110101001001", "2026-06-30")], ["default", "default"]);
        assert_eq!(
            book.with("zjedz", Rule::default()).on("440811071200", parse("2026-06-30").unwrap()).name,
            "zjedz/tried"
        );
    }

    #[test]
    fn a_ruling_is_told_by_what_it_says() {
        let (one, two) = (
            Ruling::default(),
            Ruling::new(
                "default".into(),
                Rule {
                    floor: Some(crate::rule::Floor { days: 20, per: crate::rule::Period::Month }),
                    ..Rule::default()
                },
            ),
        );
        assert_ne!(one.digest, two.digest);
        assert_eq!(serde_json::to_value(&one).unwrap(), json!({"name": "default", "digest": one.digest}));
    }
}
