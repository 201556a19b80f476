//! The marks by which attendance sheets show a day, as offices are used to, and what they mean.

use crate::decide::Verdict;

/// All verdicts, in the order of a legend.
pub const LEGEND: [Verdict; 6] = [
    Verdict::Present,
    Verdict::AwayCounted,
    Verdict::OnLeave,
    Verdict::Absent,
    Verdict::Unconfirmed,
    Verdict::NotRequired,
];

/// What stands in the cell of such a day.
pub fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Present => "✓",
        Verdict::AwayCounted => "外",
        Verdict::OnLeave => "假",
        Verdict::Absent => "×",
        Verdict::Unconfirmed => "?",
        Verdict::NotRequired => "",
    }
}

/// Its name and what it means, in Chinese and English.
pub fn words(verdict: Verdict) -> [(&'static str, &'static str); 2] {
    match verdict {
        Verdict::Present => [("在岗", "当日在村"), ("present", "in the village")],
        Verdict::AwayCounted => [("外出", "公务外出，计为在岗"), ("away", "away on duty, counted as in the village")],
        Verdict::OnLeave => [("请假", "请假已批准"), ("leave", "on approved leave")],
        Verdict::Absent => [("缺岗", "当日不在村"), ("absent", "not in the village")],
        Verdict::Unconfirmed => [("待核", "没有证据或证据不能认定"), ("open", "no evidence, or none that decides")],
        Verdict::NotRequired => [("不要求", "当日不要求在岗（空白）"), ("not required", "not required (blank)")],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_verdicts_look_alike() {
        let marks: BTreeSet<&str> = LEGEND.iter().map(|verdict| mark(*verdict)).collect();
        assert_eq!(marks.len(), LEGEND.len());
    }
}
