//! What holds of every day.

use proptest::prelude::*;

use super::{VILLAGE, bounds, call, fix, stationed};
use crate::{
    day::{DAY_MS, HOUR_MS, Span},
    decide::{Verdict, decide, unknown},
    fence::{FixReason, Whereabouts},
    inputs::{Approval, Called, DayInputs, Duty, Leave, Review, changes},
    matter::{Code, matters},
    reason::ReasonCode,
    rule::{
        Approver,
        book::{Book, Entry},
    },
};

/// A book of one rule: one that ships, or the default.
fn book(rule: Option<&str>) -> Book {
    let entry = rule.map(|body| Entry {
        place: VILLAGE.into(),
        id: "tried".into(),
        from: "2026-01-01".into(),
        to: None,
        body: serde_json::from_str(body).unwrap(),
    });
    Book::of(entry.into_iter().collect(), &[], []).0
}

fn rules() -> impl Strategy<Value = Book> {
    let ships = [
        None,
        Some(include_str!("../../rules/days-a-month.json")),
        Some(include_str!("../../rules/days-a-year.json")),
        Some(include_str!("../../rules/two-windows.json")),
    ];
    prop::sample::select(ships.map(book).to_vec())
}

fn spans() -> impl Strategy<Value = Span> {
    let start = bounds().start_ms;
    prop_oneof![
        8 => (0..DAY_MS).prop_map(move |at| Span { lo_ms: Some(start + at), hi_ms: Some(start + at) }),
        1 => Just(Span { lo_ms: Some(start - HOUR_MS), hi_ms: Some(start + HOUR_MS) }),
        1 => Just(Span { lo_ms: Some(start + DAY_MS - 1), hi_ms: Some(start + DAY_MS) }),
    ]
}

fn days() -> impl Strategy<Value = DayInputs> {
    let place = prop_oneof![Just(Whereabouts::Inside), Just(Whereabouts::Outside), Just(Whereabouts::Uncertain)];
    let reasons = prop::sample::subsequence(
        vec![
            FixReason::Mocked,
            FixReason::PoorAccuracy,
            FixReason::AccuracyUnknown,
            FixReason::DatumConverted,
            FixReason::NoFence,
        ],
        0..3,
    );
    let fixes = prop::collection::vec((place, reasons, spans()), 0..6);
    let state = prop_oneof![Just(Called::Seen), Just(Called::Absent), Just(Called::OnLeave), Just(Called::AwayOnDuty)];
    let village = prop_oneof![Just(Some(VILLAGE)), Just(None), Just(Some("440811070999"))];
    let calls = prop::collection::vec((state, village, spans()), 0..3);
    let approval = || prop_oneof![Just(Approval::Open), Just(Approval::Approved), Just(Approval::Rejected)];
    let by = prop::option::of(prop_oneof![Just(Approver::Town), Just(Approver::Office)]);
    let leaves = prop::collection::vec((approval(), by, 1..9_u32), 0..2);
    let duties = prop::collection::vec((approval(), prop::option::of(0..2_i64)), 0..2);
    let review = prop::option::weighted(0.1, prop_oneof![Just(Verdict::Present), Just(Verdict::Absent)]);
    (rules(), fixes, calls, leaves, duties, review, prop::bool::weighted(0.9)).prop_map(
        |(book, fixes, calls, leaves, duties, review, posted)| {
            let mut day = stationed(&book, "2026-03-02");
            if !posted {
                day.stations.clear();
            }
            day.fixes =
                fixes.into_iter().enumerate().map(|(n, (place, why, span))| fix(n, place, &why, span)).collect();
            day.roll_calls =
                calls.into_iter().enumerate().map(|(n, (state, at, span))| call(n, state, at, span)).collect();
            day.leaves = leaves
                .into_iter()
                .enumerate()
                .map(|(n, (approval, approved_by, days))| Leave {
                    evidence: format!("leave:{n:02x}"),
                    kind: Some("personal".into()),
                    days,
                    begins: true,
                    approval,
                    approved_by,
                })
                .collect();
            day.duties = duties
                .into_iter()
                .enumerate()
                .map(|(n, (approval, reported_ms))| Duty {
                    evidence: format!("duty_away:{n:02x}"),
                    kind: None,
                    approval,
                    from_ms: 1,
                    reported_ms,
                })
                .collect();
            day.review = review.map(|verdict| Review {
                evidence: "review:00".into(),
                verdict,
                reason: String::new(),
                seconded: false,
            });
            day
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_order_of_the_evidence_means_nothing(day in days(), turn in 0..6_usize) {
        let mut other = day.clone();
        other.fixes.reverse();
        let by = turn.min(other.fixes.len());
        other.fixes.rotate_left(by);
        other.roll_calls.reverse();
        other.leaves.reverse();
        other.duties.reverse();
        prop_assert_eq!(decide(&day), decide(&other));
        prop_assert_eq!(day.sorted().hash(), other.sorted().hash());
    }

    #[test]
    fn every_piece_is_either_used_or_set_aside_and_named_by_a_reason(day in days()) {
        let verdict = decide(&day);
        let mut told: Vec<String> = verdict.used.iter().chain(verdict.set_aside.iter().map(|s| &s.evidence)).cloned().collect();
        told.sort_unstable();
        let all: Vec<String> = day.pieces().into_iter().map(|(e, _)| e).collect();
        prop_assert_eq!(&told, &all);
        let piles = verdict.reasons.iter().filter(|reason| !reason.code.code().starts_with("signal_"));
        let mut named: Vec<String> = piles.flat_map(|r| r.evidence.clone()).collect();
        named.sort_unstable();
        prop_assert_eq!(named, all);
        prop_assert!(!verdict.reasons.is_empty());
    }

    /// A good position inside takes presence from nobody; against a roll call it makes the day a person's to decide.
    #[test]
    fn a_good_position_inside_never_harms(day in days(), at in HOUR_MS..DAY_MS - HOUR_MS) {
        let before = decide(&day);
        let mut more = day;
        let at = bounds().start_ms + at;
        more.fixes.push(fix(99, Whereabouts::Inside, &[], Span { lo_ms: Some(at), hi_ms: Some(at) }));
        let after = decide(&more);
        let open = after.reasons.iter().any(|reason| {
            use ReasonCode::{Contradiction, NightMissing, TooFew, WindowMissing};
            [Contradiction, NightMissing, TooFew, WindowMissing].contains(&reason.code)
        });
        prop_assert!(after.verdict == before.verdict || after.verdict == Verdict::Present || open, "{:?} {:?}", before.verdict, after);
        prop_assert!(after.verdict != Verdict::Absent || before.verdict == Verdict::Absent && more.review.is_some());
    }

    /// One person's word against a member holds nothing by itself.
    #[test]
    fn nobody_is_absent_by_one_persons_decision(day in days()) {
        let mut without = day.clone();
        without.review = None;
        let (with, without) = (decide(&day), decide(&without));
        if day.review.as_ref().is_some_and(|review| review.verdict == Verdict::Absent) {
            prop_assert!(with.verdict != Verdict::Absent || without.verdict == Verdict::Absent);
        }
    }

    /// What waits for a person waits until a person decided; and a day that is clear is nobody's business.
    #[test]
    fn the_office_has_the_last_word(mut day in days()) {
        day.review = Some(Review { evidence: "review:00".into(), verdict: Verdict::Absent, reason: String::new(), seconded: true });
        let decided = decide(&day);
        prop_assert_eq!(decided.verdict, Verdict::Absent);
        let own = [Code::Leave, Code::Duty];
        prop_assert!(matters(&day, &decided).iter().all(|matter| own.contains(&matter.code)));
    }

    /// A mocked position only sets itself aside: it makes nobody absent, and nobody present.
    #[test]
    fn a_mocked_position_never_convicts(day in days(), inside in any::<bool>(), span in spans()) {
        let before = decide(&day);
        let mut more = day;
        let place = if inside { Whereabouts::Inside } else { Whereabouts::Outside };
        more.fixes.push(fix(99, place, &[FixReason::Mocked], span));
        let after = decide(&more);
        prop_assert!(after.verdict == before.verdict || after.verdict == Verdict::Unconfirmed);
        prop_assert!(!after.used.contains(&"fix:63".to_owned()));
    }

    #[test]
    fn what_changed_is_told(day in days()) {
        let day = day.sorted();
        let before = day.pieces();
        let mut more = day.clone();
        more.fixes.push(fix(99, Whereabouts::Inside, &[], Span { lo_ms: Some(0), hi_ms: Some(0) }));
        let more = more.sorted();
        prop_assert_ne!(day.hash(), more.hash());
        let told = changes(&before, &more.pieces());
        prop_assert_eq!((told.len(), told[0].how.as_str(), told[0].evidence.as_str()), (1, "came", "fix:63"));
        prop_assert!(changes(&more.pieces(), &before)[0].how == "went");
        prop_assert!(changes(&before, &before)[0].how == "surroundings");
    }
}

/// A sheet says of days without evidence what deriving them would.
#[test]
fn a_day_without_evidence_is_what_is_said_of_it_without_deriving_it() {
    let days = crate::day::days("2026-01-01".parse().unwrap(), "2026-12-31".parse().unwrap());
    for body in [include_str!("../../rules/days-a-month.json"), include_str!("../../rules/two-windows.json")] {
        let weekdays = r#"{"required": {"weekdays": ["mon", "tue"]}}"#;
        for book in [book(Some(body)), book(Some(weekdays)), book(None)] {
            for date in &days {
                let day = stationed(&book, &date.to_string());
                assert_eq!(decide(&day).verdict, unknown(true, day.need), "{date}");
                let nowhere = DayInputs { stations: Vec::new(), ..day };
                assert_eq!(decide(&nowhere).verdict, unknown(false, nowhere.need), "{date}");
            }
        }
    }
}
