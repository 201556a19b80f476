//! Members of a team who move as one: whether whatever one of them records the other records too, at the same time and place, day after day. One
//! person may carry several phones.
//!
//! Honest teams live in one house and walk together, so nothing of where people are speaks of it. What does are the records themselves: a hand takes
//! up one phone after the other, within seconds and a few steps, and none of them records anything while the others do not. A day speaks for it if some
//! captures coincide and none stands alone, and against it as soon as one does. A capture that *may* have had company (its time or place is not known well
//! enough) says nothing.
//!
//! What it cannot tell: two people who indeed did everything together, and recorded it on the spot; phones of which one is used an hour later on purpose,
//! or gives no accuracy; and one phone that is enrolled for one member and lent to another, of which there is one set of captures. So it is a matter for a
//! person, names its counts, and decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use mobile_schema::Wgs84;
use serde::{Deserialize, Serialize};
use zhucun_fences::distance_m;

use crate::{
    day::{Calendar, HOUR_MS},
    rule::{Together, words::Sentence},
};

/// What a phone measures by itself so soon after a measurement belongs to the same capture.
pub const SAME_CAPTURE_MS: i64 = 5 * 60_000;
/// Of what is known no better than this it cannot be said with what it coincides.
pub const MOST_SPAN_MS: i64 = HOUR_MS;

/// Something that a member's phone recorded where it was: the first position of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Capture {
    /// The member.
    pub person: String,
    /// The earliest that it can have been, ms.
    pub lo_ms: i64,
    /// The latest; no more than [`MOST_SPAN_MS`] after that.
    pub hi_ms: i64,
    /// Where.
    pub place: Wgs84,
    /// Radius of the 68 % circle.
    pub accuracy_m: f64,
}

/// Members who move as one, and what says so. Of three or more the counts are those of the two of whom they say least.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Who, sorted; two at least.
    pub people: Vec<String>,
    /// The first day on which captures of theirs coincided.
    pub first_day: Date,
    /// On how many days captures coincided, and none stood alone.
    pub days: usize,
    /// How many captures coincided.
    pub times: usize,
    /// On how many days one of them recorded something without the other.
    pub apart_days: usize,
    /// What was taken for coinciding.
    pub by: Together,
}

/// What the office took note of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    /// With whom the member moves as one.
    pub others: BTreeSet<String>,
    /// On how many days.
    pub days: usize,
}

impl Group {
    /// The member under whose name the matter stands: the first by name.
    pub fn first(&self) -> &str {
        &self.people[0]
    }

    /// What there is to take note of.
    pub fn to_note(&self) -> Noted {
        Noted { others: self.people[1..].iter().cloned().collect(), days: self.days }
    }

    /// Whether it says no more than what was taken note of: nobody else, and fewer than as many days again as make a finding.
    pub fn is_known(&self, noted: &[Noted]) -> bool {
        let now = self.to_note();
        let again = usize::from(self.by.days);
        noted.iter().any(|noted| now.others.is_subset(&noted.others) && now.days < noted.days + again)
    }

    /// It in words, where members have these names.
    pub fn words<'a>(&'a self, name: impl Fn(&'a str) -> &'a str) -> Sentence {
        let names: Vec<&str> = self.people.iter().map(|person| name(person)).collect();
        let Self { days, times, apart_days, by: Together { seconds, metres, .. }, .. } = self;
        Sentence {
            zh: format!(
                "{}的记录总是同时同地：{days} 天共 {times} 次，相隔不超过 {seconds} 秒、{metres} 米；只有 {apart_days} 天有一方单独的记录。\
                 可能一人带着几部手机，也可能确实同行，请核实",
                names.join("、")
            ),
            en: format!(
                "{} always record at the same time and place: {times} times on {days} days, within {seconds} s and {metres} m, and on {apart_days} \
                 day(s) one without the other. One person may carry several phones, or they do walk together: a person must look.",
                names.join(", ")
            ),
        }
    }
}

/// The members among these who move as one, by name. The order of captures means nothing.
pub fn groups(captures: &[Capture], rule: &Together, calendar: &Calendar) -> Vec<Group> {
    if rule.days == 0 {
        return Vec::new();
    }
    let mut of: BTreeMap<&str, Vec<&Capture>> = BTreeMap::new();
    for capture in captures {
        of.entry(&capture.person).or_default().push(capture);
    }
    for own in of.values_mut() {
        own.sort_by_key(|capture| (capture.lo_ms, capture.hi_ms));
    }
    let people: Vec<&str> = of.keys().copied().collect();
    let mut all: Vec<Group> = Vec::new();
    for (n, one) in people.iter().enumerate() {
        for other in &people[n + 1..] {
            if let Some(found) = pair((one, &of[one]), (other, &of[other]), rule, calendar) {
                join(&mut all, found);
            }
        }
    }
    all.sort_by(|a, b| a.people.cmp(&b.people));
    all
}

/// Who moves as one with a member of a group moves as one with all of it.
fn join(all: &mut Vec<Group>, mut found: Group) {
    let (touched, rest): (Vec<Group>, Vec<Group>) =
        all.drain(..).partition(|group| group.people.iter().any(|person| found.people.contains(person)));
    *all = rest;
    for group in touched {
        found.people.extend(group.people);
        found.first_day = found.first_day.min(group.first_day);
        found.days = found.days.min(group.days);
        found.times = found.times.min(group.times);
        found.apart_days = found.apart_days.max(group.apart_days);
    }
    found.people.sort_unstable();
    found.people.dedup();
    all.push(found);
}

/// How captures of a day went.
#[derive(Default)]
struct Day {
    coincide: usize,
    alone: usize,
}

type Own<'a> = (&'a str, &'a [&'a Capture]);

fn pair((one, own): Own<'_>, (other, others): Own<'_>, rule: &Together, calendar: &Calendar) -> Option<Group> {
    let mut days: BTreeMap<Date, Day> = BTreeMap::new();
    for (captures, beside, counts) in [(own, others, 1), (others, own, 0)] {
        for capture in captures {
            let day = days.entry(calendar.day_of(middle(capture))).or_default();
            match company(capture, beside, rule) {
                Company::Sure => day.coincide += counts,
                Company::None => day.alone += 1,
                Company::Perhaps => {}
            }
        }
    }
    let together = || days.iter().filter(|(_, day)| day.coincide > 0 && day.alone == 0);
    let found = Group {
        people: vec![one.to_owned(), other.to_owned()],
        first_day: *together().next()?.0,
        days: together().count(),
        times: together().map(|(_, day)| day.coincide).sum(),
        apart_days: days.values().filter(|day| day.alone > 0).count(),
        by: *rule,
    };
    let seldom_apart = found.apart_days * 100 <= usize::from(rule.apart_percent) * (found.days + found.apart_days);
    (found.days >= usize::from(rule.days) && seldom_apart).then_some(found)
}

/// Whether the other recorded something then and there too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Company {
    None,
    Perhaps,
    Sure,
}

/// `others` are sorted by when they began.
fn company(capture: &Capture, others: &[&Capture], rule: &Together) -> Company {
    let within_ms = i64::from(rule.seconds) * 1_000;
    let from = others.partition_point(|other| other.lo_ms < capture.lo_ms - within_ms - MOST_SPAN_MS);
    let near = others[from..].iter().take_while(|other| other.lo_ms <= capture.hi_ms + within_ms);
    near.map(|other| coincide(capture, other, rule, within_ms)).max().unwrap_or(Company::None)
}

/// By the likeliest times and places, where these are known to about what is asked; else, and where they might, perhaps.
fn coincide(a: &Capture, b: &Capture, rule: &Together, within_ms: i64) -> Company {
    let metres = f64::from(rule.metres);
    let far_m = distance_m(a.place, b.place);
    let gap_ms = a.lo_ms.max(b.lo_ms) - a.hi_ms.min(b.hi_ms);
    if gap_ms > within_ms || far_m > metres + 2.0 * (a.accuracy_m + b.accuracy_m) {
        return Company::None;
    }
    let known =
        |capture: &Capture| capture.hi_ms - capture.lo_ms <= 4 * within_ms && capture.accuracy_m <= 2.0 * metres;
    let sure = known(a) && known(b) && (middle(a) - middle(b)).abs() <= within_ms && far_m <= metres;
    if sure { Company::Sure } else { Company::Perhaps }
}

fn middle(capture: &Capture) -> i64 {
    capture.lo_ms + (capture.hi_ms - capture.lo_ms) / 2
}
