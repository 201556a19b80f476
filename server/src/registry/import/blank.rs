//! Blank tables to fill in. A workbook keeps codes and days as text, so that Excel drops no zero and turns none into a number; there is no
//! example line, which would be left in and imported: a second sheet explains each column.

use rust_xlsxwriter::{DataValidation, Format, FormatAlign, Note, Workbook, Worksheet, XlsxError};

use super::{
    kind::Kind,
    table::{Column, Holds},
};

/// As what a blank table is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A workbook.
    Xlsx,
    /// Text with commas, UTF-8 with the mark by which Excel knows it. It cannot say what is text: for programs.
    Csv,
}

/// The last line of a sheet, from 0.
const LAST_LINE: u32 = 1_048_575;

impl Form {
    /// The form of that name, or of a file that ends in it.
    pub fn parse(name: &str) -> Option<Form> {
        match name.rsplit('.').next()?.to_ascii_lowercase().as_str() {
            "xlsx" => Some(Form::Xlsx),
            "csv" => Some(Form::Csv),
            _ => None,
        }
    }

    /// How a file of it ends.
    pub fn ending(self) -> &'static str {
        match self {
            Form::Xlsx => "xlsx",
            Form::Csv => "csv",
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Form::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Form::Csv => "text/csv; charset=utf-8",
        }
    }
}

/// A table of that kind with nothing below its head; none where the kind is no table.
pub fn blank(kind: Kind, form: Form) -> Option<Result<Vec<u8>, XlsxError>> {
    let columns = Some(kind.columns()).filter(|columns| !columns.is_empty())?;
    Some(match form {
        Form::Xlsx => workbook(columns),
        Form::Csv => {
            let headers: Vec<&str> = columns.iter().map(header).collect();
            Ok(format!("\u{feff}{}\r\n", headers.join(",")).into_bytes())
        }
    })
}

/// The Chinese name of a column.
fn header(column: &Column) -> &'static str {
    column.also.first().copied().unwrap_or(column.name)
}

fn workbook(columns: &[Column]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    table(book.add_worksheet().set_name("填写")?, columns)?;
    explanation(book.add_worksheet().set_name("说明")?, columns)?;
    book.save_to_buffer()
}

fn table(sheet: &mut Worksheet, columns: &[Column]) -> Result<(), XlsxError> {
    let text = Format::new().set_num_format("@");
    for (at, column) in (0u16..).zip(columns) {
        let head = Format::new().set_bold().set_align(FormatAlign::Center);
        let head = if column.required { head.set_background_color(0xFFF2CC) } else { head };
        sheet.set_column_width(at, 18)?;
        sheet.write_string_with_format(0, at, header(column), &head)?;
        sheet.insert_note(0, at, &Note::new(column.zh).add_author_prefix(false))?;
        match column.holds {
            Holds::Code | Holds::Day => {
                sheet.set_column_format(at, &text)?;
            }
            Holds::Flag => {
                let either = DataValidation::new().allow_list_strings(&["是", "否"])?;
                sheet.add_data_validation(1, at, LAST_LINE, at, &either)?;
            }
            Holds::Words => {}
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

fn explanation(sheet: &mut Worksheet, columns: &[Column]) -> Result<(), XlsxError> {
    let (bold, wrapped) = (Format::new().set_bold(), Format::new().set_text_wrap().set_align(FormatAlign::Top));
    for (at, (title, width)) in (0u16..).zip([("列", 16), ("必填", 8), ("填什么", 60), ("英文列名", 16)]) {
        sheet.set_column_width(at, width)?;
        sheet.write_string_with_format(0, at, title, &bold)?;
    }
    for (line, column) in (1u32..).zip(columns) {
        let required = if column.required { "是" } else { "" };
        for (at, words) in (0u16..).zip([header(column), required, column.zh, column.name]) {
            sheet.write_string_with_format(line, at, words, &wrapped)?;
        }
    }
    Ok(())
}
