//! Marks that offices put into attendance sheets.

use zhucun_presence::decide::Verdict;

/// What each mark is read as. What is not here is no mark: it is told, and not guessed.
pub const MARKS: &[(Verdict, &[&str])] = &[
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
    (Verdict::NotRequired, &["休", "休息", "—", "－", "-", "/"]),
];

/// What a mark says; also one that stands twice, for the morning and the afternoon. None where it is none of the marks, or two that differ.
pub fn read(mark: &str) -> Option<Verdict> {
    let mark: String = mark.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    one(&mark).or_else(|| {
        let middle = mark.char_indices().nth(mark.chars().count() / 2).map_or(0, |(at, _)| at);
        let halves = mark.split_once(['/', '、']).unwrap_or_else(|| mark.split_at(middle));
        let said = one(halves.0)?;
        (one(halves.1) == Some(said)).then_some(said)
    })
}

fn one(mark: &str) -> Option<Verdict> {
    MARKS.iter().find(|(_, marks)| marks.contains(&mark)).map(|(verdict, _)| *verdict)
}
