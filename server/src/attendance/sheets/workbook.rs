//! A sheet as a workbook (XLSX), which Excel, WPS and LibreOffice open: a page a town and a legend, set up to be printed on A4 across.

use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Image, Workbook, Worksheet, XlsxError,
};
use zhucun_presence::{
    mark::mark,
    sheet::{Book, Cell, Page},
};

use super::qr;

/// A4 (ECMA-376, `paperSize`).
const A4: u8 = 9;
/// What Chinese offices print with; where it is missing the program takes another.
const FONT: &str = "宋体";
/// Chinese characters touch the lines of a row of the usual height, in points.
const ROW_HEIGHT: f64 = 19.0;
/// The first row of a table, below title and subtitle.
const HEAD: u32 = 2;

struct Formats {
    title: Format,
    plain: Format,
    name: Format,
    cell: Format,
    head: Format,
    note: Format,
    heading: Format,
    wrapped: Format,
}

/// The file. The same sheet under the same seal is the same, byte for byte; without a seal it says no time at all.
pub fn write(book: &Book) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let made_s = book.seal.as_ref().map_or(0, |seal| seal.at_ms / 1_000);
    let made = ExcelDateTime::from_timestamp(made_s)?;
    workbook.set_properties(&DocProperties::new().set_title(&book.title).set_creation_datetime(&made));
    let plain = || Format::new().set_font_name(FONT);
    let bordered = || plain().set_border(FormatBorder::Thin).set_align(FormatAlign::VerticalCenter);
    let formats = Formats {
        title: plain().set_bold().set_font_size(14).set_align(FormatAlign::Center),
        plain: plain().set_align(FormatAlign::Center),
        name: bordered(),
        cell: bordered().set_align(FormatAlign::Center),
        head: bordered().set_align(FormatAlign::Center).set_bold(),
        note: plain(),
        heading: plain().set_bold(),
        wrapped: plain().set_text_wrap().set_align(FormatAlign::Top),
    };
    for page in &book.pages {
        let sheet = workbook.add_worksheet();
        sheet.set_name(&page.tab)?;
        set_up(sheet, book)?;
        table(sheet, page, &formats)?;
    }
    legend(workbook.add_worksheet(), book, &formats)?;
    workbook.save_to_buffer()
}

fn set_up(sheet: &mut Worksheet, book: &Book) -> Result<(), XlsxError> {
    sheet.set_paper_size(A4).set_landscape().set_print_fit_to_pages(1, 0);
    sheet.set_margins(0.4, 0.4, 0.5, 0.6, 0.2, 0.3);
    let seal = book.seal.as_ref().map_or_else(|| "未封存".to_owned(), |seal| format!("封存码 {}", seal.code));
    // `&` begins a code of the footer.
    sheet.set_footer(format!("&L{}&C第 &P 页，共 &N 页", seal.replace('&', "&&")));
    Ok(())
}

fn table(sheet: &mut Worksheet, page: &Page, formats: &Formats) -> Result<(), XlsxError> {
    sheet.set_default_row_height(ROW_HEIGHT);
    let last = column(page.head.len() - 1);
    sheet.merge_range(0, 0, 0, last, &page.title, &formats.title)?;
    sheet.merge_range(1, 0, 1, last, &page.subtitle, &formats.plain)?;
    for (nth, head) in page.head.iter().enumerate() {
        let width = if nth < page.names {
            12.0
        } else if nth < page.names + page.days {
            2.8
        } else {
            5.0
        };
        sheet.set_column_width(column(nth), width)?;
        sheet.write_string_with_format(HEAD, column(nth), head, &formats.head)?;
    }
    let mut at = HEAD + 1;
    for row in &page.rows {
        for (nth, cell) in row.iter().enumerate() {
            let format = if nth < page.names { &formats.name } else { &formats.cell };
            match cell {
                Cell::Empty => sheet.write_blank(at, column(nth), format)?,
                Cell::Text(text) => sheet.write_string_with_format(at, column(nth), text, format)?,
                Cell::Number(number) => sheet.write_number_with_format(at, column(nth), *number, format)?,
                Cell::Mark(verdict) => sheet.write_string_with_format(at, column(nth), mark(*verdict), format)?,
            };
        }
        at += 1;
    }
    sheet.set_repeat_rows(0, HEAD)?;
    sheet.set_freeze_panes(HEAD + 1, column(page.names))?;
    for note in &page.notes {
        at += 1;
        sheet.write_string_with_format(at, 0, note, &formats.note)?;
    }
    Ok(())
}

fn legend(sheet: &mut Worksheet, book: &Book, formats: &Formats) -> Result<(), XlsxError> {
    sheet.set_name("图例说明")?;
    set_up(sheet, book)?;
    sheet.set_column_width(0, 110)?;
    let mut at = 0;
    for (title, lines) in &book.legend {
        sheet.write_string_with_format(at, 0, title, &formats.heading)?;
        for line in lines {
            at += 1;
            sheet.write_string_with_format(at, 0, line, &formats.wrapped)?;
        }
        at += 2;
    }
    if let Some(seal) = &book.seal {
        sheet.write_string(at, 0, format!("{}　封存码 {}", seal.words, seal.code))?;
        sheet.write_string(at + 1, 0, format!("扫码核验：{}", seal.url))?;
        sheet.insert_image(at + 2, 0, &Image::new_from_buffer(&qr::png(&seal.url))?)?;
    }
    Ok(())
}

fn column(nth: usize) -> u16 {
    u16::try_from(nth).expect("a month has few columns")
}
