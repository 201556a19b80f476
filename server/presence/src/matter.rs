//! What of a member's day a person should look at, and how much it weighs. A matter decides nothing; it is gone when the day is decided or
//! when what it is about is.

use serde::{Deserialize, Serialize};

use crate::{
    approval::{self, Standing},
    decide::{PresenceVerdict, Verdict},
    inputs::DayInputs,
    quality,
    reason::ReasonCode,
    rule::holidays::Need,
    together::Group,
};

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal, $weight:literal, $zh:literal, $en:literal;)*) => {
        /// What it is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Code { $($(#[doc = $doc])* $name,)* }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable code.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The one of that code.
            pub fn parse(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.name() == code)
            }

            /// How much it weighs, 0 to 100.
            pub fn weight(self) -> i32 {
                match self { $(Self::$name => $weight,)* }
            }

            /// In words, Chinese and English.
            pub fn words(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($zh, $en),)* }
            }
        }
    };
}

codes! {
    /// The member objects to a verdict.
    Appeal = "appeal", 95, "队员申诉", "The member objects.";
    /// A decision against a member waits for a second person.
    SecondPerson = "second_person", 90, "不利决定待第二人复核", "A decision against the member waits for a second person.";
    /// Roll call and positions contradict each other.
    Contradiction = "contradiction", 85, "查岗与定位矛盾", "Roll call and positions contradict each other.";
    /// What is derived now differs from what was sealed. `detail` says from what to what: `<verdict>@<village>>…`.
    SealDiffers = "seal_differs", 80, "封存后有变化", "What is derived now differs from the sealed month.";
    /// The member answered what the office asked.
    Answered = "answered", 75, "队员已答复询问", "The member answered what the office asked.";
    /// Leave waits for a decision.
    Leave = "leave", 70, "请假待批", "Leave waits for a decision.";
    /// Duty away waits for a decision.
    Duty = "duty", 65, "公务外出待批", "Duty away waits for a decision.";
    /// Something speaks against the evidence.
    Signal = "signal", 60, "证据有疑点", "Something speaks against the evidence.";
    /// Newer code judges the same day otherwise. `detail` says from what to what, with the versions.
    EngineChanged = "engine_changed", 55, "认定程序升级后结果不同", "A newer version of the code judges this day otherwise.";
    /// Members who move as one. `detail` names the others; it stands under the first by name.
    AsOne = "as_one", 50, "几名队员的记录总是同时同地", "Members always record at the same time and place.";
    /// There is evidence, and it decides nothing.
    Unconfirmed = "unconfirmed", 40, "有证据但不能认定", "There is evidence, and it decides nothing.";
}

/// What a matter is found in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// What is derived of the member's day.
    Day,
    /// The member's month as a whole.
    Month,
    /// The month of all who are stationed in the village.
    Village,
}

impl Code {
    /// What it is found in.
    pub fn basis(self) -> Basis {
        match self {
            Self::SealDiffers | Self::EngineChanged => Basis::Month,
            Self::AsOne => Basis::Village,
            _ => Basis::Day,
        }
    }
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matter {
    /// What about.
    pub code: Code,
    /// Which signal, or which request; of a second person what of two words that is on, `appeal` or nothing; else empty.
    pub detail: String,
    /// Of members who move as one: who, and what says so.
    pub group: Option<Group>,
}

/// What of a day a person should look at. Once the office decided the day, that is only what still asks for an answer of its own: an objection,
/// a request.
pub fn matters(day: &DayInputs, decided: &PresenceVerdict) -> Vec<Matter> {
    let matter = |code, detail: &str| Matter { code, detail: detail.to_owned(), group: None };
    let said = |code| decided.reasons.iter().any(|reason| reason.code == code);
    let appeal = day.appeal.iter().map(|appeal| match appeal.rejected {
        true => matter(Code::SecondPerson, "appeal"),
        false => matter(Code::Appeal, ""),
    });
    let mut all: Vec<Matter> = appeal.collect();
    // Leave of a fortnight is one matter, not fourteen.
    for leave in day.leaves.iter().filter(|leave| leave.begins) {
        if !matches!(approval::standing(&day.ruling.rule.leave, leave), Standing::Approved | Standing::Rejected) {
            all.push(matter(Code::Leave, &leave.evidence));
        }
    }
    let open = [ReasonCode::DutyLate, ReasonCode::DutyPending];
    let duties = decided.reasons.iter().filter(|reason| open.contains(&reason.code));
    all.extend(duties.flat_map(|reason| &reason.evidence).map(|duty| matter(Code::Duty, duty)));
    if said(ReasonCode::ReviewByOffice) {
        return all;
    }
    if day.inquiry.as_ref().is_some_and(|inquiry| inquiry.answered) {
        all.push(matter(Code::Answered, ""));
    }
    if said(ReasonCode::ReviewAwaits) {
        all.push(matter(Code::SecondPerson, ""));
    } else if said(ReasonCode::Contradiction) {
        all.push(matter(Code::Contradiction, ""));
    } else if decided.verdict == Verdict::Unconfirmed && day.need == Need::Required && waits(decided) {
        all.push(matter(Code::Unconfirmed, ""));
    }
    let named = &day.ruling.rule.review_signals;
    for found in quality::signals(day).into_iter().filter(|found| named.contains(&found.signal)) {
        all.push(matter(Code::Signal, found.signal.name()));
    }
    all
}

/// Whether there is anything to decide by: of a day with nothing but a request that is still open the request is what waits, and a day
/// without evidence is for the sheet.
fn waits(decided: &PresenceVerdict) -> bool {
    const OPEN: [ReasonCode; 5] = [
        ReasonCode::LeavePending,
        ReasonCode::LeaveLevel,
        ReasonCode::LeaveKind,
        ReasonCode::DutyLate,
        ReasonCode::DutyPending,
    ];
    decided.reasons.iter().any(|reason| !reason.evidence.is_empty() && !OPEN.contains(&reason.code))
}
