//! Public holidays: the body of a record of kind `rule` with key `holidays`, as the State Council publishes them for each year.

use std::collections::BTreeSet;

use jiff::{ToSpan as _, civil::Date};
use serde::{Deserialize, Serialize};

use super::{Required, Season, Weekday};
use crate::day::parse;

/// The key of these rules.
pub const KEY: &str = "holidays";
/// More days than any holiday has are a slip.
const LONGEST_DAYS: usize = 31;

/// Days off and days worked instead.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Days off: `YYYY-MM-DD`, or `YYYY-MM-DD/YYYY-MM-DD`.
    pub off: Vec<String>,
    /// Saturdays and Sundays that are worked (调休).
    #[serde(default)]
    pub work: Vec<String>,
    /// Where it is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// Known holidays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holidays {
    off: BTreeSet<Date>,
    work: BTreeSet<Date>,
}

/// Whether one must be there, and if not why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// One must.
    Required,
    /// Not on that day of the week.
    DayOfRest,
    /// A public holiday.
    Holiday,
    /// Outside the seasons.
    OffSeason,
}

impl Holidays {
    /// Adds what a document says; gives what of it is no day.
    pub fn add(&mut self, document: &Document) -> Vec<String> {
        let mut not = Vec::new();
        let mut read = |texts: &[String], days: &mut BTreeSet<Date>| {
            for text in texts {
                match stretch(text) {
                    Some(stretch) => days.extend(stretch),
                    None => not.push(text.clone()),
                }
            }
        };
        read(&document.off, &mut self.off);
        read(&document.work, &mut self.work);
        not
    }

    /// Days that are both off and worked.
    pub fn contradictions(&self) -> Vec<Date> {
        self.off.intersection(&self.work).copied().collect()
    }

    /// Whether anything is known of that year.
    pub fn know(&self, year: i16) -> bool {
        self.off.iter().any(|day| day.year() == year)
    }

    /// Whether that day asks for presence.
    pub fn need(&self, required: &Required, day: Date) -> Need {
        if !required.seasons.is_empty() && !required.seasons.iter().any(|season| season.holds(day)) {
            return Need::OffSeason;
        }
        if !required.public_holidays {
            if self.off.contains(&day) {
                return Need::Holiday;
            }
            if self.work.contains(&day) {
                return Need::Required;
            }
        }
        if required.weekdays.contains(&Weekday::of(day)) { Need::Required } else { Need::DayOfRest }
    }
}

/// The days that a text names.
fn stretch(text: &str) -> Option<Vec<Date>> {
    let (first, last) = text.split_once('/').unwrap_or((text, text));
    let (first, last) = (parse(first)?, parse(last)?);
    let days: Vec<Date> = first.series(1.day()).take_while(|day| *day <= last).take(LONGEST_DAYS + 1).collect();
    (!days.is_empty() && days.len() <= LONGEST_DAYS).then_some(days)
}

impl Season {
    /// Whether the day lies in it.
    pub fn holds(&self, day: Date) -> bool {
        let (from, to) = ((self.from.month, self.from.day), (self.to.month, self.to.day));
        let on = (day.month(), day.day());
        if from <= to { (from..=to).contains(&on) } else { on >= from || on <= to }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        parse(text).unwrap()
    }

    fn of_2026() -> Holidays {
        let mut known = Holidays::default();
        let not = known.add(&serde_json::from_str(include_str!("../../rules/holidays-2026.json")).unwrap());
        assert!(not.is_empty() && known.contradictions().is_empty(), "{not:?}");
        known
    }

    #[test]
    fn a_weekend_that_is_worked_is_a_day_like_others_where_holidays_are_off() {
        use Weekday::{Fri, Mon, Thu, Tue, Wed};
        let office = Required { weekdays: vec![Mon, Tue, Wed, Thu, Fri], public_holidays: false, seasons: vec![] };
        let known = of_2026();
        let need = |text| known.need(&office, day(text));
        assert_eq!(
            [need("2026-02-17"), need("2026-02-14"), need("2026-02-15")],
            [Need::Holiday, Need::Required, Need::Holiday]
        );
        assert_eq!([need("2026-03-07"), need("2026-03-09")], [Need::DayOfRest, Need::Required]);
        assert_eq!(known.need(&Required::default(), day("2026-02-17")), Need::Required);
        assert!(known.know(2026) && !known.know(2027));
    }

    #[test]
    fn a_season_may_go_over_new_year() {
        let winter = Season { from: "11-15".parse().unwrap(), to: "02-29".parse().unwrap() };
        let required = Required { seasons: vec![winter], ..Required::default() };
        let need = |text| Holidays::default().need(&required, day(text));
        assert_eq!([need("2026-11-15"), need("2027-02-28"), need("2028-02-29")], [Need::Required; 3]);
        assert_eq!([need("2026-11-14"), need("2027-03-01")], [Need::OffSeason; 2]);
    }

    #[test]
    fn what_is_no_day_is_told() {
        let mut known = Holidays::default();
        let texts = ["2026-02-30", "2026-01-03/2026-01-01", "2026-01-01/2026-12-31", "soon"].map(str::to_owned);
        assert_eq!(known.add(&Document { off: texts.to_vec(), ..Document::default() }), texts);
    }
}
