//! Months on paper: what stands in which cell. The writers (a workbook, CSV, a page to print) put it there and decide nothing, so that all say the same.
//!
//! Lines stand in the order of places and names. Nothing is sorted by absence, and nobody is compared with anybody.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::{
    decide::Verdict,
    mark::{self, mark},
    month::{Month, Sums},
    rule::words::Sentence,
    seal::is_exceptional,
};

/// A member's month in a village.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The village's code.
    pub village: String,
    /// Its name.
    pub village_name: String,
    /// The town's name.
    pub town_name: String,
    /// The member, `district.p.name`.
    pub person: String,
    /// Their name.
    pub name: String,
    /// The days that counted there, in order.
    pub days: Vec<LineDay>,
    /// Added up.
    pub sums: Sums,
}

/// One day of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineDay {
    /// Which.
    pub day: Date,
    /// What it counts as.
    pub verdict: Verdict,
    /// Of an exceptional day: why, in Chinese.
    pub zh: String,
}

/// What is said of all lines together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Which month.
    pub month: Month,
    /// The place or member, in words.
    pub of: String,
    /// The rules that held: name, and what each says.
    pub rules: Vec<(String, Vec<Sentence>)>,
    /// The seal, once all of it is sealed.
    pub seal: Option<Stamp>,
    /// What has changed since it was sealed, a sentence each.
    pub changes: Vec<String>,
}

/// A seal, as it is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Its code.
    pub code: String,
    /// Where the code is checked: what the QR code says.
    pub url: String,
    /// When it was sealed, ms.
    pub at_ms: i64,
    /// When and by whom, in words.
    pub words: String,
}

/// All pages, laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    /// What it is.
    pub title: String,
    /// A page a town.
    pub pages: Vec<Page>,
    /// What the marks mean, and by which rules: headings and their lines.
    pub legend: Vec<(String, Vec<String>)>,
    /// The seal.
    pub seal: Option<Stamp>,
}

/// A town.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its short name: at most 31 characters, none of which a workbook refuses, and no two alike.
    pub tab: String,
    /// What stands above the table.
    pub title: String,
    /// And below that.
    pub subtitle: String,
    /// Headings of the columns.
    pub head: Vec<String>,
    /// How many of them stand before the days.
    pub names: usize,
    /// How many days there are.
    pub days: usize,
    /// The rows, each as long as the head.
    pub rows: Vec<Vec<Cell>>,
    /// Each exceptional day with its sentence.
    pub notes: Vec<String>,
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text.
    Text(String),
    /// A number.
    Number(u32),
    /// The mark of a day.
    Mark(Verdict),
}

const NAMES: [&str; 2] = ["村", "队员"];
const SUMS: [&str; 7] = ["在岗", "外出", "请假", "缺岗", "待核", "应驻", "尚差"];
/// Most characters of a tab's name in a workbook.
const MOST_OF_TAB: usize = 31;

/// Lays the lines out.
pub fn lay_out(about: &About, lines: &[Line]) -> Book {
    let mut towns: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    for line in lines {
        towns.entry(line.village.get(..9).unwrap_or(&line.village)).or_default().push(line);
    }
    let month = format!("{}年{}月", about.month.first().year(), about.month.first().month());
    let title = format!("{} 驻村工作队在岗情况 {month}", about.of);
    let mut tabs = Vec::new();
    let pages = towns.into_iter().map(|(town, mut lines)| {
        lines.sort_by(|a, b| (&a.village, &a.name, &a.person).cmp(&(&b.village, &b.name, &b.person)));
        page(about, &month, town, &lines, &mut tabs)
    });
    Book { pages: pages.collect(), legend: legend(about), seal: about.seal.clone(), title }
}

fn page(about: &About, month: &str, town: &str, lines: &[&Line], tabs: &mut Vec<String>) -> Page {
    let days = about.month.days();
    let name = lines.first().map(|line| line.town_name.as_str()).filter(|name| !name.is_empty()).unwrap_or(town);
    let head = NAMES.map(str::to_owned).into_iter();
    let head = head.chain((1..=days.len()).map(|n| n.to_string())).chain(SUMS.map(str::to_owned));
    let mut rows = Vec::new();
    for of_village in lines.chunk_by(|a, b| a.village == b.village) {
        rows.extend(of_village.iter().map(|line| row(line, &days)));
        let sums = of_village.iter().fold(Sums::default(), |all, line| all.and(&line.sums));
        let names = [&of_village[0].village_name, "合计"].map(|text| Cell::Text(text.to_owned()));
        rows.push(names.into_iter().chain(days.iter().map(|_| Cell::Empty)).chain(summed(&sums)).collect());
    }
    let status = match &about.seal {
        Some(seal) => format!("{}　封存码 {}", seal.words, seal.code),
        None => "未封存，数据可能变化".to_owned(),
    };
    Page {
        tab: tab(name, town, tabs),
        title: format!("{name} 驻村工作队在岗情况表"),
        subtitle: format!("{month}　{status}"),
        head: head.collect(),
        names: NAMES.len(),
        days: days.len(),
        rows,
        notes: lines.iter().flat_map(|line| notes(line)).collect(),
    }
}

fn row(line: &Line, days: &[Date]) -> Vec<Cell> {
    let on = |day: &Date| line.days.iter().find(|of| of.day == *day).map_or(Cell::Empty, |of| Cell::Mark(of.verdict));
    let names = [&line.village_name, &line.name].map(|text| Cell::Text(text.clone()));
    names.into_iter().chain(days.iter().map(on)).chain(summed(&line.sums)).collect()
}

fn summed(sums: &Sums) -> [Cell; SUMS.len()] {
    let some = |number: Option<u32>| number.map_or(Cell::Empty, Cell::Number);
    let counts = [sums.present, sums.away_counted, sums.on_leave, sums.absent, sums.unconfirmed].map(Cell::Number);
    let [present, away, leave, absent, open] = counts;
    [present, away, leave, absent, open, some(sums.floor), some(sums.short)]
}

/// The exceptional days, those together that are alike and say the same.
fn notes(line: &Line) -> Vec<String> {
    let mut alike: Vec<(Verdict, &str, Vec<Date>)> = Vec::new();
    for day in line.days.iter().filter(|day| is_exceptional(day.verdict)) {
        match alike.iter_mut().find(|(verdict, zh, _)| (*verdict, *zh) == (day.verdict, day.zh.as_str())) {
            Some((.., days)) => days.push(day.day),
            None => alike.push((day.verdict, &day.zh, vec![day.day])),
        }
    }
    let told = |(verdict, zh, days): (Verdict, &str, Vec<Date>)| {
        let [(name, _), _] = mark::words(verdict);
        format!("{} {}　{}日 {name}：{zh}", line.village_name, line.name, stretches(&days))
    };
    alike.into_iter().map(told).collect()
}

/// Days of a month in order, such as `2、5-7、9`.
fn stretches(days: &[Date]) -> String {
    let stretch = |days: &[Date]| match days {
        [one] => one.day().to_string(),
        [first, .., last] => format!("{}-{}", first.day(), last.day()),
        [] => String::new(),
    };
    let stretches = days.chunk_by(|a, b| a.tomorrow().is_ok_and(|next| next == *b));
    stretches.map(stretch).collect::<Vec<_>>().join("、")
}

/// A workbook takes no tab that is empty, longer than that, of certain signs, or there already, whatever its case.
fn tab(name: &str, code: &str, taken: &mut Vec<String>) -> String {
    let plain = |text: &str| -> String {
        let text: String = text.chars().filter(|c| !"[]:*?/\\'".contains(*c) && !c.is_control()).collect();
        text.trim().chars().take(MOST_OF_TAB).collect()
    };
    let mut tab = plain(name);
    if tab.is_empty() || taken.iter().any(|other| other.to_lowercase() == tab.to_lowercase()) {
        let room = MOST_OF_TAB.saturating_sub(code.chars().count() + 1);
        tab = plain(&format!("{} {code}", tab.chars().take(room).collect::<String>()));
    }
    taken.push(tab.clone());
    tab
}

fn legend(about: &About) -> Vec<(String, Vec<String>)> {
    let marks = mark::MARKS.map(|(verdict, _)| {
        let [(name, zh), _] = mark::words(verdict);
        let sign = Some(mark(verdict)).filter(|sign| !sign.is_empty()).unwrap_or("（空白）");
        format!("{sign}　{name}：{zh}")
    });
    let mut legend = vec![("图例".to_owned(), marks.to_vec())];
    let columns = "应驻：按规则应在村天数；尚差：应驻减在岗与外出。合计为各队员之和，队员之间不作比较".to_owned();
    legend[0].1.push(columns);
    for (name, words) in &about.rules {
        legend.push((format!("规则 {name}"), words.iter().map(|sentence| sentence.zh.clone()).collect()));
    }
    if !about.changes.is_empty() {
        legend.push(("封存后的变化（封存数据不变）".to_owned(), about.changes.clone()));
    }
    legend
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::day::parse;
    use Verdict::{Absent, NotRequired, OnLeave, Present, Unconfirmed};

    fn line(village: &str, town: &str, name: &str, days: &[(i8, Verdict, &str)]) -> Line {
        let day = |(n, verdict, zh): &(i8, Verdict, &str)| LineDay {
            day: parse(&format!("2026-02-{n:02}")).unwrap(),
            verdict: *verdict,
            zh: (*zh).to_owned(),
        };
        let sums = Sums { present: 3, floor: Some(20), short: Some(17), ..Sums::default() };
        Line {
            village: village.into(),
            village_name: format!("村{village}"),
            town_name: town.into(),
            person: format!("zjedz.p.{name}"),
            name: name.into(),
            days: days.iter().map(day).collect(),
            sums,
        }
    }

    fn about() -> About {
        let month = Month::parse("2026-02").unwrap();
        let rules = vec![("default".to_owned(), vec![Sentence { zh: "每月 20 天".into(), en: String::new() }])];
        About { month, of: "东海岛".into(), rules, seal: None, changes: Vec::new() }
    }

    #[test]
    fn lines_stand_by_place_and_name_and_never_by_absence() {
        let often = [(1, Absent, "a"), (2, Absent, "a"), (4, Absent, "a"), (5, OnLeave, "b")];
        let lines = [
            line("440811070202", "东简街道", "乙", &often),
            line("440811070201", "东简街道", "丙", &[(1, Present, "")]),
            line("440811070202", "东简街道", "甲", &[(1, Unconfirmed, "c"), (3, NotRequired, "")]),
            line("440811071201", "东简街道", "丁", &[]),
        ];
        let book = lay_out(&about(), &lines);
        assert_eq!(book.pages.len(), 2, "a page a town");
        let page = &book.pages[0];
        let names: Vec<&Cell> = page.rows.iter().map(|row| &row[1]).collect();
        let expected = ["丙", "合计", "乙", "甲", "合计"].map(|name| Cell::Text(name.into()));
        assert_eq!(names, expected.iter().collect::<Vec<_>>());
        assert!(book.pages.iter().flat_map(|page| &page.rows).all(|row| row.len() == 2 + 28 + 7));
        assert_eq!((page.head[2].as_str(), page.head[29].as_str(), page.head[30].as_str()), ("1", "28", "在岗"));
        assert_eq!(page.rows[2][2], Cell::Mark(Absent));
        assert_eq!((&page.rows[2][4], &page.rows[3][4]), (&Cell::Empty, &Cell::Mark(NotRequired)));
        // Sums: what is missing is missing to each.
        assert_eq!(page.rows[4][30..], [3 * 2, 0, 0, 0, 0, 40, 34].map(Cell::Number));
        assert_eq!(
            page.notes,
            ["村440811070202 乙　1-2、4日 缺岗：a", "村440811070202 乙　5日 请假：b", "村440811070202 甲　1日 待核：c"]
        );
        assert!(page.subtitle.contains("未封存"));
    }

    #[test]
    fn tabs_are_such_as_workbooks_take() {
        let lines = [
            ("440811070201", "[东简]/街道"),
            ("440811071201", "东简街道"),
            ("440811072201", ""),
            ("440811073201", "X"),
        ]
        .map(|(village, town)| line(village, town, "甲", &[]));
        let tabs: Vec<String> = lay_out(&about(), &lines).pages.into_iter().map(|page| page.tab).collect();
        assert_eq!(tabs, ["东简街道", "东简街道 440811071", "440811072", "X"]);
        let long =
            [line("440811070201", &"街".repeat(40), "甲", &[]), line("440811071201", &"街".repeat(40), "甲", &[])];
        let tabs: Vec<String> = lay_out(&about(), &long).pages.into_iter().map(|page| page.tab).collect();
        assert!(tabs.iter().all(|tab| tab.chars().count() <= 31) && tabs[0] != tabs[1], "{tabs:?}");
    }

    #[test]
    fn the_legend_says_all_marks_the_rules_and_what_changed() {
        let about = About { changes: vec!["变化".into()], ..about() };
        let legend = lay_out(&about, &[]).legend;
        assert_eq!(legend[0].1.len(), mark::MARKS.len() + 1);
        assert_eq!(legend[1], ("规则 default".to_owned(), vec!["每月 20 天".to_owned()]));
        assert_eq!(legend[2].1, ["变化"]);
    }
}
