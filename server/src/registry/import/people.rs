//! People.

use std::collections::HashMap;

use super::{
    book::{Book, Entry, Want},
    cells::Cells,
    fault::{Code, Faults},
    known::Known,
    plan::Context,
    table::{Column, Holds, Row, Table},
    who::People,
};

pub(super) const COLUMNS: &[Column] = &[
    Column {
        name: "person",
        also: &["人员编号", "编号", "工号"],
        required: true,
        holds: Holds::Code,
        doc: "their number in small letters, digits and -, such as m-0001; it is never used for another person",
        zh: "人员编号：小写字母、数字和“-”，如 m-0001；不得再给别人使用",
    },
    Column {
        name: "name",
        also: &["姓名"],
        required: true,
        holds: Holds::Words,
        doc: "their name",
        zh: "姓名；同名的人以编号区分",
    },
    Column {
        name: "name_en",
        also: &["英文名", "拼音"],
        required: false,
        holds: Holds::Words,
        doc: "their name in English or pinyin.",
        zh: "姓名的英文或拼音，可不填",
    },
    Column {
        name: "unit",
        also: &["单位", "派出单位", "单位编号"],
        required: false,
        holds: Holds::Code,
        doc: "the unit that employs them.",
        zh: "所在单位的编号，可不填",
    },
    Column {
        name: "phone",
        also: &["电话", "办公电话"],
        required: false,
        holds: Holds::Code,
        doc: "telephone at work; all colleagues see it.",
        zh: "办公电话，同事都能看到，可不填",
    },
    Column {
        name: "demo",
        also: &["演示"],
        required: false,
        holds: Holds::Flag,
        doc: "whether they are invented.",
        zh: "是否虚构的演示数据，可不填",
    },
];

pub(super) fn plan(bytes: &[u8], context: &Context, known: &Known, book: &mut Book<'_>, faults: &mut Faults) {
    let Some(table) = Table::read(bytes, context, COLUMNS, faults) else { return };
    let people = People::of(context.options.district.as_str(), known);
    let mut names: HashMap<String, Vec<(String, u64)>> = HashMap::new();
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
        if known.get("person", &id).and_then(|p| p.text("name")) != Some(name.as_str()) {
            same_name(&row, &id, &name, &people, &mut names, faults);
        }
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

/// Warns of another person of that name, known or in an earlier line: two people, or one who is entered twice.
fn same_name(
    row: &Row<'_>,
    id: &str,
    name: &str,
    people: &People<'_>,
    names: &mut HashMap<String, Vec<(String, u64)>>,
    faults: &mut Faults,
) {
    let others = people.of_name(name).iter().filter(|(other, _)| *other != id);
    let mut others: Vec<String> = others.map(|other| people.told_apart(*other)).collect();
    let earlier = names.entry(name.to_owned()).or_default();
    others.extend(
        earlier.iter().filter(|(other, _)| other != id).map(|(other, line)| format!("{other}（第 {line} 行）")),
    );
    earlier.push((id.to_owned(), row.line));
    if !others.is_empty() {
        let message = format!("同名：{name} {id} 与 {}。", others.join("、"));
        faults.warn(row.line, row.header("name"), Code::SameName, message);
    }
}
