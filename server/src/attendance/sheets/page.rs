//! A sheet as a page to print: A4 across, without scripts, and nothing comes from elsewhere.

use std::fmt::Write as _;

use zhucun_presence::{
    mark::mark,
    sheet::{Book, Cell, Page},
};

use super::qr;

const STYLE: &str = "@page{size:A4 landscape;margin:10mm}\
    body{font:9pt 'Noto Sans CJK SC','Microsoft YaHei','PingFang SC','WenQuanYi Micro Hei',sans-serif;margin:0;color:#000}\
    section{break-after:page}h1{font-size:14pt;text-align:center;margin:0 0 1mm}p.sub{text-align:center;margin:0 0 2mm}\
    table{border-collapse:collapse;width:100%}th,td{border:.3pt solid #000;padding:.4mm .6mm;text-align:center}\
    th.name,td.name{text-align:left;white-space:nowrap}thead{display:table-header-group}tr{break-inside:avoid}\
    ul{margin:2mm 0;padding-left:5mm}li{break-inside:avoid}h2{font-size:10pt;margin:3mm 0 1mm}\
    footer{display:flex;gap:4mm;align-items:center;break-inside:avoid}footer svg{width:28mm;height:28mm}";

/// The whole page.
pub fn write(book: &Book) -> String {
    let mut out = String::from("<!DOCTYPE html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\">");
    let _ = writeln!(out, "<title>{}</title><style>{STYLE}</style></head><body>", escaped(&book.title));
    for page in &book.pages {
        section(&mut out, page);
    }
    out.push_str("<div>");
    for (title, lines) in &book.legend {
        let _ = writeln!(out, "<h2>{}</h2>{}", escaped(title), list(lines));
    }
    if let Some(seal) = &book.seal {
        let (words, code) = (escaped(&seal.words), escaped(&seal.code));
        let _ = write!(
            out,
            "<footer>{}<div>{words}<br>封存码 {code}<br>扫码核验：{}</div></footer>",
            qr::svg(&seal.url),
            escaped(&seal.url)
        );
    }
    out.push_str("</div></body></html>\n");
    out
}

fn section(out: &mut String, page: &Page) {
    let (title, subtitle) = (escaped(&page.title), escaped(&page.subtitle));
    let _ = write!(out, "<section><h1>{title}</h1><p class=\"sub\">{subtitle}</p>\n<table><thead><tr>");
    let class = |nth: usize| if nth < page.names { " class=\"name\"" } else { "" };
    for (nth, head) in page.head.iter().enumerate() {
        let _ = write!(out, "<th{}>{}</th>", class(nth), escaped(head));
    }
    out.push_str("</tr></thead><tbody>\n");
    for row in &page.rows {
        out.push_str("<tr>");
        for (nth, cell) in row.iter().enumerate() {
            let _ = write!(out, "<td{}>{}</td>", class(nth), text(cell));
        }
        out.push_str("</tr>\n");
    }
    let _ = writeln!(out, "</tbody></table>{}</section>", list(&page.notes));
}

fn list(lines: &[String]) -> String {
    let items: String = lines.iter().map(|line| format!("<li>{}</li>", escaped(line))).collect();
    format!("<ul>{items}</ul>")
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => escaped(text),
        Cell::Number(number) => number.to_string(),
        Cell::Mark(verdict) => mark(*verdict).to_owned(),
    }
}

/// Text that is only text.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_text_and_nothing_else() {
        assert_eq!(escaped("<b a='1'>\"&"), "&lt;b a=&#39;1&#39;&gt;&quot;&amp;");
    }
}
