//! Worked days, each with what it must come to.

use jiff::tz::TimeZone;

use crate::attendance::{
    day::{Calendar, DAY_MS, DayBounds, HOUR_MS, Span, parse},
    fence::{FixReason, FixVerdict, Measured, Whereabouts},
    inputs::{Approval, Called, DayInputs, Duty, FixEvidence, Leave, Post, Review, RollCall, Told},
    presence::{PresenceVerdict, Verdict, decide},
    reason::ReasonCode,
    rule::Rule,
};

pub(super) const VILLAGE: &str = "440811070201";

pub(super) fn bounds() -> DayBounds {
    Calendar(TimeZone::get("Asia/Shanghai").unwrap()).bounds(parse("2026-03-02").unwrap())
}

fn noon() -> Span {
    let noon = bounds().start_ms + DAY_MS / 2;
    Span { lo_ms: Some(noon - 5_000), hi_ms: Some(noon + 5_000) }
}

fn over_midnight() -> Span {
    Span { lo_ms: Some(bounds().start_ms - HOUR_MS), hi_ms: Some(bounds().start_ms + HOUR_MS) }
}

pub(super) fn stationed() -> DayInputs {
    let post = Post { from_ms: 0, record: "00".into(), village: VILLAGE.into() };
    DayInputs::empty("zjedz.p.m-1", "2026-03-02", bounds(), &Rule::default(), vec![post])
}

pub(super) fn fix(n: usize, place: Whereabouts, reasons: &[FixReason], span: Span) -> FixEvidence {
    let (distance, probability) = match place {
        Whereabouts::Inside => (-300.0, 1.0),
        Whereabouts::Outside => (12_000.0, 0.0),
        Whereabouts::Uncertain => (40.0, 0.16),
    };
    FixEvidence {
        evidence: format!("fix:{n:02x}"),
        village: VILLAGE.into(),
        fix: Measured {
            lat: 21.0,
            lon: 110.4,
            accuracy_m: Some(20.0),
            datum: None,
            mock: reasons.contains(&FixReason::Mocked),
            span,
        },
        verdict: FixVerdict {
            place,
            distance_m: Some(distance),
            probability: Some(probability),
            reasons: reasons.to_vec(),
            fence: None,
        },
    }
}

pub(super) fn call(n: usize, state: Called, village: Option<&str>, span: Span) -> RollCall {
    RollCall { evidence: format!("roll_call:{n:02x}"), state, village: village.map(str::to_owned), span }
}

/// A stationed member's day, piece by piece.
struct Day(DayInputs);

fn day() -> Day {
    Day(stationed())
}

impl Day {
    fn fix(self, place: Whereabouts) -> Self {
        self.fix_with(place, &[], noon())
    }

    fn fix_with(mut self, place: Whereabouts, reasons: &[FixReason], span: Span) -> Self {
        self.0.fixes.push(fix(self.0.fixes.len(), place, reasons, span));
        self
    }

    fn call(self, state: Called) -> Self {
        self.call_at(state, Some(VILLAGE), noon())
    }

    fn call_at(mut self, state: Called, village: Option<&str>, span: Span) -> Self {
        self.0.roll_calls.push(call(self.0.roll_calls.len(), state, village, span));
        self
    }

    fn leave(mut self, approval: Approval) -> Self {
        self.0.leaves.push(Leave { evidence: format!("leave:{:02x}", self.0.leaves.len()), approval });
        self
    }

    fn duty(mut self, approval: Approval, reported_ms: Option<i64>) -> Self {
        let from_ms = bounds().start_ms + 9 * HOUR_MS;
        let evidence = format!("duty_away:{:02x}", self.0.duties.len());
        self.0.duties.push(Duty { evidence, approval, from_ms, reported_ms });
        self
    }

    fn review(mut self, verdict: Verdict) -> Self {
        self.0.review = Some(Review { evidence: "review:00".into(), verdict, reason: "当面核实".into() });
        self
    }

    fn told(mut self) -> Self {
        let told = |kind: &str| vec![Told { evidence: format!("{kind}:00"), span: noon() }];
        (self.0.visits, self.0.work_logs, self.0.check_ins) = (told("visit"), told("work_log"), told("check_in"));
        self
    }

    fn without_station(mut self) -> Self {
        self.0.stations.clear();
        self
    }

    #[track_caller]
    fn is(self, verdict: Verdict, first: ReasonCode) -> PresenceVerdict {
        let decided = decide(&self.0);
        assert_eq!((decided.verdict, decided.reasons[0].code), (verdict, first), "{:#?}", decided.reasons);
        decided
    }
}

use Called::{Absent, AwayOnDuty, OnLeave, Seen};
use ReasonCode as R;
use Verdict as V;
use Whereabouts::{Inside, Outside, Uncertain};

#[test]
fn nothing_at_all_is_unconfirmed_not_absent() {
    day().is(V::Unconfirmed, R::NoEvidence);
    day().without_station().is(V::NotRequired, R::NoStation);
}

#[test]
fn a_good_position_inside_is_presence_whatever_else_lies_outside() {
    let v = day().fix(Outside).fix(Inside).fix(Uncertain).is(V::Present, R::InsideFix);
    assert_eq!((v.used, v.set_aside.len(), v.village.as_deref()), (vec!["fix:01".to_owned()], 2, Some(VILLAGE)));
}

#[test]
fn one_works_from_home() {
    let v = day().fix(Outside).fix(Outside).told().is(V::Absent, R::OnlyOutside);
    assert_eq!(v.reasons[1].en, "2 good position(s) outside the village, the nearest 12000 m from its boundary.");
    assert_eq!(v.used.len(), 2);
}

#[test]
fn forty_metres_outside_with_sixty_metres_accuracy_is_unconfirmed() {
    day().fix(Uncertain).is(V::Unconfirmed, R::UncertainFix);
    day().fix(Uncertain).fix(Outside).is(V::Unconfirmed, R::OutsideFix);
}

#[test]
fn a_mocked_position_is_set_aside_and_convicts_nobody() {
    day().fix_with(Inside, &[FixReason::Mocked], noon()).is(V::Unconfirmed, R::MockedInside);
    day().fix_with(Outside, &[FixReason::Mocked], noon()).is(V::Unconfirmed, R::NothingDecides);
    day().fix_with(Outside, &[FixReason::Mocked], noon()).fix(Inside).is(V::Present, R::InsideFix);
}

#[test]
fn doubts_about_time_accuracy_datum_and_fence_leave_the_day_to_a_person() {
    day().fix_with(Inside, &[FixReason::DayUnsure], over_midnight()).is(V::Unconfirmed, R::DayUnsure);
    day().fix_with(Outside, &[FixReason::DayUnsure], over_midnight()).is(V::Unconfirmed, R::NothingDecides);
    for poor in [FixReason::PoorAccuracy, FixReason::AccuracyUnknown, FixReason::DatumUnknown] {
        day().fix_with(Inside, &[poor], noon()).is(V::Unconfirmed, R::PoorInside);
        day().fix_with(Outside, &[poor], noon()).is(V::Unconfirmed, R::NothingDecides);
    }
    day().fix_with(Uncertain, &[FixReason::NoFence], noon()).is(V::Unconfirmed, R::NoFence);
    day().fix_with(Inside, &[FixReason::DatumConverted], noon()).is(V::Present, R::InsideFix);
}

#[test]
fn roll_calls() {
    day().call(Seen).is(V::Present, R::SeenAtRollCall);
    day().call(Absent).is(V::Absent, R::RollCallAbsent);
    day().call(Absent).fix(Outside).is(V::Absent, R::RollCallAbsent);
    day().call(Absent).fix(Uncertain).is(V::Absent, R::RollCallAbsent);
    day().call(OnLeave).is(V::Unconfirmed, R::SaidOnLeave);
    day().call(AwayOnDuty).is(V::Unconfirmed, R::SaidAwayOnDuty);
    day().call_at(Absent, Some("440811070999"), noon()).is(V::Unconfirmed, R::NothingDecides);
    day().call_at(Absent, None, noon()).is(V::Absent, R::RollCallAbsent);
    day().call_at(Absent, Some(VILLAGE), over_midnight()).is(V::Unconfirmed, R::RollCallDayUnsure);
}

#[test]
fn a_roll_call_against_a_position_goes_to_a_person() {
    let v = day().call(Absent).fix(Inside).is(V::Unconfirmed, R::Contradiction);
    assert_eq!(v.used, ["fix:00", "roll_call:00"]);
    // Who was seen once was there, even if not found at another hour.
    day().call(Absent).call(Seen).fix(Inside).is(V::Present, R::SeenAtRollCall);
}

#[test]
fn leave() {
    day().leave(Approval::Approved).fix(Outside).is(V::OnLeave, R::LeaveApproved);
    day().leave(Approval::Open).is(V::Unconfirmed, R::LeavePending);
    day().leave(Approval::Open).fix(Outside).is(V::Unconfirmed, R::OutsideFix);
    day().leave(Approval::Rejected).fix(Outside).is(V::Absent, R::OnlyOutside);
    day().leave(Approval::Rejected).is(V::Unconfirmed, R::NothingDecides);
}

#[test]
fn duty_away_counts_if_it_was_reported_before_it_began() {
    let began = bounds().start_ms + 9 * HOUR_MS;
    day().duty(Approval::Open, Some(began - 1)).is(V::AwayCounted, R::DutyReported);
    day().duty(Approval::Open, Some(began)).is(V::Unconfirmed, R::DutyLate);
    day().duty(Approval::Open, None).is(V::Unconfirmed, R::DutyLate);
    day().duty(Approval::Approved, None).call(Absent).is(V::AwayCounted, R::DutyApproved);
    day().duty(Approval::Rejected, Some(0)).fix(Outside).is(V::Absent, R::OnlyOutside);
}

#[test]
fn the_offices_word_is_over_all() {
    let v = day().review(V::Present).call(Absent).leave(Approval::Approved).is(V::Present, R::ReviewByOffice);
    assert_eq!(v.reasons[0].zh, "办公室认定：当面核实");
    day().review(V::Absent).fix(Inside).is(V::Absent, R::ReviewByOffice);
    day().without_station().review(V::Present).is(V::Present, R::ReviewByOffice);
}

#[test]
fn what_a_member_only_says_decides_nothing() {
    let v = day().told().is(V::Unconfirmed, R::NothingDecides);
    assert_eq!(
        v.reasons.iter().map(|r| r.code).collect::<Vec<_>>(),
        [R::NothingDecides, R::VisitWithoutFix, R::WorkLog, R::CheckInNotCounted]
    );
}

#[test]
fn of_two_stations_on_one_day_the_one_where_the_member_was_is_named() {
    let mut both = day().fix(Inside);
    both.0.stations.push(Post { from_ms: -1, record: "01".into(), village: "440811070202".into() });
    assert_eq!(both.is(V::Present, R::InsideFix).village.as_deref(), Some(VILLAGE));
}

#[test]
fn every_sentence_is_there_in_both_languages_and_no_place_holder_is_left() {
    for code in ReasonCode::ALL {
        let reason = crate::attendance::reason::Reason::new(*code, vec!["fix:00".into()], "7");
        assert!(!reason.zh.is_empty() && !reason.en.is_empty());
        assert!(!reason.zh.contains('{') && !reason.en.contains('{'), "{code:?}");
        assert_eq!(serde_json::to_value(code).unwrap(), code.code());
    }
}
