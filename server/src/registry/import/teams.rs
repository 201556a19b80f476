//! Work teams.

use super::{
    book::{Book, Entry, Want},
    cells::Cells,
    fault::{Code, Faults},
    known::Known,
    plan::Context,
    table::{Column, Holds, Table},
};

pub(super) const COLUMNS: &[Column] = &[
    Column {
        name: "village",
        also: &["村代码", "驻点村"],
        required: true,
        holds: Holds::Code,
        doc: "code of the village it is stationed in, 12 digits",
        zh: "驻点村的代码，12 位数字",
    },
    Column {
        name: "name",
        also: &["队名", "名称", "工作队名称"],
        required: true,
        holds: Holds::Words,
        doc: "its name in Chinese",
        zh: "工作队名称",
    },
    Column {
        name: "team",
        also: &["队编号", "编号"],
        required: false,
        holds: Holds::Code,
        doc: "its id, where a village has several teams; else <village>-team.",
        zh: "队编号，一个村有几支队时才填",
    },
    Column {
        name: "name_en",
        also: &["英文名"],
        required: false,
        holds: Holds::Words,
        doc: "its name in English.",
        zh: "工作队英文名，可不填",
    },
    Column {
        name: "unit",
        also: &["派出单位", "单位编号"],
        required: false,
        holds: Holds::Code,
        doc: "the unit that sent it.",
        zh: "派出单位的编号，可不填",
    },
    Column {
        name: "demo",
        also: &["演示"],
        required: false,
        holds: Holds::Flag,
        doc: "whether it is invented.",
        zh: "是否虚构的演示数据，可不填",
    },
];

pub(super) fn plan(bytes: &[u8], context: &Context, known: &Known, book: &mut Book<'_>, faults: &mut Faults) {
    let Some(table) = Table::read(bytes, context, COLUMNS, faults) else { return };
    for row in table.rows(faults) {
        let mut cells = Cells { row: &row, context, faults };
        let village = cells.known_village("village", known);
        let name = cells.required("name");
        let name_en = cells.optional("name_en");
        let team = cells.team_id("team");
        let unit = cells.named("unit", 'u', false);
        if let Some(unit) = unit.as_ref().filter(|u| known.get("unit", u).is_none()) {
            cells.fault("unit", Code::UnknownUnit, format!("No unit is called {unit}."));
        }
        let demo = cells.flag("demo");
        let (Some(village), Some(name)) = (village, name) else { continue };
        cells.lasts("village", known, village, None);
        let mut fields = vec![("name", Want::text(name)), ("village", Want::text(village.as_str()))];
        fields.extend(Want::cell(row.has("name_en"), name_en).map(|w| ("name_en", w)));
        fields.extend(Want::cell(row.has("unit"), unit).map(|w| ("unit", w)));
        fields.extend(Want::cell(row.has("demo"), demo).map(|w| ("demo", w)));
        let id = team.unwrap_or_else(|| default_id(village.as_str()));
        let column = row.header("team").to_owned();
        let scope = format!("{village}/roster");
        book.put(Entry { line: row.line, column, scope, kind: "team", id, fields }, faults);
    }
}

/// The id of a village's only team.
pub(super) fn default_id(village: &str) -> String {
    format!("{village}-team")
}
