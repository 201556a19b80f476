//! People.

use super::{
    book::{Book, Entry, Want},
    cells::Cells,
    fault::{Code, Faults},
    known::Known,
    plan::Context,
    table::{Column, Table},
};

pub(super) const COLUMNS: &[Column] = &[
    Column {
        name: "person",
        also: &["人员编号", "编号", "工号"],
        required: true,
        doc: "their number in small letters, digits and -, such as m-0001; it is never used for another person",
    },
    Column { name: "name", also: &["姓名"], required: true, doc: "their name" },
    Column {
        name: "name_en", also: &["英文名", "拼音"], required: false, doc: "their name in English or pinyin."
    },
    Column {
        name: "unit",
        also: &["单位", "派出单位", "单位编号"],
        required: false,
        doc: "the unit that employs them.",
    },
    Column {
        name: "phone",
        also: &["电话", "办公电话"],
        required: false,
        doc: "telephone at work; all colleagues see it.",
    },
    Column { name: "demo", also: &["演示"], required: false, doc: "whether they are invented." },
];

pub(super) fn plan(bytes: &[u8], context: &Context, known: &Known, book: &mut Book<'_>, faults: &mut Faults) {
    let Some(table) = Table::read(bytes, COLUMNS, faults) else { return };
    for row in table.rows(faults) {
        let mut cells = Cells { row: &row, context, faults };
        let person = cells.named("person", 'p', true);
        let name = cells.required("name");
        let (name_en, phone) = (cells.optional("name_en"), cells.optional("phone"));
        let unit = cells.named("unit", 'u', false);
        if let Some(unit) = unit.as_ref().filter(|u| known.get("unit", u).is_none()) {
            cells.fault("unit", Code::UnknownUnit, format!("No unit is called {unit}."));
        }
        let demo = cells.flag("demo");
        let (Some(id), Some(name)) = (person, name) else { continue };
        let mut fields = vec![("name", Want::text(name))];
        fields.extend(Want::cell(row.has("name_en"), name_en).map(|w| ("name_en", w)));
        fields.extend(Want::cell(row.has("unit"), unit).map(|w| ("unit", w)));
        fields.extend(Want::cell(row.has("phone"), phone).map(|w| ("phone", w)));
        fields.extend(Want::cell(row.has("demo"), demo).map(|w| ("demo", w)));
        let scope = format!("{}/roster", context.options.district.as_str());
        let column = row.header("person").to_owned();
        book.put(Entry { line: row.line, column, scope, kind: "person", id, fields }, faults);
    }
}
