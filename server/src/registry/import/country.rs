//! Places of many districts in one file, a whole country's 620,000 too: read as a stream, district by district, in as much memory as the largest
//! district takes.
//!
//! The file is a table of places, CSV in UTF-8, with two columns more: the district of each line and its name. Lines of a district stand
//! together. All lines are checked before the first is written; then each district is written whole or not at all, so that a file that was
//! cut short in the middle is imported again, and goes on where it stopped.

pub mod run;

use std::io::Read;

use csv::{ReaderBuilder, StringRecord, WriterBuilder};
use mobile_schema::DistrictName;

use super::{
    fault::{Code, Faults, LineFault},
    lines::tidy,
};

/// Most lines of a district: the largest has some 1,500 villages.
const MOST_LINES: usize = 20_000;

const DISTRICT: &[&str] = &["district", "区编号", "区县编号"];
const DISTRICT_NAME: &[&str] = &["district_name", "区名称", "区县名称"];

/// The lines of one district.
#[derive(Debug)]
pub struct Batch {
    /// The district.
    pub district: DistrictName,
    /// What its first line calls it.
    pub name: Option<String>,
    /// Its lines as a table of places of one district.
    pub table: Vec<u8>,
    /// For each line of that table, from its head on, the line of the file.
    pub lines: Vec<u64>,
    /// All codes that are mentioned.
    pub codes: Vec<String>,
}

/// Reads a file district by district.
pub struct Districts<R> {
    reader: csv::Reader<R>,
    head: StringRecord,
    district: usize,
    name: Option<usize>,
    next: Option<StringRecord>,
}

impl<R: Read> Districts<R> {
    /// Begins with the head, which must name the districts' column.
    pub fn of(from: R) -> Result<Self, Box<LineFault>> {
        let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(from);
        let mut head = StringRecord::new();
        read(&mut reader, &mut head)?;
        let at = |names: &[&str]| head.iter().position(|header| names.contains(&tidy(header).to_lowercase().as_str()));
        let district = at(DISTRICT).ok_or_else(|| {
            fault(1, DISTRICT[0], Code::ColumnMissing, "The column district (区编号) is missing.".to_owned())
        })?;
        let name = at(DISTRICT_NAME);
        let mut districts = Self { reader, head, district, name, next: None };
        districts.next = districts.line()?;
        Ok(districts)
    }

    fn line(&mut self) -> Result<Option<StringRecord>, Box<LineFault>> {
        let mut record = StringRecord::new();
        while read(&mut self.reader, &mut record)? {
            if record.iter().any(|cell| !tidy(cell).is_empty()) {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    fn batch(&mut self, first: StringRecord) -> Result<Batch, Box<LineFault>> {
        let cell = |record: &StringRecord, at: usize| tidy(record.get(at).unwrap_or_default()).to_owned();
        let (key, line) = (cell(&first, self.district), number(&first));
        let district = DistrictName::parse(&key).ok_or_else(|| {
            fault(line, DISTRICT[0], Code::BadName, format!("{key:?} is no district's name, such as zjedz."))
        })?;
        let name = self.name.map(|at| cell(&first, at)).filter(|name| !name.is_empty());
        let mut table = WriterBuilder::new().flexible(true).from_writer(Vec::new());
        let (own, other) = (self.district, self.name);
        let mut write = |record: &StringRecord| {
            let kept = record.iter().enumerate().filter(|(at, _)| *at != own && Some(*at) != other);
            table.write_record(kept.map(|(_, cell)| cell)).expect("memory takes it");
        };
        write(&self.head.clone());
        let (mut lines, mut codes) = (vec![1], Vec::new());
        let mut next = Some(first);
        while let Some(record) = next.take_if(|record| cell(record, own) == key) {
            if lines.len() > MOST_LINES {
                let message = format!("The district {key} has more than {MOST_LINES} lines.");
                return Err(fault(number(&record), DISTRICT[0], Code::TooLarge, message));
            }
            codes.extend(record.iter().map(tidy).filter(|c| matches!(c.len(), 9 | 12)).map(str::to_owned));
            lines.push(number(&record));
            write(&record);
            next = self.line()?;
        }
        self.next = next;
        codes.sort_unstable();
        codes.dedup();
        Ok(Batch { district, name, table: table.into_inner().expect("memory takes it"), lines, codes })
    }
}

impl<R: Read> Iterator for Districts<R> {
    type Item = Result<Batch, Box<LineFault>>;

    fn next(&mut self) -> Option<Self::Item> {
        let first = self.next.take()?;
        Some(self.batch(first))
    }
}

/// Reads a line into the record; whether there was one.
fn read<R: Read>(reader: &mut csv::Reader<R>, record: &mut StringRecord) -> Result<bool, Box<LineFault>> {
    reader.read_record(record).map_err(|error| {
        let line = error.position().map_or(1, csv::Position::line);
        fault(line, "", Code::Syntax, format!("The table cannot be read (it must be CSV in UTF-8): {error}."))
    })
}

fn number(record: &StringRecord) -> u64 {
    record.position().map_or(0, csv::Position::line)
}

/// A fault of a line.
fn fault(line: u64, column: &str, code: Code, message: String) -> Box<LineFault> {
    let mut faults = Faults::default();
    faults.push(line, column, code, message);
    Box::new(faults.found.remove(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batches(file: &str) -> Vec<(String, usize, Vec<u64>)> {
        let districts = Districts::of(file.as_bytes()).unwrap();
        districts.map(|b| b.unwrap()).map(|b| (b.district.as_str().to_owned(), b.codes.len(), b.lines)).collect()
    }

    #[test]
    fn a_file_is_read_district_by_district() {
        let file = "\u{feff}区编号,区名称,村代码,村名,镇代码,镇街\na,甲区,110101001001,一村,110101001,镇\n,,,,,\n\
            a,甲区,110101001002,二村,110101001,镇\nb,乙区,110102001001,三村,110102001,镇\n";
        assert_eq!(batches(file), [("a".to_owned(), 3, vec![1, 2, 4]), ("b".to_owned(), 2, vec![1, 5])]);
        let first = Districts::of(file.as_bytes()).unwrap().next().unwrap().unwrap();
        assert_eq!(String::from_utf8(first.table).unwrap().lines().next(), Some("村代码,村名,镇代码,镇街"));
        assert_eq!(first.name.as_deref(), Some("甲区"));
    }

    #[test]
    fn what_is_no_such_file_is_told_with_its_line() {
        assert_eq!(Districts::of("村代码,村名\n".as_bytes()).err().unwrap().code, "column_missing");
        let told = |file: &[u8]| Districts::of(file).unwrap().find_map(Result::err).map(|f| (f.line, f.code));
        assert_eq!(told("区编号,村代码\nA B,1\n".as_bytes()), Some((2, "bad_name")));
        assert_eq!(told(b"district,village_code\na,1\na,\xff\n"), Some((3, "bad_syntax")));
    }
}
