//! What cells hold: each reader gives the value, or notes the fault and gives nothing.

use jiff::{Timestamp, civil::Date};
use mobile_schema::{Place, VillageCode};

use super::{
    fault::{Code, Faults},
    known::Known,
    lines::Value,
    plan::Context,
    table::{Holds, Row},
    who::{Nobody, People},
};

/// A line whose cells are being read.
pub(super) struct Cells<'a, 't> {
    pub(super) row: &'a Row<'t>,
    pub(super) context: &'a Context,
    pub(super) faults: &'a mut Faults,
}

impl Cells<'_, '_> {
    pub(super) fn fault(&mut self, column: &str, code: Code, message: impl Into<String>) {
        self.faults.push(self.row.line, self.row.header(column), code, message);
    }

    /// A cell that must not be empty.
    pub(super) fn required(&mut self, column: &str) -> Option<String> {
        let cell = self.optional(column);
        if cell.is_none() && self.row.get(column).is_none() {
            self.fault(column, Code::Missing, "The cell is empty.");
        }
        cell
    }

    /// A cell that may be.
    pub(super) fn optional(&mut self, column: &str) -> Option<String> {
        let cell = match self.row.value(column)? {
            Value::Error(error) => {
                self.fault(column, Code::CellError, format!("The formula of this cell gives {error}."));
                return None;
            }
            Value::Number(number) if matches!(self.row.column(column).holds, Holds::Code | Holds::Day) => {
                self.fault(column, Code::ExcelNumber, as_number(number, self.row.column(column).holds));
                return None;
            }
            value => value.text(),
        };
        if cell.chars().any(char::is_control) {
            self.fault(column, Code::BadCharacter, "The cell holds a line break or another control character.");
            return None;
        }
        Some(cell.to_owned())
    }

    /// A code of that many digits.
    pub(super) fn code(&mut self, column: &str, digits: usize) -> Option<String> {
        let cell = self.required(column)?;
        match code_fault(&cell, digits) {
            None => Some(cell),
            Some((code, message)) => {
                self.fault(column, code, message);
                None
            }
        }
    }

    /// A village's code.
    pub(super) fn village(&mut self, column: &str) -> Option<VillageCode> {
        VillageCode::parse(&self.code(column, 12)?)
    }

    /// A person (`p`) or unit (`u`), written `district.p.name` or only `name`.
    pub(super) fn named(&mut self, column: &str, letter: char, required: bool) -> Option<String> {
        let cell = if required { self.required(column)? } else { self.optional(column)? };
        let district = self.context.options.district.as_str();
        let infix = format!(".{letter}.");
        let full = if cell.contains('.') { cell.clone() } else { format!("{district}{infix}{cell}") };
        let good =
            Place::parse(&full).is_some() && full.strip_prefix(district).is_some_and(|rest| rest.starts_with(&infix));
        if !good {
            let message = format!(
                "{cell:?} is no name in this district: write {district}{infix}name or only the name, in small letters, digits and -."
            );
            self.fault(column, Code::BadName, message);
            return None;
        }
        Some(full)
    }

    /// A day, as `2026-01-31`, `2026/1/31` (Excel) or `2026年1月31日`.
    pub(super) fn day(&mut self, column: &str) -> Option<Date> {
        let cell = self.optional(column)?;
        let day = parse_day(&cell);
        if day.is_none() {
            self.fault(column, Code::BadDate, format!("{cell:?} is no day; write it as 2026-01-31."));
        }
        day
    }

    /// From the first day to the last, which may be open.
    pub(super) fn days(&mut self) -> Option<(Date, Option<Date>)> {
        let before = self.faults.found.len();
        if self.row.get("from").is_none() {
            self.fault("from", Code::Missing, "The cell is empty.");
        }
        let (from, to) = (self.day("from"), self.day("to"));
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            self.fault("to", Code::ToBeforeFrom, format!("The last day {to} is before the first, {from}."));
        }
        (self.faults.found.len() == before).then(|| (from.expect("no fault"), to))
    }

    /// Yes or no.
    pub(super) fn flag(&mut self, column: &str) -> Option<bool> {
        let cell = self.optional(column)?;
        match cell.to_lowercase().as_str() {
            "是" | "yes" | "y" | "true" | "1" => Some(true),
            "否" | "no" | "n" | "false" | "0" => Some(false),
            _ => {
                self.fault(column, Code::BadFlag, format!("{cell:?} is neither yes nor no."));
                None
            }
        }
    }
}

/// What is wrong with a code of that many digits.
pub(super) fn code_fault(cell: &str, digits: usize) -> Option<(Code, String)> {
    let has_digits = !cell.is_empty() && cell.bytes().all(|b| b.is_ascii_digit());
    if has_digits && cell.len() == digits {
        return None;
    }
    let is_number = !has_digits && cell.parse::<f64>().is_ok_and(f64::is_finite);
    Some(if is_number {
        let message = format!(
            "Excel has turned the code into the number {cell}. Format the column as text, fill in the codes again, and save it anew."
        );
        (Code::ExcelNumber, message)
    } else {
        (Code::BadCode, format!("{cell:?} is no code of {digits} digits."))
    })
}

/// What to do with a cell that a workbook holds as a number.
fn as_number(number: &str, holds: Holds) -> String {
    match holds {
        Holds::Day => format!("Excel holds this cell as the number {number}. Format the column as a date."),
        _ => format!(
            "Excel holds this cell as the number {number}, and zeros before it are lost. Select the column, choose Data, Text to Columns, \
             Text (数据 - 分列 - 文本), and look for codes that begin with 0."
        ),
    }
}

pub(super) fn parse_day(text: &str) -> Option<Date> {
    let text = text.strip_suffix('日').unwrap_or(text);
    let mut parts = text.split(['-', '/', '.', '年', '月']);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let form = parts.next().is_none()
        && year.len() == 4
        && [month, day].iter().all(|p| matches!(p.len(), 1 | 2))
        && [year, month, day].iter().all(|p| p.bytes().all(|b| b.is_ascii_digit()));
    let date = form.then(|| Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()).flatten()?;
    // Before there were such programmes, or after any plan: a slip.
    (1990..=2100).contains(&date.year()).then_some(date)
}

/// The first moment of a day, ms.
pub(super) fn start_of(day: Date, context: &Context) -> i64 {
    day.to_zoned(context.time_zone.clone()).map_or(0, |z| z.timestamp().as_millisecond())
}

/// The moment after the last of a day, ms.
pub(super) fn end_of(day: Date, context: &Context) -> i64 {
    day.tomorrow().map_or(i64::MAX >> 11, |next| start_of(next, context))
}

/// The day in which a moment lies.
pub(super) fn day_of(at_ms: i64, context: &Context) -> Date {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
    at.to_zoned(context.time_zone.clone()).date()
}

impl Cells<'_, '_> {
    /// A village of the district that is known, by its code now or the one it had.
    pub(super) fn known_village(&mut self, column: &str, known: &Known) -> Option<VillageCode> {
        let code = self.village(column)?;
        let village = known.village(self.context.options.district.as_str(), code);
        if village.is_none() {
            self.fault(column, Code::UnknownVillage, format!("There is no village {code} in this district."));
        }
        village
    }

    /// Notes it where a village ends before that day, or ends at all where none is given.
    pub(super) fn lasts(&mut self, column: &str, known: &Known, village: VillageCode, until: Option<Date>) {
        if let Some(message) = known.past_its_end(village.as_str(), until) {
            self.fault(column, Code::VillageEnded, message);
        }
    }

    /// A person who is known, by id or by name.
    pub(super) fn known_person(&mut self, column: &str, required: bool, people: &People<'_>) -> Option<String> {
        let cell = if required { self.required(column)? } else { self.optional(column)? };
        match people.find(&cell) {
            Ok(id) => return Some(id),
            Err(Nobody::Unknown) => {
                self.fault(column, Code::UnknownPerson, format!("There is no person {cell} in this district."));
            }
            Err(Nobody::Several(people)) => {
                let message = format!("{cell} may be any of {}: {}.", people.len(), people.join("; "));
                self.fault(column, Code::AmbiguousPerson, message);
            }
        }
        None
    }

    /// The id of a team.
    pub(super) fn team_id(&mut self, column: &str) -> Option<String> {
        let cell = self.optional(column)?;
        if !mobile_schema::check::is_id(&cell) {
            self.fault(column, Code::BadName, format!("{cell:?} is no id: 1 to 128 letters, digits and . _ : @ -"));
            return None;
        }
        Some(cell)
    }
}
