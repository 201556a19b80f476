//! The marks by which attendance sheets show a day: those that are printed, and those that offices write by hand. One table, so that what is printed can
//! be read back.

use crate::decide::Verdict;

/// All verdicts in the order of a legend, each with its marks: the first is printed, all are read. A mark that is not here is none: it is told, and not
/// guessed.
pub const MARKS: [(Verdict, &[&str]); 6] = [
    (Verdict::Present, &["✓", "√", "✔", "☑", "v", "在", "在岗", "在村", "到", "勤", "出勤", "驻村", "1"]),
    (
        Verdict::AwayCounted,
        &["外", "外出", "公", "公出", "公差", "出", "出差", "差", "会", "开会", "会议", "学", "学习", "训", "培训"],
    ),
    (
        Verdict::OnLeave,
        &[
            "假",
            "请假",
            "病",
            "病假",
            "事",
            "事假",
            "婚",
            "婚假",
            "产",
            "产假",
            "丧",
            "丧假",
            "年",
            "年假",
            "年休",
            "探",
            "探亲假",
        ],
    ),
    (Verdict::Absent, &["×", "✗", "✘", "x", "缺", "缺勤", "缺岗", "旷", "旷工", "0"]),
    (Verdict::Unconfirmed, &["?", "？", "待查", "待核"]),
    // A cell left blank says just that.
    (Verdict::NotRequired, &["", "不要求", "休", "休息", "—", "－", "-", "/"]),
];

/// What stands in the cell of such a day.
pub fn mark(verdict: Verdict) -> &'static str {
    marks(verdict)[0]
}

fn marks(verdict: Verdict) -> &'static [&'static str] {
    MARKS.iter().find(|(of, _)| *of == verdict).map_or(&[""], |(_, marks)| marks)
}

/// What a mark says; also one that stands twice, for the morning and the afternoon. None where it is none of the marks, or two that differ.
pub fn read(mark: &str) -> Option<Verdict> {
    let mark: String = mark.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    one(&mark).or_else(|| {
        let middle = mark.char_indices().nth(mark.chars().count() / 2).map_or(0, |(at, _)| at);
        let (morning, afternoon) = mark.split_once(['/', '、']).unwrap_or_else(|| mark.split_at(middle));
        // Half a day left blank says nothing of the whole.
        let said = one(morning).filter(|_| !morning.is_empty() && !afternoon.is_empty())?;
        (one(afternoon) == Some(said)).then_some(said)
    })
}

fn one(mark: &str) -> Option<Verdict> {
    MARKS.iter().find(|(_, marks)| marks.contains(&mark)).map(|(verdict, _)| *verdict)
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
        let all: Vec<&str> = MARKS.iter().flat_map(|(_, marks)| marks.iter().copied()).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    }

    #[test]
    fn what_is_printed_is_read_back_and_each_mark_means_one_thing() {
        use Verdict::{Absent, AwayCounted, NotRequired, OnLeave, Present, Unconfirmed};
        for verdict in [Present, AwayCounted, OnLeave, Absent, Unconfirmed, NotRequired] {
            assert_eq!(read(mark(verdict)), Some(verdict));
            assert_eq!(read(words(verdict)[0].0), Some(verdict), "its name in the legend");
        }
        for (verdict, marks) in MARKS {
            assert!(marks.iter().all(|mark| read(mark) == Some(verdict)), "{marks:?}");
        }
        assert_eq!((read("√√"), read("√ / √"), read("V")), (Some(Present), Some(Present), Some(Present)));
        for unclear in ["√假", "√/×", "√/", "△", "好"] {
            assert_eq!(read(unclear), None, "{unclear}");
        }
    }
}
