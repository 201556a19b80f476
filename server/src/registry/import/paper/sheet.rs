//! The table: a line a member, with a mark for each day of the month, or only with sums.

use std::collections::BTreeMap;

use jiff::civil::Date;
use zhucun_presence::{decide::Verdict, mark};

use crate::registry::import::{
    fault::{Code, Faults, LineFault},
    known::Known,
    lines::{self, Line, Value},
    table::MAX_BYTES,
    who::{Nobody, People},
    workbook::letters,
};

/// The head is among the first lines.
const HEAD_WITHIN: usize = 10;

const WHO: &[&str] = &["姓名", "队员", "工作队员", "人员", "人员编号", "编号", "name", "person"];
const SUMS: &[(Verdict, &[&str])] = &[
    (Verdict::Present, &["出勤", "出勤天数", "在岗", "在岗天数", "在村", "在村天数", "驻村天数", "present"]),
    (Verdict::AwayCounted, &["外出", "外出天数", "公出", "公出天数", "出差", "出差天数", "away"]),
    (Verdict::OnLeave, &["请假", "请假天数", "leave"]),
    (Verdict::Absent, &["缺勤", "缺勤天数", "缺岗", "旷工", "旷工天数", "absent"]),
    (Verdict::Unconfirmed, &["待核", "待查", "unconfirmed"]),
];

/// Who a line of sums is not.
const TOTALS: &[&str] = &["合计", "总计", "小计"];

/// What the sheet says of a member.
#[derive(Debug, Clone, PartialEq)]
pub struct PaperLine {
    /// The line of the file.
    pub line: u64,
    /// The person.
    pub person: String,
    /// As the sheet names them.
    pub name: String,
    /// By day of the month the mark and what it means; days without one are not here.
    pub days: BTreeMap<i8, (String, Verdict)>,
    /// What it sums up.
    pub sums: BTreeMap<&'static str, f64>,
    /// Whether it has days at all, and not only sums.
    pub by_day: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Column {
    Who,
    Day(i8),
    Sum(Verdict),
}

/// Reads it, or tells every fault.
pub fn read(
    bytes: &[u8],
    sheet: Option<&str>,
    month: Date,
    district: &str,
    known: &Known,
) -> Result<Vec<PaperLine>, Vec<LineFault>> {
    let mut faults = Faults::default();
    let lines = table(bytes, sheet, month, &People::of(district, known), &mut faults);
    if faults.found.is_empty() { Ok(lines) } else { Err(faults.into_sorted()) }
}

fn table(bytes: &[u8], sheet: Option<&str>, month: Date, people: &People<'_>, faults: &mut Faults) -> Vec<PaperLine> {
    let Some((lines, is_workbook)) = lines::read(bytes, MAX_BYTES, sheet, faults) else { return Vec::new() };
    let columns_of = |line: &Line| -> BTreeMap<usize, Column> {
        line.cells.iter().filter_map(|(at, cell)| Some((*at, column(cell.text())?))).collect()
    };
    let heads = lines.iter().take(HEAD_WITHIN).enumerate().map(|(at, line)| (at, columns_of(line)));
    let head = heads.rev().max_by_key(|(_, columns)| columns.len());
    let Some((head, columns)) =
        head.filter(|(_, columns)| columns.values().any(|c| *c == Column::Who) && columns.len() > 1)
    else {
        let message = "No line has a column 姓名 and days (1, 2, … 31) or sums (出勤, 请假, …).";
        faults.push(1, "", Code::ColumnMissing, message);
        return Vec::new();
    };
    let mut out = Vec::new();
    for line in &lines[head + 1..] {
        let cell_of = |wanted: Column| {
            let at = columns.iter().find(|(_, column)| **column == wanted).map(|(at, _)| *at)?;
            line.cell(at).map(|value| (at, value))
        };
        // Below the table stand who filled it in and what the marks mean.
        let Some((_, name)) = cell_of(Column::Who).filter(|(_, name)| !TOTALS.contains(&name.text())) else { continue };
        let marked = columns.iter().filter(|(_, column)| **column != Column::Who);
        if !marked.clone().any(|(at, _)| line.cell(*at).is_some()) {
            continue;
        }
        let mut read = Reading { line, is_workbook, month, faults };
        let mut paper = PaperLine {
            line: line.number,
            person: String::new(),
            name: name.text().to_owned(),
            days: BTreeMap::new(),
            sums: BTreeMap::new(),
            by_day: columns.values().any(|column| matches!(column, Column::Day(_))),
        };
        for (at, column) in marked {
            let Some(value) = line.cell(*at) else { continue };
            match column {
                Column::Day(day) => paper.days.extend(read.mark(*at, *day, value).map(|mark| (*day, mark))),
                Column::Sum(verdict) => paper.sums.extend(read.sum(*at, value).map(|sum| (verdict.name(), sum))),
                Column::Who => {}
            }
        }
        if let Some(person) = read.person(people, &paper.name) {
            out.push(PaperLine { person, ..paper });
        }
    }
    out
}

fn column(header: &str) -> Option<Column> {
    let plain: String = header.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    if WHO.contains(&plain.as_str()) {
        return Some(Column::Who);
    }
    if let Some((verdict, _)) = SUMS.iter().find(|(_, names)| names.contains(&plain.as_str())) {
        return Some(Column::Sum(*verdict));
    }
    let day: i8 = plain.trim_end_matches(['日', '号']).parse().ok()?;
    (1..=31).contains(&day).then_some(Column::Day(day))
}

struct Reading<'a> {
    line: &'a Line,
    is_workbook: bool,
    month: Date,
    faults: &'a mut Faults,
}

impl Reading<'_> {
    /// A fault of a cell: the column is named by its letters, in CSV by its number.
    fn fault(&mut self, at: usize, code: Code, message: String) {
        let column = if self.is_workbook { letters(at) } else { (at + 1).to_string() };
        if self.is_workbook {
            self.faults.columns.insert(column.clone(), column.clone());
        }
        self.faults.push(self.line.number, &column, code, message);
    }

    fn person(&mut self, people: &People<'_>, cell: &str) -> Option<String> {
        match people.find(cell) {
            Ok(person) => return Some(person),
            Err(Nobody::Unknown) => {
                let message = format!("There is no person {cell} in this district.");
                self.faults.push(self.line.number, "姓名", Code::UnknownPerson, message);
            }
            Err(Nobody::Several(several)) => {
                let message = format!("{cell} may be any of {}: {}.", several.len(), several.join("; "));
                self.faults.push(self.line.number, "姓名", Code::AmbiguousPerson, message);
            }
        }
        None
    }

    fn mark(&mut self, at: usize, day: i8, value: &Value) -> Option<(String, Verdict)> {
        let mark = value.text();
        if day > self.month.days_in_month() {
            self.fault(at, Code::BadDate, format!("{mark:?} stands at day {day}, which the month does not have."));
            return None;
        }
        let verdict = mark::read(mark);
        if verdict.is_none() {
            self.fault(at, Code::BadMark, format!("{mark:?} is no mark of attendance, or two that differ."));
        }
        Some((mark.to_owned(), verdict?))
    }

    fn sum(&mut self, at: usize, value: &Value) -> Option<f64> {
        let sum = value.text().trim_end_matches('天').parse::<f64>().ok().filter(|sum| (0.0..=31.0).contains(sum));
        if sum.is_none() {
            self.fault(at, Code::BadMark, format!("{:?} is no number of days.", value.text()));
        }
        sum
    }
}
