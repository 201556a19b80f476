//! Who may decide what: leave by its length, and what counts against somebody by two.

use crate::{
    decide::Verdict,
    inputs::{Approval, Leave},
    rule::{Approver, LeaveRule},
};

/// Who must approve leave of so many days.
pub fn approver(rule: &LeaveRule, days: u32) -> Approver {
    let level = rule.levels.iter().find(|level| level.up_to_days.is_none_or(|most| days <= u32::from(most)));
    level.map_or(Approver::Office, |level| level.by)
}

/// What leave comes to under a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is approved by whom it takes.
    Approved,
    /// Nobody decided.
    Pending,
    /// It was approved by somebody who may not, leave of such length.
    TooLow,
    /// The rule has no leave of this kind; only the office's approval makes it one.
    UnknownKind,
    /// It was rejected or withdrawn.
    Rejected,
}

/// What this leave comes to.
pub fn standing(rule: &LeaveRule, leave: &Leave) -> Standing {
    // Of an approval whose author is not known no more is taken for granted than the least.
    let by = leave.approved_by.unwrap_or(Approver::Town);
    let known = leave.kind.as_ref().is_none_or(|kind| rule.kinds.contains(kind));
    match leave.approval {
        Approval::Rejected => Standing::Rejected,
        Approval::Approved if by >= approver(rule, leave.days) && (known || by == Approver::Office) => {
            Standing::Approved
        }
        _ if !known => Standing::UnknownKind,
        Approval::Approved => Standing::TooLow,
        Approval::Open => Standing::Pending,
    }
}

/// Whether a decision counts against the member, so that a second person must agree before it holds (four eyes).
pub fn takes_two(verdict: Verdict) -> bool {
    verdict == Verdict::Absent
}

/// Whether an objection still waits: to reject it counts against the member too.
pub fn is_open(answer: Option<&str>, seconded: bool) -> bool {
    match answer {
        None => true,
        Some("upheld") => false,
        Some(_) => !seconded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Level;

    #[test]
    fn the_longer_the_leave_the_higher_who_approves() {
        let rule = LeaveRule {
            kinds: vec!["sick".into()],
            levels: vec![
                Level { up_to_days: Some(3), by: Approver::Town },
                Level { up_to_days: None, by: Approver::Office },
            ],
            lowers_floor: vec![],
        };
        assert_eq!(
            [1, 3, 4, 100].map(|days| approver(&rule, days)),
            [Approver::Town, Approver::Town, Approver::Office, Approver::Office]
        );
        let leave = |kind: &str, days, approval, approved_by| {
            standing(
                &rule,
                &Leave {
                    evidence: "leave:00".into(),
                    kind: Some(kind.into()),
                    days,
                    begins: true,
                    approval,
                    approved_by,
                },
            )
        };
        use Approval::{Approved, Open, Rejected};
        assert_eq!(leave("sick", 3, Approved, Some(Approver::Town)), Standing::Approved);
        assert_eq!(leave("sick", 4, Approved, Some(Approver::Town)), Standing::TooLow);
        assert_eq!(leave("sick", 4, Approved, None), Standing::TooLow);
        assert_eq!(leave("sick", 4, Approved, Some(Approver::Office)), Standing::Approved);
        assert_eq!(leave("annual", 1, Approved, Some(Approver::Town)), Standing::UnknownKind);
        assert_eq!(leave("annual", 1, Approved, Some(Approver::Office)), Standing::Approved);
        assert_eq!(leave("annual", 1, Open, None), Standing::UnknownKind);
        assert_eq!(leave("sick", 1, Open, None), Standing::Pending);
        assert_eq!(leave("annual", 1, Rejected, None), Standing::Rejected);
    }

    #[test]
    fn one_may_uphold_an_objection_and_two_reject_it() {
        assert!(is_open(None, false) && is_open(Some("rejected"), false));
        assert!(!is_open(Some("upheld"), false) && !is_open(Some("rejected"), true));
    }
}
