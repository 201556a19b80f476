//! The verdict on a member's day. A pure function of [`DayInputs`]; nothing that is not in there enters.
//!
//! Every piece of evidence falls on one pile ([`ReasonCode`]), by itself and whatever else there is. The verdict is decided by which piles
//! have something on them, in this order:
//!
//! 1. The office's word.
//! 2. No station: `not_required`.
//! 3. Approved leave: `on_leave`.
//! 4. Duty away, approved or reported before it began: `away_counted`.
//! 5. Seen at a roll call: `present`.
//! 6. A good position inside: `present`; but if a roll call says absent, they contradict each other: `unconfirmed`.
//! 7. A roll call says absent: `absent`.
//! 8. Anything doubtful: `unconfirmed`.
//! 9. Good positions, all outside: `absent`.
//! 10. Else `unconfirmed`.
//!
//! A position is good if it is not mocked, of known accuracy within the rule's limit and known datum, and wholly within the day.
//! Signals never convict: a mocked position only sets itself aside.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    fence::{FixReason, Whereabouts},
    inputs::{Approval, Called, DayInputs, Duty, EvidenceRef, FixEvidence, RollCall},
    reason::{Reason, ReasonCode},
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
    ReasonCode::UncertainFix,
    ReasonCode::NoFence,
    ReasonCode::MockedInside,
    ReasonCode::DayUnsure,
    ReasonCode::PoorInside,
    ReasonCode::LeavePending,
    ReasonCode::DutyLate,
    ReasonCode::SaidOnLeave,
    ReasonCode::SaidAwayOnDuty,
    ReasonCode::RollCallDayUnsure,
];

/// Decides the day.
pub fn decide(day: &DayInputs) -> PresenceVerdict {
    use ReasonCode::*;
    let piles = piles(day);
    let has = |code: ReasonCode| piles.contains_key(&code);
    let (verdict, decisive, headline): (_, &[ReasonCode], _) = if let Some(review) = &day.review {
        (review.verdict, &[ReviewByOffice], None)
    } else if day.stations.is_empty() {
        (Verdict::NotRequired, &[], Some(NoStation))
    } else if has(LeaveApproved) {
        (Verdict::OnLeave, &[LeaveApproved], None)
    } else if has(DutyApproved) || has(DutyReported) {
        (Verdict::AwayCounted, &[DutyApproved, DutyReported], None)
    } else if has(SeenAtRollCall) {
        (Verdict::Present, &[SeenAtRollCall, InsideFix], None)
    } else if has(InsideFix) && has(RollCallAbsent) {
        (Verdict::Unconfirmed, &[InsideFix, RollCallAbsent], Some(Contradiction))
    } else if has(InsideFix) {
        (Verdict::Present, &[InsideFix], None)
    } else if has(RollCallAbsent) {
        (Verdict::Absent, &[RollCallAbsent, OutsideFix], None)
    } else if DOUBTS.iter().any(|doubt| has(*doubt)) {
        (Verdict::Unconfirmed, &[], None)
    } else if has(OutsideFix) {
        (Verdict::Absent, &[OutsideFix], Some(OnlyOutside))
    } else {
        (Verdict::Unconfirmed, &[], Some(if piles.is_empty() { NoEvidence } else { NothingDecides }))
    };

    let mut codes: Vec<ReasonCode> = piles.keys().copied().collect();
    codes.sort_by_key(|code| (!decisive.contains(code), *code));
    let reasons = headline
        .map(|code| Reason::new(code, Vec::new(), ""))
        .into_iter()
        .chain(codes.iter().map(|c| Reason::new(*c, piles[c].iter().cloned().collect(), &detail(*c, day, &piles[c]))))
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

fn piles(day: &DayInputs) -> Piles {
    let mut piles = Piles::new();
    let mut put = |code: ReasonCode, evidence: &EvidenceRef| {
        piles.entry(code).or_default().insert(evidence.clone());
    };
    if let Some(review) = &day.review {
        put(ReasonCode::ReviewByOffice, &review.evidence);
    }
    for leave in &day.leaves {
        let code = match leave.approval {
            Approval::Approved => ReasonCode::LeaveApproved,
            Approval::Open => ReasonCode::LeavePending,
            Approval::Rejected => ReasonCode::LeaveRejected,
        };
        put(code, &leave.evidence);
    }
    for duty in &day.duties {
        put(pile_of_duty(duty), &duty.evidence);
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
        put(ReasonCode::CheckInNotCounted, &check_in.evidence);
    }
    piles
}

fn pile_of_duty(duty: &Duty) -> ReasonCode {
    match duty.approval {
        Approval::Approved => ReasonCode::DutyApproved,
        Approval::Rejected => ReasonCode::DutyRejected,
        Approval::Open if duty.reported_ms.is_some_and(|at| at < duty.from_ms) => ReasonCode::DutyReported,
        Approval::Open => ReasonCode::DutyLate,
    }
}

fn pile_of_roll_call(call: &RollCall, day: &DayInputs) -> ReasonCode {
    if call.village.as_ref().is_some_and(|v| !day.stations.iter().any(|s| s.village == *v)) {
        return ReasonCode::RollCallElsewhere;
    }
    if !call.span.within(day.bounds) {
        return ReasonCode::RollCallDayUnsure;
    }
    match call.state {
        Called::Seen => ReasonCode::SeenAtRollCall,
        Called::Absent => ReasonCode::RollCallAbsent,
        Called::OnLeave => ReasonCode::SaidOnLeave,
        Called::AwayOnDuty => ReasonCode::SaidAwayOnDuty,
    }
}

fn pile_of_fix(fix: &FixEvidence, day: &DayInputs) -> ReasonCode {
    let reasons = &fix.verdict.reasons;
    let any = |of: &[FixReason]| of.iter().any(|r| reasons.contains(r));
    let in_day = fix.fix.span.within(day.bounds);
    let poor = any(&[FixReason::PoorAccuracy, FixReason::AccuracyUnknown, FixReason::DatumUnknown]);
    match fix.verdict.place {
        Whereabouts::Inside if fix.fix.mock => ReasonCode::MockedInside,
        _ if fix.fix.mock => ReasonCode::MockedElsewhere,
        Whereabouts::Outside if poor || !in_day => ReasonCode::PoorOutside,
        Whereabouts::Outside => ReasonCode::OutsideFix,
        _ if !in_day => ReasonCode::DayUnsure,
        Whereabouts::Uncertain if any(&[FixReason::NoFence, FixReason::BadFence]) => ReasonCode::NoFence,
        Whereabouts::Uncertain => ReasonCode::UncertainFix,
        Whereabouts::Inside if poor => ReasonCode::PoorInside,
        Whereabouts::Inside => ReasonCode::InsideFix,
    }
}

fn detail(code: ReasonCode, day: &DayInputs, pile: &BTreeSet<EvidenceRef>) -> String {
    match code {
        ReasonCode::ReviewByOffice => day.review.as_ref().map_or_else(String::new, |r| r.reason.clone()),
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
