//! A sheet as CSV, in UTF-8 with a byte order mark, by which Excel knows it.

use zhucun_presence::{
    mark::mark,
    sheet::{Book, Cell},
};

/// All pages below each other; below each its notes, at the end the legend. What is no table stands in the first column, so that the file can be read back
/// as a sheet on paper.
pub fn write(book: &Book) -> Vec<u8> {
    let mut out = csv::WriterBuilder::new().flexible(true).from_writer("\u{feff}".as_bytes().to_vec());
    let mut put = |row: Vec<String>| out.write_record(row).expect("memory takes it");
    for page in &book.pages {
        put(vec![harmless(&page.title), harmless(&page.subtitle)]);
        put(page.head.clone());
        for row in &page.rows {
            put(row.iter().map(text).collect());
        }
        for note in &page.notes {
            put(vec![harmless(note)]);
        }
        put(vec![String::new()]);
    }
    for (title, lines) in &book.legend {
        put(vec![harmless(title)]);
        for line in lines {
            put(vec![harmless(line)]);
        }
    }
    if let Some(seal) = &book.seal {
        put(vec![format!("封存码 {}", seal.code)]);
        put(vec![format!("核验：{}", seal.url)]);
    }
    out.into_inner().expect("memory takes it")
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => harmless(text),
        Cell::Number(number) => number.to_string(),
        Cell::Mark(verdict) => mark(*verdict).to_owned(),
    }
}

/// A text that no program takes for a formula.
fn harmless(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if formula { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_formula_is_text() {
        assert_eq!(harmless("=HYPERLINK(\"http://x\")"), "'=HYPERLINK(\"http://x\")");
        assert_eq!(["+1", "-1", "@a", "\t=1"].map(harmless), ["'+1", "'-1", "'@a", "'\t=1"]);
        assert_eq!(harmless("张三=李四"), "张三=李四");
    }
}
