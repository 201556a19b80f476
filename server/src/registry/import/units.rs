//! Responsible units.

use mobile_schema::VillageCode;

use super::{
    book::{Book, Entry, Want},
    cells::{Cells, code_fault},
    fault::{Code, Faults},
    known::Known,
    plan::Context,
    table::{Column, Holds, Table},
    who::People,
};

pub(super) const COLUMNS: &[Column] = &[
    Column {
        name: "unit",
        also: &["单位编号", "单位代码"],
        required: true,
        holds: Holds::Code,
        doc: "its name in small letters, digits and -, such as finance",
        zh: "单位编号：小写字母、数字和“-”，如 finance",
    },
    Column {
        name: "name",
        also: &["单位名称", "名称", "单位"],
        required: true,
        holds: Holds::Words,
        doc: "its name in Chinese",
        zh: "单位名称",
    },
    Column {
        name: "name_en",
        also: &["英文名", "英文名称"],
        required: false,
        holds: Holds::Words,
        doc: "its name in English.",
        zh: "单位英文名，可不填",
    },
    Column {
        name: "leader",
        also: &["负责人"],
        required: false,
        holds: Holds::Code,
        doc: "the person who answers for it.",
        zh: "负责人：人员编号，或姓名；同名的在姓名后注明单位、电话末几位或编号，可不填",
    },
    Column {
        name: "villages",
        also: &["负责村", "帮扶村"],
        required: false,
        holds: Holds::Code,
        doc: "codes of the villages it is responsible for, with spaces or semicolons between; just these.",
        zh: "负责的村的代码，之间用空格或分号分开；以此处所列为准，可不填",
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
    let people = People::of(context.options.district.as_str(), known);
    for row in table.rows(faults) {
        let mut cells = Cells { row: &row, context, faults };
        let unit = cells.named("unit", 'u', true);
        let name = cells.required("name");
        let name_en = cells.optional("name_en");
        let leader = cells.known_person("leader", false, &people);
        let villages = villages(&mut cells, known);
        let demo = cells.flag("demo");
        let (Some(id), Some(name)) = (unit, name) else { continue };
        let mut fields = vec![("name", Want::text(name))];
        fields.extend(Want::cell(row.has("name_en"), name_en).map(|w| ("name_en", w)));
        fields.extend(Want::cell(row.has("leader"), leader).map(|w| ("leader", w)));
        fields.extend(row.has("villages").then_some(("villages", Want::BeJust(villages))));
        fields.extend(Want::cell(row.has("demo"), demo).map(|w| ("demo", w)));
        let scope = format!("{}/roster", context.options.district.as_str());
        let column = row.header("unit").to_owned();
        book.put(Entry { line: row.line, column, scope, kind: "unit", id, fields }, faults);
    }
}

/// The villages named in the cell, sorted.
fn villages(cells: &mut Cells<'_, '_>, known: &Known) -> Vec<String> {
    let cell = cells.optional("villages").unwrap_or_default();
    let mut villages = Vec::new();
    let separators = |c: char| c.is_whitespace() || matches!(c, ';' | '；' | '、' | ',' | '，');
    for code in cell.split(separators).filter(|c| !c.is_empty()) {
        if let Some((kind, message)) = code_fault(code, 12) {
            cells.fault("villages", kind, message);
            continue;
        }
        let named = VillageCode::parse(code).expect("12 digits");
        match known.village(cells.context.options.district.as_str(), named) {
            Some(village) => {
                cells.lasts("villages", known, village, None);
                villages.push(village.to_string());
            }
            None => {
                cells.fault("villages", Code::UnknownVillage, format!("There is no village {code} in this district."));
            }
        }
    }
    villages.sort_unstable();
    villages.dedup();
    villages
}
