//! Tables with the oddities that offices and Excel put into them: a head, and lines below it.

use super::{
    fault::{Code, Faults},
    lines::{self, Line, Value},
    plan::Context,
    workbook::letters,
};

/// Largest table in bytes. The 35 villages with all their people have some 20 kB; a whole province has a few megabytes.
pub(super) const MAX_BYTES: usize = 8 << 20;

/// Headers that offices like to add and that nothing reads.
const IGNORED: &[&str] = &["序号", "备注", "no", "remark"];

/// The head is among the first lines: above it stand a title, who filled it in, and when.
const HEAD_WITHIN: usize = 10;

/// What the cells of a column hold, which decides how a workbook must keep them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// A code, an id, a telephone number: digits that are no number. As one it would lose the zeros before it.
    Code,
    /// A day.
    Day,
    /// Yes or no.
    Flag,
    /// Words.
    Words,
}

/// A column that an import knows.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name in the header.
    pub name: &'static str,
    /// Other names taken for it. The first is its name in templates.
    pub also: &'static [&'static str],
    /// Whether a file must have it.
    pub required: bool,
    /// What form its cells have.
    pub holds: Holds,
    /// What its cells hold.
    pub doc: &'static str,
    /// The same in Chinese.
    pub zh: &'static str,
}

/// A line of a table.
pub(super) struct Row<'t> {
    /// Its number in the file, from 1.
    pub(super) line: u64,
    table: &'t Table,
    cells: &'t Line,
}

/// A table, read.
pub(super) struct Table {
    columns: &'static [Column],
    /// For each cell of the head the column it is.
    places: Vec<Option<usize>>,
    headers: Vec<String>,
    lines: Vec<Line>,
}

impl Table {
    /// Reads a table with these columns. `None` where the head or the form of it is wrong, so that nothing can be said of its lines.
    pub(super) fn read(
        bytes: &[u8],
        context: &Context,
        columns: &'static [Column],
        faults: &mut Faults,
    ) -> Option<Table> {
        let (mut lines, is_workbook) = lines::read(bytes, MAX_BYTES, context.options.sheet.as_deref(), faults)?;
        if lines.is_empty() {
            faults.push(1, "", Code::Empty, "There is nothing in the file.");
            return None;
        }
        let head = lines.drain(..=head(&lines, columns)).next_back().expect("a line");
        let headers: Vec<String> =
            (0..head.width()).map(|at| head.cell(at).map_or("", Value::text).to_owned()).collect();
        if is_workbook {
            faults.columns = headers.iter().enumerate().map(|(at, header)| (header.clone(), letters(at))).collect();
        }
        let places = places(head.number, &headers, columns, faults)?;
        if lines.is_empty() {
            faults.push(head.number, "", Code::Empty, "There is nothing below the head of the table.");
            return None;
        }
        Some(Table { columns, places, headers, lines })
    }

    /// Its lines, in order. A line that has more cells than the head is a fault, for its values may be in the wrong columns.
    pub(super) fn rows(&self, faults: &mut Faults) -> Vec<Row<'_>> {
        let mut rows = Vec::new();
        for line in &self.lines {
            if line.width() > self.headers.len() {
                let message =
                    "The line has more cells than the head. In CSV: is there a comma in a value that is not quoted?";
                faults.push(line.number, "", Code::CellsTooMany, message);
                continue;
            }
            rows.push(Row { line: line.number, table: self, cells: line });
        }
        rows
    }
}

/// Which line is the head: of the first, the one that names most columns.
fn head(lines: &[Line], columns: &[Column]) -> usize {
    let named = |line: &Line| line.cells.iter().filter(|(_, cell)| column_of(cell.text(), columns).is_some()).count();
    (0..lines.len().min(HEAD_WITHIN)).rev().max_by_key(|at| named(&lines[*at])).unwrap_or(0)
}

/// Which column a header means, broken over lines and marked as it may be.
fn column_of(header: &str, columns: &[Column]) -> Option<usize> {
    let plain = plain(header);
    columns.iter().position(|c| c.name == plain || c.also.contains(&plain.as_str()))
}

fn plain(header: &str) -> String {
    header.to_lowercase().chars().filter(|c| !c.is_whitespace() && !matches!(c, '*' | '＊')).collect()
}

/// For each header the column it is.
fn places(line: u64, headers: &[String], columns: &[Column], faults: &mut Faults) -> Option<Vec<Option<usize>>> {
    let before = faults.found.len();
    let mut places: Vec<Option<usize>> = Vec::new();
    for header in headers {
        let place = column_of(header, columns);
        let plain = plain(header);
        match place {
            Some(p) if places.contains(&Some(p)) => {
                faults.push(line, header, Code::ColumnTwice, format!("The column {} stands twice.", columns[p].name));
            }
            None if !plain.is_empty() && !IGNORED.contains(&plain.as_str()) => {
                let known: Vec<&str> = columns.iter().map(|c| c.name).collect();
                let message = format!("No column is called {header:?}; there are {}.", known.join(", "));
                faults.push(line, header, Code::ColumnUnknown, message);
            }
            _ => {}
        }
        places.push(place);
    }
    if headers.len() == 1 && headers[0].contains([';', '\t', '，']) {
        faults.found.truncate(before);
        faults.push(line, "", Code::Delimiter, "Columns must be separated by commas.");
        return None;
    }
    for (p, column) in columns.iter().enumerate().filter(|(_, c)| c.required) {
        if !places.contains(&Some(p)) {
            let also = column.also.first().map_or(String::new(), |a| format!(" ({a})"));
            let message = format!("The column {}{also} is missing.", column.name);
            faults.push(line, column.name, Code::ColumnMissing, message);
        }
    }
    (faults.found.len() == before).then_some(places)
}

impl Row<'_> {
    /// The column of that name.
    pub(super) fn column(&self, name: &str) -> &'static Column {
        self.table.columns.iter().find(|c| c.name == name).expect("a column of this table")
    }

    fn place(&self, column: &str) -> Option<usize> {
        let wanted = self.table.columns.iter().position(|c| c.name == column);
        debug_assert!(wanted.is_some(), "{column} is no column of this table");
        self.table.places.iter().position(|p| p.is_some() && *p == wanted)
    }

    /// Whether the file has the column.
    pub(super) fn has(&self, column: &str) -> bool {
        self.place(column).is_some()
    }

    /// What the cell holds, unless the file lacks the column or the cell is empty.
    pub(super) fn value(&self, column: &str) -> Option<&Value> {
        self.place(column).and_then(|p| self.cells.cell(p)).filter(|value| !value.text().is_empty())
    }

    /// The same as text.
    pub(super) fn get(&self, column: &str) -> Option<&str> {
        self.value(column).map(Value::text)
    }

    /// The column as the file calls it.
    pub(super) fn header<'a>(&'a self, column: &'a str) -> &'a str {
        self.place(column).map_or(column, |p| &self.table.headers[p])
    }
}
