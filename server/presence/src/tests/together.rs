//! Members who move as one: worked months, and what holds of any.

use mobile_schema::{Datum, to_wgs84};
use proptest::prelude::*;

use super::calendar;
use crate::{
    day::{DAY_MS, HOUR_MS},
    rule::Together,
    together::{Capture, Group, Noted, groups},
};

/// On that day of the month, at that time, so many metres east of the village's middle; known to 5 s and 10 m.
fn at(person: &str, day: i64, clock: &str, east_m: f64) -> Capture {
    let parts: Vec<i64> = clock.split(':').map(|part| part.parse().unwrap()).collect();
    let start_ms = calendar().bounds("2026-03-01".parse().unwrap()).start_ms + (day - 1) * DAY_MS;
    let at_ms = start_ms + parts[0] * HOUR_MS + parts[1] * 60_000 + parts.get(2).unwrap_or(&0) * 1_000;
    let place = to_wgs84(Datum::Wgs84, 21.0, 110.4 + east_m / 103_900.0).unwrap();
    Capture { person: person.to_owned(), lo_ms: at_ms - 5_000, hi_ms: at_ms + 5_000, place, accuracy_m: 10.0 }
}

/// Such a day again and again.
fn on(days: std::ops::RangeInclusive<i64>, each: &[(&str, &str, f64)]) -> Vec<Capture> {
    days.flat_map(|day| each.iter().map(move |(person, clock, east_m)| at(person, day, clock, *east_m))).collect()
}

fn found(captures: &[Capture]) -> Vec<String> {
    let tell = |group: &Group| {
        format!("{}: {} days, {} times, {} apart", group.people.join(" "), group.days, group.times, group.apart_days)
    };
    groups(captures, &Together::default(), &calendar()).iter().map(tell).collect()
}

/// Both phones in one bag: 20 s and 3 m apart, in the morning and in the afternoon.
const ONE_BAG: &[(&str, &str, f64)] =
    &[("A", "09:00", 0.0), ("B", "09:00:20", 3.0), ("A", "15:30", 800.0), ("B", "15:30:40", 805.0)];

#[test]
fn worked_months() {
    let bag = |days| on(days, ONE_BAG);
    let and = |mut one: Vec<Capture>, other: Vec<Capture>| {
        one.extend(other);
        one
    };
    let vaguely = |mut all: Vec<Capture>, by_ms: i64, accuracy_m: f64| {
        for capture in &mut all {
            (capture.lo_ms, capture.hi_ms) = (capture.lo_ms - by_ms, capture.hi_ms + by_ms);
            capture.accuracy_m = capture.accuracy_m.max(accuracy_m);
        }
        all
    };
    let third = &[("C", "09:01", 6.0), ("C", "15:31", 802.0)];
    let own_way = &[("C", "08:10", 0.0), ("C", "11:40", 1_500.0)];
    let cases: Vec<(&str, Vec<Capture>, &[&str])> = vec![
        ("two phones in one bag for six days", bag(1..=6), &["A B: 6 days, 12 times, 0 apart"]),
        ("for four days: chance", bag(1..=4), &[]),
        ("three phones in one bag", and(bag(1..=6), on(1..=6, third)), &["A B C: 6 days, 12 times, 0 apart"]),
        ("a third member goes another way", and(bag(1..=6), on(1..=6, own_way)), &["A B: 6 days, 12 times, 0 apart"]),
        (
            "they live in one house and record there, minutes apart",
            on(1..=20, &[("A", "07:30", 0.0), ("B", "07:42", 2.0), ("A", "10:00", 900.0), ("B", "16:00", 400.0)]),
            &[],
        ),
        (
            "they walk together in the morning, and one of them alone in the afternoon",
            on(1..=20, &[("A", "09:00", 0.0), ("B", "09:00:30", 4.0), ("B", "15:00", 700.0)]),
            &[],
        ),
        (
            "once in eleven days one records alone",
            and(bag(1..=10), on(11..=11, &[("A", "10:00", 0.0)])),
            &["A B: 10 days, 20 times, 1 apart"],
        ),
        ("twice in eleven days", and(bag(1..=9), on(10..=11, &[("A", "10:00", 0.0)])), &[]),
        (
            "everybody records at nine sharp, in other hamlets",
            on(1..=20, &[("A", "09:00", 0.0), ("B", "09:00:05", 2_000.0)]),
            &[],
        ),
        ("at one place, an hour apart", on(1..=20, &[("A", "09:00", 0.0), ("B", "10:00", 1.0)]), &[]),
        ("clocks that are known to ten minutes say nothing", vaguely(bag(1..=20), 600_000, 0.0), &[]),
        ("positions by a cell tower are the same for all", vaguely(bag(1..=20), 0, 300.0), &[]),
        ("each alone", on(1..=20, &[("A", "09:00", 0.0)]), &[]),
    ];
    for (name, captures, told) in cases {
        assert_eq!(found(&captures), told, "{name}");
    }
    let off = Together { days: 0, ..Together::default() };
    assert!(groups(&bag(1..=20), &off, &calendar()).is_empty(), "a rule that does not look");
}

#[test]
fn what_was_taken_note_of_is_new_again_with_another_member_or_as_many_days_again() {
    let rule = Together::default();
    let after = |days| groups(&on(1..=days, ONE_BAG), &rule, &calendar()).remove(0);
    let noted = [after(6).to_note()];
    assert_eq!(noted[0], Noted { others: ["B".to_owned()].into(), days: 6 });
    assert!(after(6).is_known(&noted) && after(10).is_known(&noted));
    assert!(!after(11).is_known(&noted) && !after(6).is_known(&[]));
    let mut three = after(6);
    three.people.push("C".to_owned());
    assert!(!three.is_known(&noted));
    let words = three.words(|person| if person == "A" { "张三" } else { person });
    assert!(words.zh.starts_with("张三、B、C的记录总是同时同地：6 天共 12 次"), "{}", words.zh);
}

fn months() -> impl Strategy<Value = Vec<Capture>> {
    let capture = (0..4_usize, 1..12_i64, 0..6_i64, 0..3_i64, 0..4_i64).prop_map(|(person, day, hour, late, east)| {
        at(
            ["A", "B", "C", "D"][person],
            day,
            &format!("{}:{:02}:{:02}", 8 + 2 * hour, late, late * 20),
            east as f64 * 15.0,
        )
    });
    let bag = prop::collection::vec(1..12_i64, 0..12);
    (prop::collection::vec(capture, 0..12), bag).prop_map(|(mut all, days)| {
        all.extend(days.into_iter().flat_map(|day| on(day..=day, ONE_BAG)));
        all
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn the_order_of_captures_means_nothing(month in months(), turn in 0..20_usize) {
        let mut other = month.clone();
        other.reverse();
        other.rotate_left(turn.min(month.len()));
        prop_assert_eq!(found(&month), found(&other));
    }

    /// Whoever records something alone on every day moves as one with nobody.
    #[test]
    fn own_ways_on_every_day_are_enough(month in months()) {
        let alone = on(1..=12, &[("A", "21:00", 9_000.0)]);
        let all: Vec<Capture> = month.iter().chain(&alone).cloned().collect();
        prop_assert!(groups(&all, &Together::default(), &calendar()).iter().all(|group| group.first() != "A"));
    }

    /// A capture more that had no company only excuses.
    #[test]
    fn a_capture_alone_never_makes_a_finding(month in months(), day in 1..12_i64) {
        let alone = at("A", day, "20:00", 5_000.0);
        let before = groups(&month, &Together::default(), &calendar());
        let all: Vec<Capture> = month.into_iter().chain([alone]).collect();
        let after = groups(&all, &Together::default(), &calendar());
        let known: Vec<&str> = before.iter().flat_map(|group| group.people.iter().map(String::as_str)).collect();
        prop_assert!(after.iter().flat_map(|group| &group.people).all(|person| known.contains(&person.as_str())));
    }

    /// Each finding is what it says: so many days, of the rule's number at least, and two people or more.
    #[test]
    fn a_finding_says_enough(month in months()) {
        for group in groups(&month, &Together::default(), &calendar()) {
            prop_assert!(group.people.len() > 1 && group.people.is_sorted());
            prop_assert!(group.days >= 5 && group.times >= group.days);
            prop_assert!(group.apart_days * 10 <= group.days + group.apart_days);
        }
    }
}
