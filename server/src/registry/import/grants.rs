//! Grants: who has which role, where and since when.

use jiff::civil::Date;
use mobile_schema::{Place, Role, VillageCode, derived_id};
use serde_json::{Value, json};

use super::{
    book::{Book, Entry, Want},
    cells::{Cells, end_of, start_of},
    fault::{Code, Faults},
    known::Known,
    plan::Context,
    table::{Column, Holds, Table},
    who::People,
};

pub(super) const COLUMNS: &[Column] = &[
    Column {
        name: "person",
        also: &["人员编号", "编号"],
        required: true,
        holds: Holds::Code,
        doc: "who: their id, or their name, with the unit, the end of the telephone number or the id behind it where several have it",
        zh: "谁：人员编号，或姓名；同名的在姓名后注明单位、电话末几位或编号",
    },
    Column {
        name: "role",
        also: &["角色", "授权角色"],
        required: true,
        holds: Holds::Words,
        doc: "admin 管理员, office 扶贫办, manager 领导, inspector 督查员, lead 队长, member 工作队员, town 镇街 or unit 责任单位",
        zh: "角色：管理员、扶贫办、领导、督查员、队长、工作队员、镇街、责任单位",
    },
    Column {
        name: "place",
        also: &["地方", "范围"],
        required: true,
        holds: Holds::Code,
        doc: "the district, or the code of a town or village, or a unit",
        zh: "区的名称，或镇街、村的代码，或单位编号",
    },
    Column {
        name: "from",
        also: &["开始日期", "起"],
        required: true,
        holds: Holds::Day,
        doc: "first day, as 2026-01-31",
        zh: "第一天，如 2026-01-31",
    },
    Column {
        name: "to",
        also: &["结束日期", "止"],
        required: false,
        holds: Holds::Day,
        doc: "last day; empty while it lasts.",
        zh: "最后一天；一直有效的不填",
    },
    Column {
        name: "note",
        also: &["依据", "文号"],
        required: false,
        holds: Holds::Words,
        doc: "why: the document that appoints them.",
        zh: "依据的文号，可不填",
    },
];

pub(super) fn plan(bytes: &[u8], context: &Context, known: &Known, book: &mut Book<'_>, faults: &mut Faults) {
    let Some(table) = Table::read(bytes, context, COLUMNS, faults) else { return };
    let people = People::of(context.options.district.as_str(), known);
    for row in table.rows(faults) {
        let mut cells = Cells { row: &row, context, faults };
        let person = cells.known_person("person", true, &people);
        let role = role(&mut cells);
        let place = place(&mut cells, known);
        let note = cells.optional("note");
        let days = cells.days();
        let (Some(person), Some(role), Some(place), Some((from, to))) = (person, role, place, days) else { continue };
        if let Some(village) = place.village() {
            cells.lasts("place", known, village, to);
        }
        if !suits(role, &place) {
            let message = format!("The role {} is not given at {place}.", role.name());
            cells.fault("place", Code::RolePlace, message);
            continue;
        }
        let id = id(&person, role, &place, from);
        let mut fields = vec![
            ("person", Want::text(&person)),
            ("role", Want::text(role.name())),
            ("place", Want::text(place.as_str())),
            ("from", Want::Be(json!(start_of(from, context)))),
            ("to", Want::Be(to.map_or(Value::Null, |day| json!(end_of(day, context))))),
        ];
        fields.extend(Want::cell(row.has("note"), note).map(|w| ("note", w)));
        let column = row.header("person").to_owned();
        let scope = format!("{person}/own");
        book.put(Entry { line: row.line, column, scope, kind: "grant", id, fields }, faults);
    }
}

/// `<name of the person>.<role>.<place>.<first day>`, or derived from these where that is too long for an id.
pub(super) fn id(person: &str, role: Role, place: &Place, from: Date) -> String {
    let name = person.split_once(".p.").map_or(person, |(_, name)| name);
    let id = format!("{name}.{}.{place}.{from}", role.name());
    if id.len() <= 128 { id } else { derived_id("grant", &[person, role.name(), place.as_str(), &from.to_string()]) }
}

/// A role, in English or Chinese. Who is no admin cannot make one.
fn role(cells: &mut Cells<'_, '_>) -> Option<Role> {
    let cell = cells.required("role")?;
    let role = Role::parse(&cell.to_lowercase()).or_else(|| {
        Some(match cell.as_str() {
            "管理员" => Role::Admin,
            "扶贫办" => Role::Office,
            "领导" => Role::Manager,
            "督查员" => Role::Inspector,
            "队长" => Role::Lead,
            "工作队员" | "队员" => Role::Member,
            "镇街" | "镇" | "街道" => Role::Town,
            "责任单位" | "单位" => Role::Unit,
            _ => return None,
        })
    });
    match role {
        None => cells.fault("role", Code::BadRole, format!("There is no role {cell:?}.")),
        Some(Role::Admin) if cells.context.role != Role::Admin => {
            cells.fault("role", Code::NotYours, "Only an admin grants the role admin.");
            return None;
        }
        Some(_) => {}
    }
    role
}

/// A place of the district that is known.
fn place(cells: &mut Cells<'_, '_>, known: &Known) -> Option<Place> {
    let cell = cells.required("place")?;
    let district = cells.context.options.district.as_str();
    if let Some(village) = VillageCode::parse(&cell).and_then(|code| known.village(district, code)) {
        return Place::parse(village.as_str());
    }
    let place = Place::parse(&cell).filter(|p| {
        if p.is_division() {
            known.towns(district).is_some_and(|towns| towns.contains(p.as_str()))
        } else {
            p.as_str() == district
                || (p.as_str().starts_with(&format!("{district}.u.")) && known.get("unit", p.as_str()).is_some())
        }
    });
    if place.is_none() {
        let (code, message) = match cell.parse::<f64>() {
            Ok(_) if cell.contains(['E', 'e', '.']) => {
                (Code::ExcelNumber, format!("Excel has turned the code into the number {cell}."))
            }
            _ => (Code::UnknownPlace, format!("There is no place {cell} in the district {district}.")),
        };
        cells.fault("place", code, message);
    }
    place
}

/// Whether a role means anything at such a place.
fn suits(role: Role, place: &Place) -> bool {
    match role {
        Role::Unit => place.as_str().contains(".u."),
        Role::Town => place.is_division() && place.village().is_none(),
        Role::Lead | Role::Member => place.village().is_some(),
        Role::Admin | Role::Office => place.is_district(),
        Role::Manager | Role::Inspector => place.is_district() || place.is_division(),
    }
}
