//! Towns and villages of a district.

use std::collections::BTreeMap;

use mobile_schema::{VillageCode, kinds::place};
use serde_json::{Value, json};

use super::{
    book::{Book, Entry, Want},
    cells::Cells,
    fault::{Code, Faults},
    known::{End, Known},
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
    Column {
        name: "former_name",
        also: &["曾用名", "原村名"],
        required: false,
        holds: Holds::Words,
        doc: "of a village that was renamed: the name before. It is found by that too, and its months until then say it.",
        zh: "更名的村：原来的村名，可不填",
    },
    Column {
        name: "renamed_on",
        also: &["更名日期"],
        required: false,
        holds: Holds::Day,
        doc: "the first day of the name now, as 2026-01-31.",
        zh: "启用现村名的第一天，如 2026-01-31",
    },
    Column {
        name: "former_code",
        also: &["原代码", "原村代码"],
        required: false,
        holds: Holds::Code,
        doc: "of a village that was given another code in its town: the one by which it is known here.",
        zh: "代码变更的村：原来的代码，12 位数字，可不填",
    },
    Column {
        name: "successor",
        also: &["并入村代码", "并入"],
        required: false,
        holds: Holds::Code,
        doc: "of a village that ended before it was registered here: the one that it was merged into. Others end by zhucun merge-villages.",
        zh: "登记时已撤并的村：并入哪个村的代码，可不填；在册的村请用并村功能",
    },
    Column {
        name: "to",
        also: &["撤销日期", "最后一天"],
        required: false,
        holds: Holds::Day,
        doc: "its last day.",
        zh: "已撤并的村：撤并前的最后一天",
    },
];

/// By village: the line that says so, and how it ended.
type Ends = BTreeMap<String, (u64, End)>;

pub(super) fn plan(bytes: &[u8], context: &Context, known: &Known, book: &mut Book<'_>, faults: &mut Faults) {
    let Some(table) = Table::read(bytes, context, COLUMNS, faults) else { return };
    let district = context.options.district.as_str();
    // Code → name and line of the first mention.
    let mut towns: BTreeMap<String, (String, u64)> = BTreeMap::new();
    let mut ends = Ends::new();
    for row in table.rows(faults) {
        let mut cells = Cells { row: &row, context, faults };
        let town = cells.code("town_code", 9);
        let village = cells.village("village_code");
        let name = cells.required("village_name");
        let town_name = cells.required("town_name");
        let (name_en, poor) = (cells.optional("name_en"), cells.flag("poor"));
        let id = village.and_then(|code| id(&mut cells, code, known));
        let former = former_name(&mut cells);
        let end = end(&mut cells, known);
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
        let (Some(code), Some(id), Some(name)) = (village, id, name) else { continue };
        let stands = known.get("place", id.as_str());
        if let Some(before) = stands.and_then(|p| p.text("name")).filter(|before| *before != name && former.is_none()) {
            let message = format!("{code} was called {before} so far.");
            cells.faults.warn(row.line, row.header("village_name"), Code::Renamed, message);
        }
        if let Some(end) = end {
            if stands.is_some() && known.end_of(id.as_str()).as_ref() != Some(&end) {
                let message = format!(
                    "{} is known, and did not end so: merge it (zhucun merge-villages).",
                    known.told(id.as_str())
                );
                cells.fault("successor", Code::StillStands, message);
            }
            ends.insert(id.to_string(), (row.line, end));
        }
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
        if code != id || stands.is_some_and(|place| place.text("code").is_some()) && row.get("former_code").is_some() {
            fields.push(("code", Want::Be(if code == id { Value::Null } else { json!(code) })));
        }
        fields.extend(former.map(|former| ("former_names", Want::Hold(vec![former]))));
        if let Some((_, end)) = ends.get(id.as_str()) {
            fields.extend([("to", Want::text(end.last.to_string())), ("successor", Want::text(&end.successor))]);
        }
        let column = row.header("village_code").to_owned();
        let scope = format!("{id}/roster");
        book.put(Entry { line: row.line, column, scope, kind: "place", id: id.to_string(), fields }, faults);
    }
    successors(&ends, district, (known, book), faults);
    put_towns(&towns, district, known, book, faults);
    put_district(towns.into_keys().collect(), context, known, book, faults);
}

/// By what a village is known here that has this code now.
fn id(cells: &mut Cells<'_, '_>, code: VillageCode, known: &Known) -> Option<VillageCode> {
    let district = cells.context.options.district.as_str().to_owned();
    let holder = known.village(&district, code);
    if cells.row.get("former_code").is_none() {
        return Some(holder.unwrap_or(code));
    }
    let former = VillageCode::parse(&cells.code("former_code", 12)?)?;
    let Some(id) = known.village(&district, former) else {
        cells.fault("former_code", Code::UnknownVillage, format!("There is no village {former} in this district."));
        return None;
    };
    if holder.is_some_and(|holder| holder != id) {
        cells.fault("village_code", Code::Moved, format!("{code} is the code of another village."));
        return None;
    }
    if code.town() != id.town() {
        let message =
            format!("{id} lies in another town than {code}: import {code} as a village, and merge {id} into it.");
        cells.fault("village_code", Code::OtherTown, message);
        return None;
    }
    Some(id)
}

/// The name that a line says a village had.
fn former_name(cells: &mut Cells<'_, '_>) -> Option<String> {
    let (name, on) = (cells.optional("former_name"), cells.day("renamed_on"));
    both(cells, ["former_name", "renamed_on"]);
    Some(place::former_name(&on?.yesterday().ok()?.to_string(), &name?))
}

/// How a line says that a village ended.
fn end(cells: &mut Cells<'_, '_>, known: &Known) -> Option<End> {
    both(cells, ["successor", "to"]);
    cells.row.get("successor")?;
    let (successor, last) = (cells.village("successor"), cells.day("to"));
    let successor = known.village(cells.context.options.district.as_str(), successor?).or(successor)?;
    Some(End { last: last?, successor: successor.to_string() })
}

/// Notes it where a line has one of two cells that belong together.
fn both(cells: &mut Cells<'_, '_>, pair: [&str; 2]) {
    for [one, other] in [pair, [pair[1], pair[0]]] {
        if cells.row.get(one).is_some() && cells.row.get(other).is_none() {
            cells.fault(one, Code::Missing, format!("{one} takes {other} beside it."));
        }
    }
}

/// Each village that ended was merged into one of the district that outlived it, be it of the file or known: so none leads back to itself.
fn successors(ends: &Ends, district: &str, (known, book): (&Known, &Book<'_>), faults: &mut Faults) {
    for (village, (line, end)) in ends {
        let successor = &end.successor;
        let is_known = VillageCode::parse(successor).and_then(|code| known.village(district, code)).is_some();
        if !is_known && !book.has("place", successor) {
            let message = format!("There is no village {successor} in this district.");
            faults.push(*line, "successor", Code::UnknownVillage, message);
            continue;
        }
        let its_end = ends.get(successor).map(|(_, end)| end.clone()).or_else(|| known.end_of(successor));
        if successor == village || its_end.is_some_and(|its| its.last <= end.last) {
            let message = format!("{successor} did not outlive {village}.");
            faults.push(*line, "successor", Code::VillageEnded, message);
        }
    }
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
