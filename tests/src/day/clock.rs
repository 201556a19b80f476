//! When the simulated day is. Pure.

use anyhow::{Context as _, Result};
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

/// The day before the server's, in Shanghai: so that all of it has been, whatever the hour of the run.
#[derive(Debug, Clone)]
pub struct Clock {
    /// The day.
    pub day: Date,
    zone: TimeZone,
}

impl Clock {
    /// By the server's clock, ms.
    pub fn yesterday_of(now_ms: i64) -> Result<Self> {
        let zone = TimeZone::get("Asia/Shanghai")?;
        let today = zone.to_datetime(Timestamp::from_millisecond(now_ms)?).date();
        Ok(Self { day: today.yesterday()?, zone })
    }

    /// That time of the day, ms.
    pub fn at(&self, hour: i8, minute: i8) -> i64 {
        self.on(self.day, hour, minute)
    }

    /// That time of the evening before, ms.
    pub fn eve(&self, hour: i8, minute: i8) -> i64 {
        self.on(self.day.saturating_sub(1.day()), hour, minute)
    }

    fn on(&self, day: Date, hour: i8, minute: i8) -> i64 {
        // Shanghai's clocks have not been changed since 1991.
        self.zone.to_zoned(day.at(hour, minute, 0, 0)).map_or(0, |at| at.timestamp().as_millisecond())
    }

    /// How that moment is written there.
    pub fn written(&self, at_ms: i64) -> Result<String> {
        let at = Timestamp::from_millisecond(at_ms).context("a moment out of all range")?;
        Ok(self.zone.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yesterday_is_that_of_shanghai() {
        // 2026-11-22 17:00 UTC is 01:00 of the 23rd in Shanghai.
        let clock = Clock::yesterday_of(1_795_366_800_000).unwrap();
        assert_eq!(clock.day.to_string(), "2026-11-22");
        assert_eq!(clock.written(clock.at(8, 30)).unwrap(), "2026-11-22 08:30");
        assert_eq!(clock.written(clock.eve(19, 0)).unwrap(), "2026-11-21 19:00");
    }
}
