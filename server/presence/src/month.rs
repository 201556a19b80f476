//! A member's month against what the rule asks for.

use std::{collections::BTreeMap, fmt};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    approval::{Standing, standing},
    day::{self, parse},
    decide::Verdict,
    inputs::{DayInputs, Leave},
    rule::{Period, Rule},
};

/// A month of the calendar, written `YYYY-MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Month(Date);

impl Month {
    /// The one in which that day lies.
    pub fn of(day: Date) -> Self {
        Self(day.first_of_month())
    }

    /// The one that is written so.
    pub fn parse(text: &str) -> Option<Self> {
        parse(&format!("{text}-01")).map(Self)
    }

    /// Its first day.
    pub fn first(self) -> Date {
        self.0
    }

    /// Its last day.
    pub fn last(self) -> Date {
        self.0.last_of_month()
    }

    /// Its days.
    pub fn days(self) -> Vec<Date> {
        day::days(self.first(), self.last())
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

/// One day of a member.
#[derive(Debug, Clone, Copy)]
pub struct Day<'a> {
    /// Which.
    pub date: Date,
    /// What it counts as.
    pub verdict: Verdict,
    /// The rule of that day; none where there was no station.
    pub rule: Option<&'a Rule>,
    /// Of a day on leave: its kind.
    pub leave: Option<&'a str>,
}

impl<'a> Day<'a> {
    /// A day that was decided; none if it is no day.
    pub fn of(inputs: &'a DayInputs, verdict: Verdict) -> Option<Self> {
        let rule = (!inputs.stations.is_empty()).then_some(&inputs.ruling.rule);
        let approved = |leave: &&Leave| standing(&inputs.ruling.rule.leave, leave) == Standing::Approved;
        let leave = inputs.leaves.iter().find(approved).and_then(|leave| leave.kind.as_deref());
        Some(Self { date: parse(&inputs.day)?, verdict, rule, leave })
    }
}

/// A member's days, added up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Sums {
    /// In the village.
    pub present: u32,
    /// Away and counted.
    pub away_counted: u32,
    /// On approved leave.
    pub on_leave: u32,
    /// Not in the village.
    pub absent: u32,
    /// To be decided, or nothing known.
    pub unconfirmed: u32,
    /// Not asked for.
    pub not_required: u32,
    /// How many days are asked for; none where the rule asks for no number.
    pub floor: Option<u32>,
    /// How many are missing to that.
    pub short: Option<u32>,
}

impl Sums {
    /// With those of another member. What is missing to a floor is missing to each by themselves: one's surplus makes up for nobody.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        let both = |a: Option<u32>, b: Option<u32>| match (a, b) {
            (None, None) => None,
            (a, b) => Some(a.unwrap_or_default() + b.unwrap_or_default()),
        };
        Self {
            present: self.present + other.present,
            away_counted: self.away_counted + other.away_counted,
            on_leave: self.on_leave + other.on_leave,
            absent: self.absent + other.absent,
            unconfirmed: self.unconfirmed + other.unconfirmed,
            not_required: self.not_required + other.not_required,
            floor: both(self.floor, other.floor),
            short: both(self.short, other.short),
        }
    }
}

/// Adds up the days.
///
/// The floor is that of each day's rule in proportion: a month of 30 days of which a rule with a floor of 20 held for 15 asks for 10, and so
/// does half a month of station. Fractions are dropped, in favour of the member. Days of leave that lower the floor lower it by one each.
pub fn sums<'a>(days: impl IntoIterator<Item = Day<'a>>) -> Sums {
    let mut sums = Sums::default();
    // By denominator, so that no fraction is ever rounded.
    let mut asked: BTreeMap<u32, u32> = BTreeMap::new();
    let (mut any, mut lowered) = (false, 0);
    for day in days {
        match day.verdict {
            Verdict::Present => sums.present += 1,
            Verdict::AwayCounted => sums.away_counted += 1,
            Verdict::OnLeave => sums.on_leave += 1,
            Verdict::Absent => sums.absent += 1,
            Verdict::Unconfirmed => sums.unconfirmed += 1,
            Verdict::NotRequired => sums.not_required += 1,
        }
        let Some(rule) = day.rule else { continue };
        if let Some(floor) = rule.floor {
            any = true;
            let length = match floor.per {
                Period::Month => u32::from(day.date.days_in_month().unsigned_abs()),
                Period::Year => u32::from(day.date.days_in_year().unsigned_abs()),
            };
            *asked.entry(length).or_default() += u32::from(floor.days);
        }
        let lowers = day.leave.is_some_and(|kind| rule.leave.lowers_floor.iter().any(|lowers| lowers == kind));
        if day.verdict == Verdict::OnLeave && lowers {
            lowered += 1;
        }
    }
    if any {
        // To a thousandth of a day; thirty thirtieths must not come to less than one for want of a digit.
        let thousandths: u64 =
            asked.iter().map(|(of, days)| u64::from(*days) * 1_000_000 / u64::from(*of)).sum::<u64>() / 1_000;
        let floor = u32::try_from((thousandths + 1) / 1_000).unwrap_or(u32::MAX).saturating_sub(lowered);
        sums.floor = Some(floor);
        sums.short = Some(floor.saturating_sub(sums.present + sums.away_counted));
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Floor;

    #[test]
    fn a_month_is_read_as_it_is_written() {
        let leap = Month::parse("2028-02").unwrap();
        assert_eq!((leap.to_string().as_str(), leap.days().len()), ("2028-02", 29));
        assert_eq!(Month::of(leap.last()), leap);
        assert!(["2026-13", "2026-2", "2026-02-01", ""].iter().all(|text| Month::parse(text).is_none()));
    }

    fn rule(days: u16, per: Period) -> Rule {
        Rule { floor: Some(Floor { days, per }), ..Rule::default() }
    }

    fn month<'a>(year: i16, month: i8, of: impl Fn(i8) -> (Verdict, Option<&'a Rule>, Option<&'a str>)) -> Sums {
        let last = Date::new(year, month, 1).unwrap().days_in_month();
        sums((1..=last).map(|n| {
            let (verdict, rule, leave) = of(n);
            Day { date: Date::new(year, month, n).unwrap(), verdict, rule, leave }
        }))
    }

    #[test]
    fn a_whole_month_asks_for_the_whole_floor_whatever_its_length() {
        let twenty = rule(20, Period::Month);
        for (year, n) in [(2026, 1), (2026, 2), (2028, 2), (2026, 4)] {
            let sums =
                month(year, n, |day| (if day <= 18 { Verdict::Present } else { Verdict::Absent }, Some(&twenty), None));
            assert_eq!((sums.floor, sums.short), (Some(20), Some(2)), "{year}-{n}");
        }
    }

    #[test]
    fn a_rule_that_changes_in_the_middle_asks_in_proportion() {
        let (twenty, ten) = (rule(20, Period::Month), rule(10, Period::Month));
        let of = |day| (Verdict::Present, Some(if day <= 15 { &twenty } else { &ten }), None);
        assert_eq!(month(2026, 4, of).floor, Some(15));
        // A station from the 11th on: two thirds, of 20 thirteen and a fraction that is dropped.
        let of =
            |day| if day <= 10 { (Verdict::NotRequired, None, None) } else { (Verdict::Present, Some(&twenty), None) };
        assert_eq!((month(2026, 4, of).floor, month(2026, 4, of).not_required), (Some(13), 10));
        assert_eq!(month(2026, 4, |_| (Verdict::Absent, None, None)).floor, None);
    }

    #[test]
    fn a_floor_a_year_is_spread_over_its_days() {
        let of_year = rule(200, Period::Year);
        let all: u32 =
            (1..=12).map(|n| month(2026, n, |_| (Verdict::Absent, Some(&of_year), None)).floor.unwrap()).sum();
        assert!((189..=200).contains(&all), "{all}");
        let year = (1..=12).flat_map(|month| (1..=31).filter_map(move |day| Date::new(2028, month, day).ok()));
        let day = |date| Day { date, verdict: Verdict::Absent, rule: Some(&of_year), leave: None };
        assert_eq!(sums(year.map(day)).floor, Some(200), "of the 366 days of a leap year");
    }

    #[test]
    fn leave_lowers_the_floor_where_the_rule_says_so() {
        let mut twenty = rule(20, Period::Month);
        twenty.leave.lowers_floor = vec!["sick".into()];
        let of = |day| match day {
            1..=4 => (Verdict::OnLeave, Some(&twenty), Some("sick")),
            5..=7 => (Verdict::OnLeave, Some(&twenty), Some("personal")),
            _ => (Verdict::Unconfirmed, Some(&twenty), None),
        };
        assert_eq!((month(2026, 4, of).floor, month(2026, 4, of).on_leave), (Some(16), 7));
    }
}
