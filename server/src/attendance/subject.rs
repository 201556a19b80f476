//! What jobs of this feature are about. A projection is pure and knows no time zone, so a subject names hours or days, and the handler
//! works out the local days they touch: a change of the zone needs no rows to be made again.
//!
//! | kind | subject | what is done |
//! |---|---|---|
//! | `member_day` | `<person>\|<YYYY-MM-DD>`, `<person>\|q<quarters of days since 1970>`, or `<person>\|-` | fixes of the person that have no verdict get one; the presence of that day is derived |
//! | `member_month` | `<person>\|<YYYY-MM>` | sums, seals and what differs from them: the month as the member's phone gets it, and matters that hang on it |
//! | `village_month` | `<village>\|<YYYY-MM>` | which of its members move as one |
//! | `person_days` | `<person>\|<bound>\|<bound>` | becomes `member_day` of each day between that has evidence or a verdict |
//! | `village_days` | `<village>\|<first day>\|<last day>` | the verdicts of the village's fixes in those days are dropped; becomes `member_day` of all they touch |
//! | `rule_days` | `<place>\|<first day>\|<last day>` | becomes `village_days` of the place's villages that have stations |
//! | `duty_days` | `<person>` | becomes `member_day` of the days of the person's duties, when it turns out when one was reported |
//! | `erased_evidence` | `<kind>:<key>` of a record of which operations were erased | earlier verdicts that rest on it are forgotten |
//!
//! A bound is `-` (open), a day, or milliseconds since 1970.

use jiff::civil::Date;

use zhucun_presence::{
    day::{Calendar, HOUR_MS, Span, parse},
    rule::{self, holidays},
};

use crate::storage::jobs::JobKey;

/// See the module.
pub const MEMBER_DAY: &str = "member_day";
/// See the module.
pub const MEMBER_MONTH: &str = "member_month";
/// See the module.
pub const VILLAGE_MONTH: &str = "village_month";
/// See the module.
pub const PERSON_DAYS: &str = "person_days";
/// See the module.
pub const VILLAGE_DAYS: &str = "village_days";
/// See the module.
pub const RULE_DAYS: &str = "rule_days";
/// See the module.
pub const DUTY_DAYS: &str = "duty_days";

/// See the module.
pub const ERASED_EVIDENCE: &str = "erased_evidence";

/// The kinds of records that a day's verdict rests on.
pub const EVIDENCE: [&str; 8] = ["check_in", "duty_away", "fix", "leave", "review", "roll_call", "visit", "work_log"];

/// The job that derives one day anew.
pub fn member_day(person: &str, day: &str) -> JobKey {
    JobKey { kind: MEMBER_DAY, subject: format!("{person}|{day}") }
}

/// The job that adds up a month anew.
pub fn member_month(person: &str, month: &str) -> JobKey {
    JobKey { kind: MEMBER_MONTH, subject: format!("{person}|{month}") }
}

/// The job that looks anew which of a village's members moved as one in a month.
pub fn village_month(village: &str, month: &str) -> JobKey {
    JobKey { kind: VILLAGE_MONTH, subject: format!("{village}|{month}") }
}

/// Evidence is named by the quarter of a day (of UTC) that it lies in: a visit's fixes are mostly in one.
const QUARTER_MS: i64 = 6 * HOUR_MS;

/// The job that derives the day or days of that moment anew.
pub fn member_day_at(person: &str, at_ms: i64) -> JobKey {
    JobKey { kind: MEMBER_DAY, subject: format!("{person}|q{}", at_ms.div_euclid(QUARTER_MS)) }
}

/// The jobs for a piece of evidence of that time.
pub fn evidence(person: &str, span: Span) -> Vec<JobKey> {
    match span.closed() {
        Some((lo, hi)) if hi - lo <= HOUR_MS => {
            let mut jobs = vec![member_day_at(person, lo), member_day_at(person, hi)];
            jobs.dedup();
            jobs
        }
        Some((lo, hi)) => vec![member_day(person, "-"), between_ms(person, Some(lo), Some(hi))],
        // It belongs to no day, but a fix still wants a verdict of its own.
        None => vec![member_day(person, "-")],
    }
}

/// All days of a person that lie between these moments.
pub fn between_ms(person: &str, lo_ms: Option<i64>, hi_ms: Option<i64>) -> JobKey {
    let bound = |ms: Option<i64>| ms.map_or_else(|| "-".to_owned(), |ms| ms.to_string());
    JobKey { kind: PERSON_DAYS, subject: format!("{person}|{}|{}", bound(lo_ms), bound(hi_ms)) }
}

/// All days of a person from first to last.
pub fn between_days(person: &str, first: Option<&str>, last: Option<&str>) -> JobKey {
    JobKey { kind: PERSON_DAYS, subject: format!("{person}|{}|{}", first.unwrap_or("-"), last.unwrap_or("-")) }
}

/// What hangs on a station: to be called by the projection of stations, with the row as it was and as it is.
pub fn of_station(person: &str, from_ms: i64, to_ms: Option<i64>) -> Vec<JobKey> {
    vec![between_ms(person, Some(from_ms), to_ms)]
}

/// What hangs on a fence: to be called by the projection of fences, with the row as it was and as it is.
pub fn of_fence(village: &str, from_day: &str, to_day: Option<&str>) -> Vec<JobKey> {
    vec![JobKey { kind: VILLAGE_DAYS, subject: format!("{village}|{from_day}|{}", to_day.unwrap_or("-")) }]
}

/// What hangs on the districts of a town: to be called where a town joins one or leaves it.
pub fn of_town(town: &str) -> Vec<JobKey> {
    of_rule(rule::KEY, town, "-", None)
}

/// What hangs on a village that was merged into another: to be called by the projection of places, with the row as it was and as it is.
pub fn of_merger(village: &str, successor: &str, last_day: &str) -> Vec<JobKey> {
    [village, successor].into_iter().flat_map(|village| of_fence(village, last_day, None)).collect()
}

/// What hangs on a rule: to be called by the projection of rules, with the row as it was and as it is.
pub fn of_rule(key: &str, place: &str, from_day: &str, to_day: Option<&str>) -> Vec<JobKey> {
    let is_ours = [rule::KEY, holidays::KEY].contains(&key);
    let job = JobKey { kind: RULE_DAYS, subject: format!("{place}|{from_day}|{}", to_day.unwrap_or("-")) };
    is_ours.then_some(job).into_iter().collect()
}

/// One end of a stretch of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    Open,
    Day(Date),
    Ms(i64),
}

impl Bound {
    fn parse(s: &str) -> Option<Self> {
        match s {
            "-" => Some(Bound::Open),
            _ => parse(s).map(Bound::Day).or_else(|| s.parse().ok().map(Bound::Ms)),
        }
    }

    fn day(self, calendar: &Calendar) -> Option<Date> {
        match self {
            Bound::Open => None,
            Bound::Day(day) => Some(day),
            Bound::Ms(ms) => Some(calendar.day_of(ms)),
        }
    }
}

/// A person or village, and a stretch of days with perhaps open ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stretch {
    /// Person or village.
    pub of: String,
    /// First day.
    pub first: Option<Date>,
    /// Last day.
    pub last: Option<Date>,
}

impl Stretch {
    /// The stretch a subject of `person_days` or `village_days` names.
    pub fn parse(subject: &str, calendar: &Calendar) -> Option<Self> {
        let mut parts = subject.split('|');
        let (of, first, last) = (parts.next()?, Bound::parse(parts.next()?)?, Bound::parse(parts.next()?)?);
        Some(Self { of: of.to_owned(), first: first.day(calendar), last: last.day(calendar) })
    }

    /// Whether the day lies in it.
    pub fn holds(&self, day: Date) -> bool {
        self.first.is_none_or(|f| f <= day) && self.last.is_none_or(|l| day <= l)
    }

    /// From its first to its last millisecond and one more; open ends are the ends of time.
    pub fn bounds_ms(&self, calendar: &Calendar) -> (i64, i64) {
        (
            self.first.map_or(i64::MIN / 2, |d| calendar.bounds(d).start_ms),
            self.last.map_or(i64::MAX / 2, |d| calendar.bounds(d).end_ms),
        )
    }
}

/// The person and the days that a subject of `member_day` names. A piece of the small hours may be of the night before, where a rule has nights
/// that last so many minutes of the next day.
pub fn member_days(subject: &str, calendar: &Calendar, night_minutes: u16) -> Option<(String, Vec<Date>)> {
    let (person, when) = subject.split_once('|')?;
    // An earlier version named hours.
    let spans = [('q', QUARTER_MS), ('h', HOUR_MS)];
    let named = spans.into_iter().find_map(|(mark, length)| Some((when.strip_prefix(mark)?, length)));
    let days = match named {
        _ if when == "-" => Vec::new(),
        Some((nth, length)) => {
            let start = nth.parse::<i64>().ok()?.checked_mul(length)?;
            calendar.days(start - i64::from(night_minutes) * 60_000, start + length - 1)
        }
        None => vec![parse(when)?],
    };
    Some((person.to_owned(), days))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(zone: &str) -> Calendar {
        Calendar(jiff::tz::TimeZone::get(zone).unwrap())
    }

    #[test]
    fn a_moment_is_of_the_local_day() {
        let job_at = |local: &str| {
            let at = format!("{local}+08:00[Asia/Shanghai]").parse::<jiff::Zoned>().unwrap();
            let at = at.timestamp().as_millisecond();
            let jobs = evidence("d.p.a", Span { lo_ms: Some(at - 5_000), hi_ms: Some(at + 5_000) });
            let [job] = &jobs[..] else { panic!("one job: {jobs:?}") };
            job.subject.clone()
        };
        let days = |subject: &str, zone: &str, night_minutes| {
            let (person, days) = member_days(subject, &calendar(zone), night_minutes).unwrap();
            assert_eq!(person, "d.p.a");
            days.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let morning = job_at("2026-03-02T09:30:00");
        assert_eq!(days(&morning, "Asia/Shanghai", 0), ["2026-03-02"]);
        assert_eq!(days(&morning, "Asia/Kathmandu", 0), ["2026-03-02"]);
        // What is told apart no further than by the quarter of a day may be of either side of midnight.
        assert_eq!(days(&job_at("2026-03-02T00:30:00"), "Asia/Shanghai", 0), ["2026-03-01", "2026-03-02"]);
        // Early in the morning is of the night before, where nights are asked for.
        assert_eq!(days(&job_at("2026-03-02T04:30:00"), "Asia/Shanghai", 7 * 60), ["2026-03-01", "2026-03-02"]);
        assert_eq!(days("d.p.a|h492384", "Asia/Shanghai", 0), ["2026-03-04"], "as an earlier version wrote them");
    }

    #[test]
    fn evidence_around_midnight_and_of_long_spans_reaches_every_day_it_touches() {
        // Urumqi keeps UTC+6 by custom: its midnight is an end of a quarter.
        let start = calendar("Asia/Urumqi").bounds(parse("2026-03-02").unwrap()).start_ms;
        assert_eq!(evidence("p", Span { lo_ms: Some(start - 1), hi_ms: Some(start + 1) }).len(), 2);
        let long = evidence("p", Span { lo_ms: Some(start), hi_ms: Some(start + 5 * HOUR_MS) });
        assert_eq!(long[1].kind, PERSON_DAYS);
        assert_eq!(evidence("p", Span { lo_ms: None, hi_ms: None }), [member_day("p", "-")]);
    }

    #[test]
    fn stretches() {
        let shanghai = calendar("Asia/Shanghai");
        let day = |s: &str| parse(s).unwrap();
        let s = Stretch::parse("440811070201|2026-03-02|-", &shanghai).unwrap();
        assert!(s.holds(day("2099-01-01")) && !s.holds(day("2026-03-01")));
        let ms = shanghai.bounds(day("2026-03-02")).start_ms;
        let s = Stretch::parse(&between_ms("p", Some(ms), Some(ms)).subject, &shanghai).unwrap();
        assert_eq!((s.first, s.last), (Some(day("2026-03-02")), Some(day("2026-03-02"))));
        assert!(Stretch::parse("p|x|-", &shanghai).is_none() && member_days("p|2026-13-01", &shanghai, 0).is_none());
    }
}
