//! Tables in CSV, with the oddities that Excel writes.

use csv::{ReaderBuilder, StringRecord};

use super::{
    fault::{Code, Faults},
    text,
};

/// Largest table in bytes. The 35 villages with all their people have some 20 kB; a whole province has a few megabytes.
pub(super) const MAX_BYTES: usize = 8 << 20;

/// Headers that offices like to add and that nothing reads.
const IGNORED: &[&str] = &["序号", "备注", "no", "remark"];

/// A column that an import knows.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name in the header.
    pub name: &'static str,
    /// Other names taken for it.
    pub also: &'static [&'static str],
    /// Whether a file must have it.
    pub required: bool,
    /// What its cells hold.
    pub doc: &'static str,
}

/// A line of a table.
pub(super) struct Row<'t> {
    /// Its number in the file, from 1.
    pub(super) line: u64,
    columns: &'t [Column],
    /// For each cell the column it is in.
    places: &'t [Option<usize>],
    headers: &'t [String],
    cells: StringRecord,
}

/// A table, read.
pub(super) struct Table {
    columns: &'static [Column],
    places: Vec<Option<usize>>,
    headers: Vec<String>,
    lines: Vec<(u64, StringRecord)>,
}

impl Table {
    /// Reads a table with these columns. `None` where the head or the form of it is wrong, so that nothing can be said of its lines.
    pub(super) fn read(bytes: &[u8], columns: &'static [Column], faults: &mut Faults) -> Option<Table> {
        let text = text::decode(bytes, MAX_BYTES, faults)?;
        let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut lines: Vec<(u64, StringRecord)> = Vec::new();
        for record in reader.records() {
            match record {
                // Excel writes empty lines as rows of commas, and keeps what was once touched below the table.
                Ok(cells) if cells.iter().all(|c| tidy(c).is_empty()) => {}
                Ok(cells) => lines.push((cells.position().map_or(0, csv::Position::line), cells)),
                Err(error) => {
                    let line = error.position().map_or(1, csv::Position::line);
                    faults.push(line, "", Code::Syntax, format!("The table cannot be read: {error}."));
                    return None;
                }
            }
        }
        if lines.is_empty() {
            faults.push(1, "", Code::Empty, "There is nothing in the file.");
            return None;
        }
        let (head_line, head) = lines.remove(0);
        let headers: Vec<String> = head.iter().map(|h| tidy(h).to_owned()).collect();
        let places = places(head_line, &headers, columns, faults)?;
        if lines.is_empty() {
            faults.push(head_line, "", Code::Empty, "There is nothing below the head of the table.");
            return None;
        }
        Some(Table { columns, places, headers, lines })
    }

    /// Its lines, in order. A line that has more cells than the head is a fault, for its values may be in the wrong columns.
    pub(super) fn rows(&self, faults: &mut Faults) -> Vec<Row<'_>> {
        let mut rows = Vec::new();
        for (line, cells) in &self.lines {
            if cells.iter().skip(self.headers.len()).any(|c| !tidy(c).is_empty()) {
                let message = "The line has more cells than the head. Is there a comma in a value that is not quoted?";
                faults.push(*line, "", Code::CellsTooMany, message);
                continue;
            }
            rows.push(Row {
                line: *line,
                columns: self.columns,
                places: &self.places,
                headers: &self.headers,
                cells: cells.clone(),
            });
        }
        rows
    }
}

/// For each header the column it is.
fn places(line: u64, headers: &[String], columns: &[Column], faults: &mut Faults) -> Option<Vec<Option<usize>>> {
    let before = faults.0.len();
    let mut places: Vec<Option<usize>> = Vec::new();
    for header in headers {
        let lower = header.to_lowercase();
        let place = columns.iter().position(|c| c.name == lower || c.also.contains(&lower.as_str()));
        match place {
            Some(p) if places.contains(&Some(p)) => {
                faults.push(line, header, Code::ColumnTwice, format!("The column {} stands twice.", columns[p].name));
            }
            None if !lower.is_empty() && !IGNORED.contains(&lower.as_str()) => {
                let known: Vec<&str> = columns.iter().map(|c| c.name).collect();
                let message = format!("No column is called {header:?}; there are {}.", known.join(", "));
                faults.push(line, header, Code::ColumnUnknown, message);
            }
            _ => {}
        }
        places.push(place);
    }
    if headers.len() == 1 && headers[0].contains([';', '\t', '，']) {
        faults.0.truncate(before);
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
    (faults.0.len() == before).then_some(places)
}

impl Row<'_> {
    fn place(&self, column: &str) -> Option<usize> {
        let wanted = self.columns.iter().position(|c| c.name == column);
        debug_assert!(wanted.is_some(), "{column} is no column of this table");
        self.places.iter().position(|p| p.is_some() && *p == wanted)
    }

    /// Whether the file has the column.
    pub(super) fn has(&self, column: &str) -> bool {
        self.place(column).is_some()
    }

    /// The cell, unless the file lacks the column or the cell is empty.
    pub(super) fn get(&self, column: &str) -> Option<&str> {
        self.place(column).and_then(|p| self.cells.get(p)).map(tidy).filter(|c| !c.is_empty())
    }

    /// The column as the file calls it.
    pub(super) fn header<'a>(&'a self, column: &'a str) -> &'a str {
        self.place(column).map_or(column, |p| &self.headers[p])
    }
}

/// A cell without what Excel puts around a code to keep it text: white space, an apostrophe before it, or `="…"` around it.
fn tidy(cell: &str) -> &str {
    let cell = cell.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let cell = cell.strip_prefix("=\"").and_then(|c| c.strip_suffix('"')).unwrap_or(cell);
    cell.strip_prefix('\'').unwrap_or(cell).trim()
}
