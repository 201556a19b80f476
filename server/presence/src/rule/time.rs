//! Times of the day and days of the year, as rules write them.

use std::{fmt, str::FromStr};

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A time of the day, `HH:MM`, up to `24:00`, which is the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clock {
    /// Minutes since midnight, 0 to 1440.
    pub minutes: u16,
}

/// A day of every year, `MM-DD`. The 29th of February is the 28th in other years, as an end, and the 1st of March as a beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MonthDay {
    /// 1 to 12.
    pub month: i8,
    /// 1 to 31.
    pub day: i8,
}

impl FromStr for Clock {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const NOT: &str = "a time of the day is written HH:MM, up to 24:00";
        let (hours, minutes) = two(text, ':').ok_or(NOT)?;
        let minutes = hours * 60 + minutes % 60 + if minutes < 60 { 0 } else { return Err(NOT) };
        if minutes <= 24 * 60 { Ok(Self { minutes }) } else { Err(NOT) }
    }
}

impl FromStr for MonthDay {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const NOT: &str = "a day of the year is written MM-DD";
        let (month, day) = two(text, '-').ok_or(NOT)?;
        let (month, day) = (i8::try_from(month).map_err(|_| NOT)?, i8::try_from(day).map_err(|_| NOT)?);
        // A leap year has all of them.
        Date::new(2028, i16::from(month).try_into().map_err(|_| NOT)?, day).map_err(|_| NOT)?;
        Ok(Self { month, day })
    }
}

/// Two numbers of two digits.
fn two(text: &str, between: char) -> Option<(u16, u16)> {
    let (a, b) = text.split_once(between)?;
    let number =
        |digits: &str| (digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok());
    Some((number(a)??, number(b)??))
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

macro_rules! as_text {
    ($($name:ident),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    )*};
}

as_text!(Clock, MonthDay);

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Weekday {
    /// From Monday on.
    pub const ALL: [Self; 7] = [Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat, Self::Sun];

    /// That of a day.
    pub fn of(day: Date) -> Self {
        Self::ALL[usize::from(day.weekday().to_monday_zero_offset().unsigned_abs())]
    }

    /// For people, Chinese and English.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Mon => ("周一", "Monday"),
            Self::Tue => ("周二", "Tuesday"),
            Self::Wed => ("周三", "Wednesday"),
            Self::Thu => ("周四", "Thursday"),
            Self::Fri => ("周五", "Friday"),
            Self::Sat => ("周六", "Saturday"),
            Self::Sun => ("周日", "Sunday"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_days_are_read_as_written_or_not_at_all() {
        assert_eq!("07:05".parse(), Ok(Clock { minutes: 425 }));
        assert_eq!("24:00".parse::<Clock>().unwrap().to_string(), "24:00");
        for not in ["7:05", "24:01", "12:60", "12-00", "", "ab:cd", "+1:00"] {
            assert!(not.parse::<Clock>().is_err(), "{not}");
        }
        assert_eq!("02-29".parse::<MonthDay>().unwrap().to_string(), "02-29");
        for not in ["02-30", "13-01", "00-01", "2-1", "99-99"] {
            assert!(not.parse::<MonthDay>().is_err(), "{not}");
        }
        assert_eq!(Weekday::of("2026-11-23".parse().unwrap()), Weekday::Mon);
    }
}
