//! Workbooks (XLSX) as Excel, WPS and LibreOffice write them: the cells of one sheet.
//!
//! A hostile workbook costs no more memory than some ten times [`MAX_UNPACKED`]: the archive is unpacked here to that bound, the library reads
//! what was unpacked, and cells are taken one by one, never as the rectangle that they say they span.

use std::{
    collections::BTreeMap,
    fmt::Display,
    io::{Cursor, Read, Write as _},
    panic::{AssertUnwindSafe, catch_unwind},
};

use calamine::{Data, Reader as _, Sheet, SheetType, SheetVisible, Xlsx};
use flate2::read::DeflateDecoder;
use rawzip::{CompressionMethod, ZipArchive, ZipArchiveWriter};

use super::{
    fault::Code,
    lines::{Line, Value},
};

/// Most bytes that are unpacked of a workbook: a sheet of some 100,000 lines.
const MAX_UNPACKED: usize = 64 << 20;
/// Most members of the archive that are looked at.
const MAX_MEMBERS: usize = 1_000;
/// Most cells that hold something. One text may stand in many cells, so their bytes have a bound of their own.
const MAX_CELLS: usize = 2_000_000;
/// Most bytes of all cells together.
const MAX_TEXT: usize = 64 << 20;
/// Columns further right than this are no table of an office.
const MAX_COLUMNS: u32 = 256;

/// Why a workbook cannot be read.
pub(super) struct Trouble {
    pub(super) code: Code,
    pub(super) message: String,
}

/// Whether it begins as a zip archive does.
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// The lines of the sheet of that name; without one, of the first that is shown.
pub(super) fn read(bytes: &[u8], sheet: Option<&str>) -> Result<Vec<Line>, Trouble> {
    // A slip of the library over a hostile file is the file's fault, and no other's.
    let read = catch_unwind(AssertUnwindSafe(|| lines(bytes, sheet)));
    read.unwrap_or_else(|_| Err(bad(&"its parts contradict each other")))
}

fn lines(bytes: &[u8], sheet: Option<&str>) -> Result<Vec<Line>, Trouble> {
    let mut book = Xlsx::new(Cursor::new(unpacked(bytes)?)).map_err(|error| bad(&error))?;
    let name = chosen(book.sheets_metadata(), sheet)?;
    let mut reader = book.worksheet_cells_reader(&name).map_err(|error| bad(&error))?;
    let mut rows: BTreeMap<u32, BTreeMap<u32, Value>> = BTreeMap::new();
    let (mut cells, mut text) = (0, 0);
    while let Some(cell) = reader.next_cell().map_err(|error| bad(&error))? {
        let (row, column) = cell.get_position();
        let Some(value) = value(cell.get_value().clone().into()) else { continue };
        (cells, text) = (cells + 1, text + value.text().len());
        if cells > MAX_CELLS || text > MAX_TEXT || column >= MAX_COLUMNS {
            let message = format!(
                "The sheet {name:?} is too large: at most {MAX_CELLS} cells in {MAX_COLUMNS} columns are taken at once."
            );
            return Err(Trouble { code: Code::TooLarge, message });
        }
        rows.entry(row).or_default().insert(column, value);
    }
    let line = |(row, cells): (u32, BTreeMap<u32, Value>)| Line {
        number: u64::from(row) + 1,
        cells: cells.into_iter().map(|(column, value)| (column as usize, value)).collect(),
    };
    Ok(rows.into_iter().map(line).collect())
}

fn chosen(sheets: &[Sheet], wanted: Option<&str>) -> Result<String, Trouble> {
    let mut tables = sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let found = match wanted {
        Some(name) => tables.find(|sheet| sheet.name == name),
        None => tables.find(|sheet| sheet.visible == SheetVisible::Visible),
    };
    found.map(|sheet| sheet.name.clone()).ok_or_else(|| {
        let names: Vec<&str> = sheets.iter().map(|sheet| sheet.name.as_str()).take(20).collect();
        let message = match wanted {
            Some(name) => format!("There is no sheet {name:?}; there are {}.", names.join(", ")),
            None => "The workbook shows no sheet.".to_owned(),
        };
        Trouble { code: Code::SheetUnknown, message }
    })
}

/// What a cell holds, as the file keeps it: of a formula what it last came to.
fn value(data: Data) -> Option<Value> {
    let value = match data {
        Data::Empty => return None,
        Data::Int(number) => Value::Number(number.to_string()),
        // What Excel keeps exactly: fifteen digits.
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => Value::Number(format!("{number:.0}")),
        Data::Float(number) => Value::Number(number.to_string()),
        Data::Bool(flag) => Value::Text(flag.to_string()),
        Data::DateTime(moment) => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            let time = match (hour, minute, second) {
                (0, 0, 0) => String::new(),
                _ => format!(" {hour:02}:{minute:02}:{second:02}"),
            };
            Value::Text(format!("{year:04}-{month:02}-{day:02}{time}"))
        }
        Data::DateTimeIso(moment) => Value::Text(moment.trim_end_matches("T00:00:00").to_owned()),
        Data::Error(error) => Value::Error(error.to_string()),
        other => Value::Text(other.to_string()),
    };
    (!value.text().is_empty()).then_some(value)
}

/// The archive again with what belongs to a workbook, not packed: whoever reads it can unpack no more.
fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, Trouble> {
    let archive = ZipArchive::from_slice(bytes).map_err(|error| bad(&error))?;
    let mut out = Vec::new();
    let mut plain = ZipArchiveWriter::new(&mut out);
    let (mut entries, mut room) = (archive.entries(), MAX_UNPACKED);
    for seen in 0.. {
        let Some(entry) = entries.next_entry().map_err(|error| bad(&error))? else { break };
        if seen == MAX_MEMBERS {
            return Err(bad(&format!("it has more than {MAX_MEMBERS} members")));
        }
        let name = String::from_utf8_lossy(entry.file_path().as_ref()).into_owned();
        if !(name.ends_with(".xml") || name.ends_with(".rels")) {
            continue;
        }
        let method = entry.compression_method();
        let packed = archive.get_entry(entry.wayfinder()).map_err(|error| bad(&error))?;
        let mut content = Vec::new();
        let read = match method {
            CompressionMethod::STORE => read_to(packed.verifying_reader(packed.data()), room, &mut content),
            CompressionMethod::DEFLATE => {
                read_to(packed.verifying_reader(DeflateDecoder::new(packed.data())), room, &mut content)
            }
            _ => Err(std::io::Error::other("it is packed by another method than deflate")),
        };
        read.map_err(|error| bad(&error))?;
        if content.len() > room {
            let message = format!("The workbook unpacks to more than {MAX_UNPACKED} bytes.");
            return Err(Trouble { code: Code::TooLarge, message });
        }
        room -= content.len();
        let file = plain.new_file(&name).compression_method(CompressionMethod::STORE);
        let (mut entry, config) = file.start().map_err(|error| bad(&error))?;
        let mut writer = config.wrap(&mut entry);
        writer.write_all(&content).map_err(|error| bad(&error))?;
        let (_, descriptor) = writer.finish().map_err(|error| bad(&error))?;
        entry.finish(descriptor).map_err(|error| bad(&error))?;
    }
    plain.finish().map_err(|error| bad(&error))?;
    Ok(out)
}

fn read_to(from: impl Read, room: usize, content: &mut Vec<u8>) -> std::io::Result<usize> {
    from.take(room as u64 + 1).read_to_end(content)
}

fn bad(error: &dyn Display) -> Trouble {
    Trouble { code: Code::Syntax, message: format!("The workbook cannot be read: {error}.") }
}

/// How Excel names a column: A to Z, AA and so on.
pub(super) fn letters(column: usize) -> String {
    let (before, last) = (column / 26, char::from(b'A' + (column % 26) as u8));
    if before == 0 { last.to_string() } else { letters(before - 1) + &last.to_string() }
}
