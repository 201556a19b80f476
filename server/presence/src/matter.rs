//! What of a member's day a person should look at, and how much it weighs. A matter decides nothing; it is gone when the day is decided or
//! when what it is about is.

use serde::{Deserialize, Serialize};

use crate::{
    decide::{PresenceVerdict, Verdict},
    inputs::DayInputs,
    quality,
    reason::ReasonCode,
    rule::holidays::Need,
};

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal, $weight:literal;)*) => {
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
        }
    };
}

codes! {
    /// The member objects to a verdict.
    Appeal = "appeal", 95;
    /// A decision against a member waits for a second person.
    SecondPerson = "second_person", 90;
    /// Roll call and positions contradict each other.
    Contradiction = "contradiction", 85;
    /// A verdict would be another by now, of a month that is sealed or by a newer engine.
    Difference = "difference", 80;
    /// Leave waits for a decision.
    Leave = "leave", 70;
    /// Duty away waits for a decision.
    Duty = "duty", 65;
    /// Something speaks against the evidence.
    Signal = "signal", 60;
    /// A team whose members always move as one phone.
    OnePhone = "one_phone", 55;
    /// There is evidence, and it decides nothing.
    Unconfirmed = "unconfirmed", 40;
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matter {
    /// What about.
    pub code: Code,
    /// Which signal, where it is one; else empty. Of each there is one a day.
    pub detail: String,
}

/// What of a day a person should look at: at most one matter of its verdict, and one of each signal that the rule names. Once the office
/// decided the day there is nothing.
pub fn matters(day: &DayInputs, decided: &PresenceVerdict) -> Vec<Matter> {
    let matter = |code, detail: &str| Matter { code, detail: detail.to_owned() };
    let said = |code| decided.reasons.iter().any(|reason| reason.code == code);
    if said(ReasonCode::ReviewByOffice) {
        return Vec::new();
    }
    let mut all = Vec::new();
    if said(ReasonCode::Contradiction) {
        all.push(matter(Code::Contradiction, ""));
    } else if decided.verdict == Verdict::Unconfirmed && day.need == Need::Required && waits(decided) {
        all.push(matter(Code::Unconfirmed, ""));
    }
    let named = &day.ruling.rule.review_signals;
    for found in quality::signals(day).into_iter().filter(|found| named.contains(&found.signal)) {
        let name = serde_json::to_value(found.signal).ok().and_then(|name| name.as_str().map(str::to_owned));
        all.push(matter(Code::Signal, &name.unwrap_or_default()));
    }
    all
}

/// Whether there is anything to decide by: of a day with nothing but a request that is still open the request is what waits, and a day
/// without evidence is for the sheet.
fn waits(decided: &PresenceVerdict) -> bool {
    const OPEN: [ReasonCode; 4] =
        [ReasonCode::LeavePending, ReasonCode::LeaveLevel, ReasonCode::DutyLate, ReasonCode::DutyPending];
    let about = |reason: &&crate::reason::Reason| !reason.evidence.is_empty() && !OPEN.contains(&reason.code);
    decided.reasons.iter().find(about).is_some()
}
