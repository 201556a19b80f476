//! The verdict on a member's day. A pure function of [`DayInputs`]; nothing that is not in there enters.
//!
//! Every piece of evidence falls on one pile ([`ReasonCode`]), by itself and whatever else there is. The verdict is decided by which piles
//! have something on them, in this order:
//!
//! 1. The office's word; one against the member once a second person agreed.
//! 2. No station: `not_required`.
//! 3. Leave, approved by whom it takes, on a day that is required: `on_leave`.
//! 4. Duty away, approved or, where the rule says so, reported before it began: `away_counted`.
//! 5. Seen at a roll call, where that suffices: `present`.
//! 6. Good pieces inside, as many and when the rule asks for them: `present`; but if a roll call says absent, they contradict each other:
//!    `unconfirmed`.
//! 7. A day that the rule does not ask for: `not_required`.
//! 8. A roll call says absent: `absent`; but beside a good piece, though it be too few: `unconfirmed`.
//! 9. Good pieces that are too few, or anything doubtful: `unconfirmed`.
//! 10. Good positions, all outside: `absent`.
//! 11. Else `unconfirmed`.
//!
//! A position is good if it is not mocked, of known accuracy within the rule's limit and known datum, and wholly within the day or the night
//! that follows, where the rule asks for that. Signals never convict: a mocked position only sets itself aside.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    approval::{self, Standing},
    day::Span,
    fence::{FixReason, Whereabouts},
    inputs::{Approval, Called, CheckIn, DayInputs, Duty, EvidenceRef, FixEvidence, RollCall},
    quality::{self, Found},
    reason::{Reason, ReasonCode},
    rule::{AwayCounts, Evidence, Signal, Weekday, holidays::Need},
};

/// What a day counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// In the village.
    Present,
    /// Away, and counted as in the village.
    AwayCounted,
    /// On approved leave.
    OnLeave,
    /// Not in the village.
    Absent,
    /// A person must look, or nothing is known.
    Unconfirmed,
    /// No station.
    NotRequired,
}

impl Verdict {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::AwayCounted => "away_counted",
            Self::OnLeave => "on_leave",
            Self::Absent => "absent",
            Self::Unconfirmed => "unconfirmed",
            Self::NotRequired => "not_required",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        use Verdict::*;
        [Present, AwayCounted, OnLeave, Absent, Unconfirmed, NotRequired].into_iter().find(|v| v.name() == name)
    }
}

/// A piece that did not decide, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SetAside {
    /// Which.
    pub evidence: EvidenceRef,
    /// Why.
    pub why: ReasonCode,
}

/// The verdict on a member's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresenceVerdict {
    /// What the day counts as.
    pub verdict: Verdict,
    /// The village it is about: the station's.
    pub village: Option<String>,
    /// Why, the deciding first.
    pub reasons: Vec<Reason>,
    /// The pieces that decided.
    pub used: Vec<EvidenceRef>,
    /// The others. Each piece of the inputs is either used or set aside.
    pub set_aside: Vec<SetAside>,
}

type Piles = BTreeMap<ReasonCode, BTreeSet<EvidenceRef>>;

/// What leaves a day unconfirmed.
const DOUBTS: &[ReasonCode] = &[
    ReasonCode::ReviewAwaits,
    ReasonCode::UncertainFix,
    ReasonCode::NoFence,
    ReasonCode::MockedInside,
    ReasonCode::DayUnsure,
    ReasonCode::PoorInside,
    ReasonCode::NoPosition,
    ReasonCode::LeavePending,
    ReasonCode::LeaveLevel,
    ReasonCode::LeaveKind,
    ReasonCode::DutyLate,
    ReasonCode::DutyPending,
    ReasonCode::SaidOnLeave,
    ReasonCode::SaidAwayOnDuty,
    ReasonCode::RollCallDayUnsure,
];
/// What makes a day one of presence.
const GOOD: &[ReasonCode] = &[ReasonCode::SeenAtRollCall, ReasonCode::InsideFix, ReasonCode::CheckInInside];

/// Decides the day.
pub fn decide(day: &DayInputs) -> PresenceVerdict {
    use ReasonCode::*;
    let piles = piles(day);
    let has = |code: ReasonCode| piles.contains_key(&code);
    let good = GOOD.iter().any(|code| has(*code));
    let lacks = if good { lacks(day, &piles) } else { Vec::new() };
    let suffices = has(SeenAtRollCall) && day.ruling.rule.day.roll_call_suffices;
    let required = day.need == Need::Required;
    let told = |code| vec![(code, String::new())];
    let (verdict, decisive, headlines): (_, &[ReasonCode], _) =
        if let Some(review) = day.review.as_ref().filter(|_| has(ReviewByOffice)) {
            (review.verdict, &[ReviewByOffice], Vec::new())
        } else if day.stations.is_empty() {
            (Verdict::NotRequired, &[], told(NoStation))
        } else if has(LeaveApproved) && required {
            (Verdict::OnLeave, &[LeaveApproved], Vec::new())
        } else if has(DutyApproved) || has(DutyReported) {
            (Verdict::AwayCounted, &[DutyApproved, DutyReported], Vec::new())
        } else if suffices || good && lacks.is_empty() && !has(RollCallAbsent) {
            (Verdict::Present, GOOD, Vec::new())
        } else if !required {
            (Verdict::NotRequired, &[], vec![(DayOff, day_off(day))])
        } else if good && has(RollCallAbsent) {
            (Verdict::Unconfirmed, &[InsideFix, CheckInInside, SeenAtRollCall, RollCallAbsent], told(Contradiction))
        } else if has(RollCallAbsent) {
            (Verdict::Absent, &[RollCallAbsent, OutsideFix], Vec::new())
        } else if good {
            (Verdict::Unconfirmed, &[], lacks)
        } else if DOUBTS.iter().any(|doubt| has(*doubt)) {
            (Verdict::Unconfirmed, &[], Vec::new())
        } else if has(OutsideFix) {
            (Verdict::Absent, &[OutsideFix], told(OnlyOutside))
        } else {
            (Verdict::Unconfirmed, &[], told(if piles.is_empty() { NoEvidence } else { NothingDecides }))
        };

    let villages: BTreeSet<&String> = day.stations.iter().map(|post| &post.village).collect();
    let several = (villages.len() > 1).then(|| (SeveralStations, villages.len().to_string()));
    let merged = merged(day);
    let merged = (!merged.is_empty()).then(|| Reason::new(Merged, merged, ""));
    let mut codes: Vec<ReasonCode> = piles.keys().copied().collect();
    codes.sort_by_key(|code| (!decisive.contains(code), *code));
    let reasons = headlines
        .into_iter()
        .map(|(code, detail)| Reason::new(code, Vec::new(), &detail))
        .chain(codes.iter().map(|c| Reason::new(*c, piles[c].iter().cloned().collect(), &detail(*c, day, &piles[c]))))
        .chain(several.map(|(code, detail)| Reason::new(code, Vec::new(), &detail)))
        .chain(merged)
        .chain(quality::signals(day).into_iter().map(signal))
        .collect();
    let (used, aside): (Vec<_>, Vec<_>) = piles
        .iter()
        .flat_map(|(code, pile)| pile.iter().map(|e| (*code, e.clone())))
        .partition(|(code, _)| decisive.contains(code));
    PresenceVerdict {
        verdict,
        village: village(day, &piles),
        reasons,
        used: used.into_iter().map(|(_, e)| e).collect(),
        set_aside: aside.into_iter().map(|(why, evidence)| SetAside { evidence, why }).collect(),
    }
}

/// The verdict on a day of which nothing is known but whether there was a station: what [`decide`] comes to without evidence.
pub fn unknown(stationed: bool, need: Need) -> Verdict {
    if stationed && need == Need::Required { Verdict::Unconfirmed } else { Verdict::NotRequired }
}

/// The pieces that name a village which had become part of the station's.
fn merged(day: &DayInputs) -> Vec<EvidenceRef> {
    let fixes =
        day.fixes.iter().filter(|fix| fix.verdict.reasons.contains(&FixReason::Merged)).map(|fix| &fix.evidence);
    let calls = day.roll_calls.iter().filter(|call| call.named.is_some()).map(|call| &call.evidence);
    fixes.chain(calls).cloned().collect()
}

fn signal(found: Found) -> Reason {
    let code = match found.signal {
        Signal::Mocked => ReasonCode::SignalMocked,
        Signal::ImpossibleSpeed => ReasonCode::SignalSpeed,
        Signal::RepeatedPosition => ReasonCode::SignalRepeated,
        Signal::ByAnother => ReasonCode::SignalByAnother,
        Signal::Photo => ReasonCode::SignalPhoto,
    };
    Reason::new(code, found.evidence, &found.detail)
}

fn day_off(day: &DayInputs) -> String {
    match day.need {
        Need::DayOfRest => {
            let words = day.day.parse().map(|date| Weekday::of(date).words());
            words.map_or_else(|_| String::new(), |(zh, en)| format!("{zh} ({en})"))
        }
        Need::Holiday => "法定节假日 (public holiday)".to_owned(),
        Need::OffSeason => "不在要求的季节 (out of season)".to_owned(),
        Need::Required => String::new(),
    }
}

/// What is missing to what the rule asks of a day's good pieces, with details for the sentences.
fn lacks(day: &DayInputs, piles: &Piles) -> Vec<(ReasonCode, String)> {
    let rule = &day.ruling.rule.day;
    let good: BTreeSet<&EvidenceRef> = GOOD.iter().filter_map(|code| piles.get(code)).flatten().collect();
    let fixes = day.fixes.iter().map(|fix| (&fix.evidence, fix.fix.span));
    let calls = day.roll_calls.iter().map(|call| (&call.evidence, call.span));
    let check_ins = day.check_ins.iter().map(|check_in| (&check_in.evidence, check_in.span));
    let pieces = fixes.chain(calls).chain(check_ins).filter(|(evidence, _)| good.contains(evidence));
    let mut spans: Vec<(i64, i64)> = pieces.filter_map(|(_, span)| span.closed()).collect();
    spans.sort_unstable_by_key(|(lo, hi)| (*hi, *lo));

    let mut lacks = Vec::new();
    let have = apart(&spans, i64::from(rule.apart_minutes) * 60_000);
    if have < usize::from(rule.pieces) {
        lacks.push((ReasonCode::TooFew, format!("{have}/{}", rule.pieces)));
    }
    let within = |bounds: &super::day::DayBounds| {
        spans.iter().any(|(lo, hi)| Span { lo_ms: Some(*lo), hi_ms: Some(*hi) }.within(*bounds))
    };
    let missing: Vec<String> = rule
        .windows
        .iter()
        .zip(&day.windows)
        .filter(|(_, bounds)| !within(bounds))
        .map(|(w, _)| w.to_string())
        .collect();
    if !missing.is_empty() {
        lacks.push((ReasonCode::WindowMissing, missing.join("、")));
    }
    if day.night.is_some_and(|night| !within(&night)) {
        lacks.push((ReasonCode::NightMissing, String::new()));
    }
    lacks
}

/// The most of these that lie so far apart, taking each as near to the next as it can have been; sorted by their ends.
fn apart(spans: &[(i64, i64)], apart_ms: i64) -> usize {
    if apart_ms == 0 {
        return spans.len();
    }
    let (mut count, mut last) = (0, None::<i64>);
    for (lo, hi) in spans {
        if last.is_none_or(|last| lo - last >= apart_ms) {
            count += 1;
            last = Some(*hi);
        }
    }
    count
}

fn piles(day: &DayInputs) -> Piles {
    let mut piles = Piles::new();
    let mut put = |code: ReasonCode, evidence: &EvidenceRef| {
        piles.entry(code).or_default().insert(evidence.clone());
    };
    if let Some(review) = &day.review {
        let holds = review.seconded || !approval::takes_two(review.verdict);
        put(if holds { ReasonCode::ReviewByOffice } else { ReasonCode::ReviewAwaits }, &review.evidence);
    }
    for leave in &day.leaves {
        let code = match approval::standing(&day.ruling.rule.leave, leave) {
            Standing::Approved => ReasonCode::LeaveApproved,
            Standing::Pending => ReasonCode::LeavePending,
            Standing::TooLow => ReasonCode::LeaveLevel,
            Standing::UnknownKind => ReasonCode::LeaveKind,
            Standing::Rejected => ReasonCode::LeaveRejected,
        };
        put(code, &leave.evidence);
    }
    for duty in &day.duties {
        put(pile_of_duty(duty, day), &duty.evidence);
    }
    for call in &day.roll_calls {
        put(pile_of_roll_call(call, day), &call.evidence);
    }
    for fix in &day.fixes {
        put(pile_of_fix(fix, day), &fix.evidence);
    }
    for visit in &day.visits {
        put(
            if day.fixes.is_empty() { ReasonCode::VisitWithoutFix } else { ReasonCode::VisitByItsFixes },
            &visit.evidence,
        );
    }
    for log in &day.work_logs {
        put(ReasonCode::WorkLog, &log.evidence);
    }
    for check_in in &day.check_ins {
        put(pile_of_check_in(check_in, day), &check_in.evidence);
    }
    piles
}

/// Whether a time is wholly of the day, or of the night that follows it where the rule asks for that.
fn is_of(span: Span, day: &DayInputs) -> bool {
    span.within(day.reach())
}

fn pile_of_check_in(check_in: &CheckIn, day: &DayInputs) -> ReasonCode {
    let inside = |fix: &FixEvidence| Some(&fix.evidence) == check_in.fix.as_ref() && is_good_inside(fix, day);
    let counts = day.ruling.rule.check_in.is_some() && check_in.own && is_of(check_in.span, day);
    if counts && day.fixes.iter().any(inside) { ReasonCode::CheckInInside } else { ReasonCode::CheckInNotCounted }
}

fn pile_of_duty(duty: &Duty, day: &DayInputs) -> ReasonCode {
    let rule = &day.ruling.rule.away;
    let counts = duty.kind.as_ref().is_none_or(|kind| rule.kinds.contains(kind));
    let reported = duty.reported_ms.is_some_and(|at| at < duty.from_ms);
    match duty.approval {
        Approval::Rejected => ReasonCode::DutyRejected,
        _ if !counts => ReasonCode::DutyNotCounted,
        Approval::Approved => ReasonCode::DutyApproved,
        Approval::Open if rule.counts == AwayCounts::Approved => ReasonCode::DutyPending,
        Approval::Open if reported => ReasonCode::DutyReported,
        Approval::Open => ReasonCode::DutyLate,
    }
}

fn pile_of_roll_call(call: &RollCall, day: &DayInputs) -> ReasonCode {
    if call.village.as_ref().is_some_and(|v| !day.stations.iter().any(|s| s.village == *v)) {
        return ReasonCode::RollCallElsewhere;
    }
    let seen = call.state == Called::Seen;
    if !(call.span.within(day.bounds) || seen && is_of(call.span, day)) {
        return ReasonCode::RollCallDayUnsure;
    }
    match call.state {
        Called::Seen if day.ruling.rule.day.evidence.contains(&Evidence::RollCall) => ReasonCode::SeenAtRollCall,
        Called::Seen => ReasonCode::SeenNotCounted,
        Called::Absent => ReasonCode::RollCallAbsent,
        Called::OnLeave => ReasonCode::SaidOnLeave,
        Called::AwayOnDuty => ReasonCode::SaidAwayOnDuty,
    }
}

/// Whether nothing is to be said against a position inside.
fn is_good_inside(fix: &FixEvidence, day: &DayInputs) -> bool {
    fix.verdict.place == Whereabouts::Inside && !fix.fix.mock && !is_poor(fix) && is_of(fix.fix.span, day)
}

fn is_poor(fix: &FixEvidence) -> bool {
    let reasons = [FixReason::PoorAccuracy, FixReason::AccuracyUnknown, FixReason::DatumUnknown];
    reasons.iter().any(|reason| fix.verdict.reasons.contains(reason))
}

fn pile_of_fix(fix: &FixEvidence, day: &DayInputs) -> ReasonCode {
    let any = |of: &[FixReason]| of.iter().any(|r| fix.verdict.reasons.contains(r));
    match fix.verdict.place {
        Whereabouts::Inside if fix.fix.mock => ReasonCode::MockedInside,
        _ if fix.fix.mock => ReasonCode::MockedElsewhere,
        _ if any(&[FixReason::NoPosition]) => ReasonCode::NoPosition,
        // Who is outside at night was not outside on that day.
        Whereabouts::Outside if is_poor(fix) || !fix.fix.span.within(day.bounds) => ReasonCode::PoorOutside,
        Whereabouts::Outside => ReasonCode::OutsideFix,
        _ if !is_of(fix.fix.span, day) => ReasonCode::DayUnsure,
        Whereabouts::Uncertain if any(&[FixReason::NoFence, FixReason::BadFence]) => ReasonCode::NoFence,
        Whereabouts::Uncertain => ReasonCode::UncertainFix,
        Whereabouts::Inside if is_poor(fix) => ReasonCode::PoorInside,
        Whereabouts::Inside if !day.ruling.rule.day.evidence.contains(&Evidence::Fix) => ReasonCode::FixNotCounted,
        Whereabouts::Inside => ReasonCode::InsideFix,
    }
}

fn detail(code: ReasonCode, day: &DayInputs, pile: &BTreeSet<EvidenceRef>) -> String {
    match code {
        ReasonCode::ReviewByOffice | ReasonCode::ReviewAwaits => {
            day.review.as_ref().map_or_else(String::new, |r| r.reason.clone())
        }
        ReasonCode::OutsideFix => {
            let distances =
                day.fixes.iter().filter(|f| pile.contains(&f.evidence)).filter_map(|f| f.verdict.distance_m);
            distances.min_by(f64::total_cmp).map_or_else(String::new, |m| format!("{m:.0}"))
        }
        _ => String::new(),
    }
}

/// The station's village; where there are several, one in which the member was seen or measured.
fn village(day: &DayInputs, piles: &Piles) -> Option<String> {
    let on = |code: ReasonCode, evidence: &EvidenceRef| piles.get(&code).is_some_and(|pile| pile.contains(evidence));
    let seen = day
        .roll_calls
        .iter()
        .filter(|c| on(ReasonCode::SeenAtRollCall, &c.evidence))
        .filter_map(|c| c.village.as_ref());
    let inside = day.fixes.iter().filter(|f| on(ReasonCode::InsideFix, &f.evidence)).map(|f| &f.village);
    let posted = day.stations.iter().min().map(|s| &s.village);
    seen.min().or_else(|| inside.min()).or(posted).cloned()
}
