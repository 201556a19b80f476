//! Towns and villages of a district.

use std::collections::BTreeMap;

use serde_json::json;

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
        name: "village_code",
        also: &["村代码", "村级代码", "行政区划代码"],
        required: true,
        holds: Holds::Code,
        doc: "national code of the village, 12 digits",
        zh: "村级行政区划代码，12 位数字",
    },
    Column {
        name: "village_name",
        also: &["村名", "村名称"],
        required: true,
        holds: Holds::Words,
        doc: "its name, ending in 村委会 or 居委会",
        zh: "村名，以“村委会”或“居委会”结尾",
    },
    Column {
        name: "town_code",
        also: &["镇代码", "镇街代码", "街道代码"],
        required: true,
        holds: Holds::Code,
        doc: "the first 9 digits: its town",
        zh: "所属镇街的代码，即村代码的前 9 位",
    },
    Column {
        name: "town_name",
        also: &["镇街", "镇名", "镇名称", "街道名称"],
        required: true,
        holds: Holds::Words,
        doc: "the town's name",
        zh: "镇街名称",
    },
    Column {
        name: "name_en",
        also: &["英文名", "拼音"],
        required: false,
        holds: Holds::Words,
        doc: "the village's name in English or pinyin.",
        zh: "村的英文名或拼音，可不填",
    },
    Column {
        name: "poor",
        also: &["相对贫困村"],
        required: false,
        holds: Holds::Flag,
        doc: "whether it is a relatively poor village: 是 or 否.",
        zh: "是否相对贫困村：是或否，可不填",
    },
];

pub(super) fn plan(bytes: &[u8], context: &Context, known: &Known, book: &mut Book<'_>, faults: &mut Faults) {
    let Some(table) = Table::read(bytes, context, COLUMNS, faults) else { return };
    let district = context.options.district.as_str();
    // Code → name and line of the first mention.
    let mut towns: BTreeMap<String, (String, u64)> = BTreeMap::new();
    for row in table.rows(faults) {
        let mut cells = Cells { row: &row, context, faults };
        let town = cells.code("town_code", 9);
        let village = cells.village("village_code");
        let name = cells.required("village_name");
        let town_name = cells.required("town_name");
        let (name_en, poor) = (cells.optional("name_en"), cells.flag("poor"));
        if let (Some(town), Some(village)) = (&town, village)
            && village.town() != town
        {
            cells.fault(
                "village_code",
                Code::Differs,
                format!("The village {village} does not lie in the town {town}."),
            );
        }
        if let (Some(town), Some(town_name)) = (town, town_name) {
            let (first, line) = towns.entry(town.clone()).or_insert_with(|| (town_name.clone(), row.line));
            if *first != town_name {
                let message = format!("The town {town} is {first} in line {line} and {town_name} here.");
                cells.fault("town_name", Code::Differs, message);
            }
        }
        let (Some(village), Some(name)) = (village, name) else { continue };
        let Some(level) = level(&name) else {
            let message = format!("{name} ends neither in 村委会 nor in 居委会.");
            cells.fault("village_name", Code::UnknownLevel, message);
            continue;
        };
        let mut fields = vec![
            ("name", Want::text(name)),
            ("level", Want::text(level)),
            ("inspected", Want::Be(json!(level == "village"))),
        ];
        fields.extend(Want::cell(row.has("name_en"), name_en).map(|w| ("name_en", w)));
        fields.extend(Want::cell(row.has("poor"), poor).map(|w| ("poor", w)));
        let column = row.header("village_code").to_owned();
        let scope = format!("{village}/roster");
        book.put(Entry { line: row.line, column, scope, kind: "place", id: village.to_string(), fields }, faults);
    }
    put_towns(&towns, district, known, book, faults);
    put_district(towns.into_keys().collect(), context, known, book, faults);
}

/// What a division is, by the end of its name as the statistics office writes it.
fn level(name: &str) -> Option<&'static str> {
    let ends = |ends: &[&str]| ends.iter().any(|e| name.ends_with(e));
    if ends(&["居委会", "居民委员会", "社区"]) {
        Some("community")
    } else if ends(&["村委会", "村民委员会", "村"]) {
        Some("village")
    } else {
        None
    }
}

fn put_towns(
    towns: &BTreeMap<String, (String, u64)>,
    district: &str,
    known: &Known,
    book: &mut Book<'_>,
    faults: &mut Faults,
) {
    for (code, (name, line)) in towns {
        let holder =
            known.all("place").find(|(id, place)| *id != district && place.elements("towns").contains(&code.as_str()));
        if let Some((other, _)) = holder {
            let message = format!("The town {code} belongs to the district {other}.");
            faults.push(*line, "town_code", Code::OtherDistrict, message);
            continue;
        }
        let fields = vec![
            ("name", Want::text(name)),
            ("level", Want::text("town")),
            ("inspected", Want::Be(json!(true))),
            ("parent", Want::text(district)),
        ];
        let (scope, column) = (format!("{code}/roster"), "town_code".to_owned());
        book.put(Entry { line: *line, column, scope, kind: "place", id: code.clone(), fields }, faults);
    }
}

/// The district holds these towns at least: a file may bring only some of them.
fn put_district(towns: Vec<String>, context: &Context, known: &Known, book: &mut Book<'_>, faults: &mut Faults) {
    let district = context.options.district.as_str();
    let mut fields = vec![("level", Want::text("district")), ("towns", Want::Hold(towns))];
    match &context.options.district_name {
        Some(name) => fields.push(("name", Want::text(name))),
        None if known.towns(district).is_none() => {
            let message = format!("The district {district} is not known yet; say its name too (--district-name).");
            faults.push(1, "", Code::UnknownDistrict, message);
        }
        None => {}
    }
    let scope = format!("{district}/roster");
    book.put(Entry { line: 1, column: String::new(), scope, kind: "place", id: district.to_owned(), fields }, faults);
}
