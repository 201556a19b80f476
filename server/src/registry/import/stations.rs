//! Stations: who is on which team, where, and since when.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Value, json};

use super::{
    book::{Book, Entry, Want},
    cells::{Cells, day_of, end_of, start_of},
    fault::{Code, Faults},
    known::Known,
    plan::Context,
    table::{Column, Holds, Table},
    teams,
    who::People,
};

pub(super) const COLUMNS: &[Column] = &[
    Column {
        name: "person",
        also: &["人员编号", "编号"],
        required: true,
        holds: Holds::Code,
        doc: "who: their id, or their name, with the unit, the end of the telephone number or the id behind it where several have it",
        zh: "谁：人员编号，或姓名；同名的在姓名后注明单位、电话末几位或编号，如 王小明（财政局）",
    },
    Column {
        name: "village",
        also: &["村代码", "驻点村"],
        required: true,
        holds: Holds::Code,
        doc: "where: code of the village, 12 digits",
        zh: "驻点村的代码，12 位数字",
    },
    Column {
        name: "team",
        also: &["队编号", "工作队"],
        required: false,
        holds: Holds::Code,
        doc: "the team; <village>-team where empty.",
        zh: "队编号；不填即该村唯一的队",
    },
    Column {
        name: "lead",
        also: &["队长", "是否队长"],
        required: false,
        holds: Holds::Flag,
        doc: "whether they lead it: 是 or 否.",
        zh: "是否队长：是或否，可不填",
    },
    Column {
        name: "from",
        also: &["开始日期", "驻村日期", "起"],
        required: true,
        holds: Holds::Day,
        doc: "first day, as 2026-01-31",
        zh: "第一天，如 2026-01-31",
    },
    Column {
        name: "to",
        also: &["结束日期", "离村日期", "止"],
        required: false,
        holds: Holds::Day,
        doc: "last day; empty while it lasts.",
        zh: "最后一天；仍在驻村的不填",
    },
];

/// From (included) to (excluded, open where missing), ms, and the line that says so; 0 for what stands already.
type Span = (i64, Option<i64>, u64);

pub(super) fn plan(bytes: &[u8], context: &Context, known: &Known, book: &mut Book<'_>, faults: &mut Faults) {
    let Some(table) = Table::read(bytes, context, COLUMNS, faults) else { return };
    let mut spans: BTreeMap<(String, String), BTreeMap<String, Span>> = standing(known);
    let people = People::of(context.options.district.as_str(), known);
    for row in table.rows(faults) {
        let mut cells = Cells { row: &row, context, faults };
        let person = cells.known_person("person", true, &people);
        let village = cells.known_village("village", known);
        let named = cells.team_id("team");
        let lead = cells.flag("lead");
        let days = cells.days();
        let (Some(person), Some(village)) = (person, village) else { continue };
        let team = named.unwrap_or_else(|| teams::default_id(village.as_str()));
        match known.get("team", &team) {
            None => cells.fault("team", Code::UnknownTeam, format!("There is no team {team}.")),
            Some(t) if t.text("village") != Some(village.as_str()) => {
                let message = format!("The team {team} is stationed in {}.", t.text("village").unwrap_or("no village"));
                cells.fault("team", Code::OtherVillage, message);
            }
            Some(_) => {}
        }
        let Some((from, to)) = days else { continue };
        let id = id(&person, village.as_str(), from);
        let from_ms = start_of(from, context);
        let to_ms = match row.has("to") {
            true => to.map(|day| end_of(day, context)),
            false => known.get("station", &id).and_then(|r| r.fields.get("to")?.as_i64()),
        };
        cells.lasts("village", known, village, to_ms.map(|to| day_of(to - 1, context)));
        let of_both = spans.entry((person.clone(), village.to_string())).or_default();
        // A line that repeats one of this file is told as that, by the book.
        if of_both.get(&id).is_none_or(|(.., line)| *line == 0) {
            of_both.insert(id.clone(), (from_ms, to_ms, row.line));
        }
        let mut fields = vec![
            ("person", Want::text(person)),
            ("team", Want::text(team)),
            ("village", Want::text(village.as_str())),
            ("from", Want::Be(json!(from_ms))),
            ("to", Want::Be(to_ms.map_or(Value::Null, Value::from))),
        ];
        if row.has("lead") {
            fields.push(("lead", Want::Be(json!(lead.unwrap_or(false)))));
        }
        let column = row.header("person").to_owned();
        let scope = format!("{village}/roster");
        book.put(Entry { line: row.line, column, scope, kind: "station", id, fields }, faults);
    }
    overlaps(&spans, faults);
}

/// `<name of the person>.<village>.<first day>`: the same line twice is the same record, and a posting is ended by importing its line
/// with a last day.
pub(super) fn id(person: &str, village: &str, from: Date) -> String {
    let name = person.split_once(".p.").map_or(person, |(_, name)| name);
    format!("{name}.{village}.{from}")
}

fn standing(known: &Known) -> BTreeMap<(String, String), BTreeMap<String, Span>> {
    let mut spans: BTreeMap<(String, String), BTreeMap<String, Span>> = BTreeMap::new();
    for (id, r) in known.all("station") {
        let (Some(person), Some(village)) = (r.text("person"), r.text("village")) else { continue };
        let Some(from) = r.fields.get("from").and_then(Value::as_i64) else { continue };
        let span = (from, r.fields.get("to").and_then(Value::as_i64), 0);
        spans.entry((person.to_owned(), village.to_owned())).or_default().insert(id.to_owned(), span);
    }
    spans
}

/// One person is posted to one village once at a time: two postings that overlap are one that was entered twice.
fn overlaps(spans: &BTreeMap<(String, String), BTreeMap<String, Span>>, faults: &mut Faults) {
    for ((person, village), spans) in spans {
        let mut sorted: Vec<&Span> = spans.values().collect();
        sorted.sort_unstable();
        for pair in sorted.windows(2) {
            let ((_, to, first), (from, _, second)) = (pair[0], pair[1]);
            if to.is_none_or(|to| to > *from) && (*first, *second) != (0, 0) {
                let other =
                    if *first == 0 || *second == 0 { "one that is known".to_owned() } else { format!("line {first}") };
                let message = format!("This posting of {person} to {village} overlaps with {other}.");
                faults.push(*first.max(second), "from", Code::Overlap, message);
            }
        }
    }
}
