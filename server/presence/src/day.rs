//! Days: which calendar days, in the time zone of the office, a span of time touches.

use jiff::{ToSpan as _, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use sync_protocol::time::Corrected;

use crate::rule::Clock;

/// One hour.
pub const HOUR_MS: i64 = 3_600_000;
/// One day as clocks that never change count it.
pub const DAY_MS: i64 = 24 * HOUR_MS;
/// Evidence whose time is known no better than this belongs to no day: it says nothing of any one of them, and a search for the
/// evidence of a day must end somewhere.
pub const MAX_SPAN_MS: i64 = 7 * DAY_MS;
/// Most days that one leave, duty or station is spread over at once. The longest leave there is (maternity) has 188.
pub const MAX_DAYS: usize = 400;

/// When something was recorded: somewhere from `lo_ms` to `hi_ms`, both included; `None` is open. Of an anchored time these are the
/// ends of its uncertainty (`PROTOCOL.md`, section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// The earliest it can have been.
    pub lo_ms: Option<i64>,
    /// The latest.
    pub hi_ms: Option<i64>,
}

impl From<Corrected> for Span {
    fn from(time: Corrected) -> Self {
        match time {
            Corrected::At(a) => {
                Self { lo_ms: Some(a.at_ms - a.uncertainty_ms), hi_ms: Some(a.at_ms + a.uncertainty_ms) }
            }
            Corrected::Within(lo_ms, hi_ms) => Self { lo_ms, hi_ms },
        }
    }
}

impl Span {
    /// Both ends, if known well enough to belong to days.
    pub fn closed(self) -> Option<(i64, i64)> {
        let (lo, hi) = (self.lo_ms?, self.hi_ms?);
        (lo <= hi && hi - lo <= MAX_SPAN_MS).then_some((lo, hi))
    }

    /// Whether some of it lies in the day.
    pub fn touches(self, day: DayBounds) -> bool {
        self.closed().is_some_and(|(lo, hi)| lo < day.end_ms && hi >= day.start_ms)
    }

    /// Whether all of it lies in the day: only then the day is known.
    pub fn within(self, day: DayBounds) -> bool {
        self.closed().is_some_and(|(lo, hi)| lo >= day.start_ms && hi < day.end_ms)
    }
}

/// A day as a half-open span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DayBounds {
    /// Its first millisecond.
    pub start_ms: i64,
    /// The first of the next day.
    pub end_ms: i64,
}

/// The calendar of one time zone.
#[derive(Debug, Clone)]
pub struct Calendar(pub TimeZone);

impl Calendar {
    /// The day in which that moment lies.
    pub fn day_of(&self, at_ms: i64) -> Date {
        let at = jiff::Timestamp::from_millisecond(at_ms.clamp(0, MAX_MS)).expect("clamped");
        self.0.to_datetime(at).date()
    }

    /// The moment at which a clock of the zone shows what one of UTC shows at `local_ms`; none of times that no calendar knows.
    pub fn utc_ms(&self, local_ms: i64) -> Option<i64> {
        let shown = jiff::Timestamp::from_millisecond(local_ms).ok()?.to_zoned(TimeZone::UTC).datetime();
        Some(self.0.to_ambiguous_zoned(shown).compatible().ok()?.timestamp().as_millisecond())
    }

    /// When the day begins and ends. A day of a zone with daylight saving may have 23 or 25 hours.
    pub fn bounds(&self, day: Date) -> DayBounds {
        let start = |day: Date| {
            self.0.to_ambiguous_zoned(day.at(0, 0, 0, 0)).compatible().map_or(0, |z| z.timestamp().as_millisecond())
        };
        DayBounds { start_ms: start(day), end_ms: start(day.saturating_add(1.day())) }
    }

    /// The moment at which that day's clocks show a time; where they skip it, the first after. `24:00` is when the next day begins.
    pub fn at(&self, day: Date, clock: Clock) -> i64 {
        let (hour, minute) = (clock.minutes / 60, clock.minutes % 60);
        if hour == 24 {
            return self.bounds(day).end_ms;
        }
        let shown = day.at(i8::try_from(hour).unwrap_or(0), i8::try_from(minute).unwrap_or(0), 0, 0);
        self.0.to_ambiguous_zoned(shown).compatible().map_or(0, |z| z.timestamp().as_millisecond())
    }

    /// The days that a closed span touches, at most [`MAX_DAYS`] from its beginning.
    pub fn days(&self, lo_ms: i64, hi_ms: i64) -> Vec<Date> {
        if hi_ms < lo_ms {
            return Vec::new();
        }
        days(self.day_of(lo_ms), self.day_of(hi_ms))
    }
}

/// 9999-12-31 less a day: what calendars still know, whatever the offset.
const MAX_MS: i64 = 253_402_200_000_000;

/// The days from first to last, both included, at most [`MAX_DAYS`].
pub fn days(first: Date, last: Date) -> Vec<Date> {
    first.series(1.day()).take_while(|d| *d <= last).take(MAX_DAYS).collect()
}

/// The day written `YYYY-MM-DD`.
pub fn parse(day: &str) -> Option<Date> {
    (day.len() == 10).then(|| day.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sync_protocol::time::Anchor;

    fn shanghai() -> Calendar {
        Calendar(TimeZone::get("Asia/Shanghai").unwrap())
    }

    #[test]
    fn midnight_belongs_to_the_new_day() {
        let day = shanghai().bounds("2026-03-02".parse().unwrap());
        assert_eq!(day.end_ms - day.start_ms, DAY_MS);
        assert_eq!(shanghai().day_of(day.start_ms).to_string(), "2026-03-02");
        assert_eq!(shanghai().day_of(day.start_ms - 1).to_string(), "2026-03-01");
    }

    #[test]
    fn a_day_is_known_only_where_the_whole_uncertainty_lies_in_it() {
        let day = shanghai().bounds("2026-03-02".parse().unwrap());
        let at = |at_ms| Span::from(Corrected::At(Anchor { at_ms, uncertainty_ms: 5_000 }));
        assert!(at(day.start_ms + 5_000).within(day));
        assert!(at(day.start_ms + 4_999).touches(day) && !at(day.start_ms + 4_999).within(day));
        assert!(!at(day.end_ms - 5_000).within(day));
        let open = Span::from(Corrected::Within(Some(day.start_ms), None));
        assert!(!open.touches(day), "an open span belongs to no day");
        let long = Span { lo_ms: Some(day.start_ms - MAX_SPAN_MS), hi_ms: Some(day.end_ms) };
        assert!(!long.touches(day));
    }

    #[test]
    fn days_of_zones_that_change_their_clocks_and_of_leap_years() {
        let berlin = Calendar(TimeZone::get("Europe/Berlin").unwrap());
        let day = berlin.bounds("2026-03-29".parse().unwrap());
        assert_eq!(day.end_ms - day.start_ms, 23 * HOUR_MS);
        assert_eq!(berlin.days(day.start_ms, day.end_ms).len(), 2);
        let leap = shanghai().bounds("2028-02-29".parse().unwrap());
        assert_eq!(shanghai().day_of(leap.end_ms).to_string(), "2028-03-01");
        assert_eq!(days("2026-01-01".parse().unwrap(), "2099-01-01".parse().unwrap()).len(), MAX_DAYS);
        assert_eq!(shanghai().day_of(i64::MAX).year(), 9999);
        assert_eq!(shanghai().day_of(i64::MIN).year(), 1970);
    }

    #[test]
    fn forms() {
        assert!(parse("2026-02-29").is_none() && parse("2026-3-2").is_none() && parse("2028-02-29").is_some());
    }
}
