//! When a photo goes, and why then. Pure.

use std::cmp::max;

use mobile_schema::{Lane, Place, Scope};
use serde::Serialize;
use utoipa::ToSchema;

use super::rule::{Body, Clause, Since};
use crate::{auth::principal::Districts, registry::rules, storage::entities::rule};

/// A day, ms.
pub const DAY_MS: i64 = 86_400_000;

/// When a photo came to be, as far as its end turns on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// Corrected, ms; none where not known.
    pub taken_ms: Option<i64>,
    /// Since when it is here, by the server's clock, ms.
    pub received_ms: i64,
}

/// From when the days were counted that make the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// Since it was taken.
    Taken,
    /// Since it was received.
    Received,
    /// The rule's days are over sooner than it has been here for the floor's: a clock that lies must not make evidence vanish.
    Floor,
}

/// When a photo goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Not before then, ms.
    pub at_ms: i64,
    /// Why then.
    pub because: Because,
}

/// When a photo of that age goes by what a rule says.
pub fn due(age: Age, clause: Clause, floor_days: u32) -> Due {
    let (since_ms, because) = match (clause.since, age.taken_ms) {
        (Since::Taken, Some(taken_ms)) => (taken_ms, Because::Taken),
        _ => (age.received_ms, Because::Received),
    };
    let after = |since_ms: i64, days: u32| since_ms.saturating_add(i64::from(days) * DAY_MS);
    let floor_ms = after(age.received_ms, floor_days);
    match after(since_ms, max(clause.keep_days, floor_days)) {
        at_ms if at_ms < floor_ms => Due { at_ms: floor_ms, because: Because::Floor },
        at_ms => Due { at_ms, because },
    }
}

/// Before when a photo must have been taken to be due at that moment, where that is known: whatever came was taken before it came.
pub fn taken_before_ms(clause: Clause, by_ms: i64) -> i64 {
    by_ms.saturating_sub(i64::from(clause.keep_days) * DAY_MS).saturating_add(1)
}

/// The rules, and what is needed to go by them.
#[derive(Debug, Clone)]
pub struct Terms {
    /// All versions, at all places.
    pub rules: Vec<rule::Model>,
    /// The towns of all districts.
    pub districts: Districts,
    /// Nothing goes before it was here for so many days.
    pub floor_days: u32,
}

/// A rule that speaks of some photos.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applies<'t> {
    /// The rule.
    pub rule: &'t rule::Model,
    /// What it says of them.
    pub clause: Clause,
}

impl Terms {
    /// The rule by which photos of that scope go on that day (`YYYY-MM-DD`), if one speaks of them.
    pub fn of(&self, scope: &str, day: &str) -> Option<Applies<'_>> {
        let Scope { place, lane } = Scope::parse(scope)?;
        let holding = rules::holding(&self.rules, &place, day, &self.districts);
        holding.into_iter().find_map(|rule| Some(Applies { rule, clause: said(rule, lane)? }))
    }

    /// Likewise with a rule that is not written yet.
    pub fn with(&mut self, place: &Place, body: &Body, from_day: &str) {
        let proposed = rule::Model {
            record: Vec::new(),
            key: super::rule::KEY.to_owned(),
            place: place.as_str().to_owned(),
            // Of one day and place it goes first, also before another of that name.
            id: "~".to_owned(),
            title: String::new(),
            from_day: from_day.to_owned(),
            to_day: None,
            body: serde_json::to_string(body).expect("plain values serialise"),
        };
        self.rules.insert(0, proposed);
    }
}

fn said(rule: &rule::Model, lane: Lane) -> Option<Clause> {
    serde_json::from_str::<Body>(&rule.body).ok()?.clause(lane)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_photo_goes_when_the_rules_days_are_over_and_never_before_the_floors() {
        use Because::{Floor, Received, Taken};
        let day = |n: i64| n * DAY_MS;
        // (taken, received, since, keep, floor): when, why.
        for (taken, received, since, keep_days, floor, at, because) in [
            (Some(100), 101, Since::Taken, 60, 30, 160, Taken),
            (Some(100), 150, Since::Taken, 60, 30, 180, Floor),
            (Some(100), 130, Since::Taken, 60, 30, 160, Taken),
            (Some(100), 101, Since::Received, 60, 30, 161, Received),
            (None, 101, Since::Taken, 60, 30, 161, Received),
            (None, 101, Since::Received, 60, 30, 161, Received),
            // By its clock taken in 1980: it stays for the floor all the same.
            (Some(-9_000), 101, Since::Taken, 60, 30, 131, Floor),
            // A rule written before the floor was raised.
            (Some(100), 101, Since::Taken, 10, 30, 131, Floor),
            (Some(101), 101, Since::Taken, 10, 30, 131, Taken),
            (Some(100), 101, Since::Taken, 1, 0, 101, Taken),
        ] {
            let age = Age { taken_ms: taken.map(day), received_ms: day(received) };
            let due = due(age, Clause { keep_days, since }, floor);
            assert_eq!(due, Due { at_ms: day(at), because }, "{taken:?} {received} {since:?} {keep_days} {floor}");
        }
    }

    #[test]
    fn what_is_not_looked_at_is_not_due() {
        for keep_days in [0, 1, 30] {
            for since in [Since::Taken, Since::Received] {
                let clause = Clause { keep_days, since };
                let by_ms = 100 * DAY_MS;
                let first = taken_before_ms(clause, by_ms);
                for (taken_ms, looked_at) in [(first - 1, true), (first, false)] {
                    let age = Age { taken_ms: Some(taken_ms), received_ms: taken_ms };
                    assert_eq!(due(age, clause, 0).at_ms <= by_ms, looked_at);
                }
            }
        }
    }

    #[test]
    fn each_lane_goes_by_the_narrowest_rule_that_speaks_of_it() {
        let clause = |keep_days| Clause { keep_days, since: Since::Taken };
        let body = |household, presence| Body {
            photos: super::super::rule::Photos { household, presence, ..Default::default() },
        };
        let mut terms = Terms {
            rules: Vec::new(),
            districts: Districts::from([("zjedz".to_owned(), vec!["440811070".to_owned()])]),
            floor_days: 0,
        };
        let place = |name| Place::parse(name).unwrap();
        terms.with(&place("zjedz"), &body(Some(clause(1)), Some(clause(2))), "2026-01-01");
        terms.with(&place("440811070201"), &body(Some(clause(3)), None), "2026-02-01");
        let days_of = |terms: &Terms, scope: &str, day: &str| Some(terms.of(scope, day)?.clause.keep_days);
        let days = |scope: &str, day: &str| days_of(&terms, scope, day);
        assert_eq!(days("440811070201/household", "2026-02-01"), Some(3));
        assert_eq!(days("440811070201/household", "2026-01-31"), Some(1), "not in effect yet");
        assert_eq!(days("440811070201/presence", "2026-02-01"), Some(2), "it says nothing of these");
        assert_eq!(days("440811070202/household", "2026-02-01"), Some(1));
        assert_eq!(days("440811070201/inspection", "2026-02-01"), None);
        assert_eq!(days("440811071201/household", "2026-02-01"), None, "of another district");
        terms.with(&place("440811070201"), &body(Some(clause(9)), None), "2026-02-01");
        assert_eq!(days_of(&terms, "440811070201/household", "2026-02-01"), Some(9));
    }
}
