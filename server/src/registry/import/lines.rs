//! From the bytes of a table to its lines: CSV in UTF-8 or GB18030, or a sheet of a workbook. Told apart by what the bytes are, never by a name.

use csv::ReaderBuilder;

use super::{
    fault::{Code, Faults},
    text, workbook,
};

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Text, also a day that a workbook holds as such, `2026-01-31`.
    Text(String),
    /// A number of a workbook, as digits. Zeros that once stood before it are lost.
    Number(String),
    /// What a formula of a workbook came to instead of a value, such as `#REF!`.
    Error(String),
}

impl Value {
    /// What is read of it.
    pub(super) fn text(&self) -> &str {
        match self {
            Value::Text(text) | Value::Number(text) | Value::Error(text) => tidy(text),
        }
    }
}

/// A line with something in it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    /// Its number in the file, from 1.
    pub(super) number: u64,
    /// The cells that hold something, by column, from 0.
    pub(super) cells: Vec<(usize, Value)>,
}

impl Line {
    pub(super) fn cell(&self, column: usize) -> Option<&Value> {
        self.cells.iter().find(|(at, _)| *at == column).map(|(_, value)| value)
    }

    /// How many columns it reaches over.
    pub(super) fn width(&self) -> usize {
        self.cells.iter().map(|(at, _)| at + 1).max().unwrap_or(0)
    }
}

/// The lines that hold something, and whether they are of a workbook; `sheet` is the one that is meant there.
pub(super) fn read(
    bytes: &[u8],
    max_bytes: usize,
    sheet: Option<&str>,
    faults: &mut Faults,
) -> Option<(Vec<Line>, bool)> {
    if workbook::is_archive(bytes) && bytes.len() <= max_bytes {
        return match workbook::read(bytes, sheet) {
            Ok(lines) => Some((lines, true)),
            Err(trouble) => {
                faults.push(1, "", trouble.code, trouble.message);
                None
            }
        };
    }
    let text = text::decode(bytes, max_bytes, faults)?;
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut lines = Vec::new();
    for record in reader.records() {
        match record {
            Ok(record) => {
                let number = record.position().map_or(0, csv::Position::line);
                let cells = record.iter().enumerate().filter(|(_, cell)| !tidy(cell).is_empty());
                let cells: Vec<_> = cells.map(|(at, cell)| (at, Value::Text(cell.to_owned()))).collect();
                // Excel writes empty lines as rows of commas, and keeps what was once touched below the table.
                if !cells.is_empty() {
                    lines.push(Line { number, cells });
                }
            }
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                faults.push(line, "", Code::Syntax, format!("The table cannot be read: {error}."));
                return None;
            }
        }
    }
    Some((lines, false))
}

/// A cell without what Excel puts around a code to keep it text: white space, an apostrophe before it, or `="…"` around it.
pub(super) fn tidy(cell: &str) -> &str {
    let cell = cell.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let cell = cell.strip_prefix("=\"").and_then(|c| c.strip_suffix('"')).unwrap_or(cell);
    cell.strip_prefix('\'').unwrap_or(cell).trim()
}
