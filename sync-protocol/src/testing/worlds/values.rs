//! Records, fields and values that phones write, good and bad.

use super::cast::{OTHER, TOWN, VILLAGE};
use crate::ids::{Dot, InstallId};

pub(super) fn is_ruling(kind: &str) -> bool {
    mobile_schema::kind(kind).is_some_and(|k| k.ruling)
}

/// The records (as choices for [`record`]) that a person usually writes.
pub(super) fn usual(person: &str) -> &'static [u8] {
    match person {
        "zjedz.p.member" => &[0, 2, 15, 17, 19],
        "zjedz.p.lead" => &[0, 2, 2, 19, 31],
        "zjedz.p.town" => &[15, 15, 17],
        "zjedz.p.office" => &[3, 5, 9, 11, 12, 15, 17, 20],
        _ => &[3, 5, 5, 9, 11, 12, 12, 20],
    }
}

/// The kind of the record of that choice.
pub(super) fn kind_of(choice: u8) -> String {
    record(InstallId([0; 16]), "", choice, 0).1
}

/// A record that a phone may think of: few, so that people meet.
pub(super) fn record(install: InstallId, person: &str, choice: u8, place: u8) -> (String, String, String) {
    let village = if place % 8 == 7 { OTHER } else { VILLAGE };
    let own =
        |lane: &str, kind: &str| (format!("{village}/{lane}"), kind.to_owned(), format!("{install}.{}", place % 2));
    let at = |lane: &str, kind: &str, id: &str| (format!("{village}/{lane}"), kind.to_owned(), id.to_owned());
    let mine = |kind: &str, id: &str| (format!("{person}/own"), kind.to_owned(), id.to_owned());
    let member = |kind: &str, id: &str| ("zjedz.p.member/own".to_owned(), kind.to_owned(), id.to_owned());
    match choice % 32 {
        0 | 1 => at("presence", "visit", "v1"),
        2 => own("presence", "fix"),
        3 | 4 => own("inspection", "roll_call"),
        5..=8 => at("inspection", "finding", "f1"),
        9 | 10 => at("household", "household", "h1"),
        11..=14 => at("inspection", "response", &mobile_schema::derived_id("response", &["v1", "t"])),
        // The office's word on it is its business, so its lane takes it from who has authority there.
        15 => member("leave", "l1"),
        16 => mine("leave", "l2"),
        17 => member("appeal", &mobile_schema::derived_id("appeal", &["zjedz.p.member", "2026-06-01"])),
        18 => mine("carried", &format!("{install}.c")),
        19 => at("presence", "work_log", "w1"),
        20 => (format!("{TOWN}/inspection"), "finding".to_owned(), "f2".to_owned()),
        21 => at("presence", "drone", "d1"),
        22 => ("Nowhere/presence".to_owned(), "visit".to_owned(), "v1".to_owned()),
        23 => at("household", "visit", "v1"),
        24 => at("presence", "fix", "not-mine"),
        25 => at("presence", "visit", "a b"),
        26 => at("inspection", "response", "0b6c0000-0000-4000-8000-000000000000"),
        27 => mine("grant", "g9"),
        28 => ("zjedz/roster".to_owned(), "decision".to_owned(), format!("{install}:1:0000000000000000")),
        29 => (format!("{person}/presence"), "visit".to_owned(), "v9".to_owned()),
        _ => at("presence", "visit", "v2"),
    }
}

/// Members of a line behind its name: version, fields, template, and what phones must not say.
pub(super) fn rest(kind: &str, b: u8, c: u8, seen: &[Dot]) -> String {
    let version = match b {
        250.. => r#","v":9"#,
        240.. => r#","v":1"#,
        b if kind == "household" && b % 3 == 0 => r#","v":2"#,
        _ => "",
    };
    let tpl = match c % 16 {
        _ if kind != "response" && c < 250 => "",
        0..=7 => r#","tpl":"t@1""#,
        8..=12 => r#","tpl":"t@2""#,
        13 => r#","tpl":"t@3""#,
        14 => r#","tpl":null"#,
        _ => "",
    };
    let acting = if b % 16 == 15 { r#","by":"zjedz.p.office","as":"office""# } else { "" };
    let removed = seen.iter().take(2).map(|d| format!(r#""{d}""#)).collect::<Vec<_>>().join(",");
    let fields = fields(kind, b, c).replace("DOTS", &removed);
    format!(r#"{version}{tpl}{acting},"f":{fields}"#)
}

/// One or two fields with values of which some are equal, some equal but for their spelling, some broken.
pub(super) fn fields(kind: &str, b: u8, c: u8) -> String {
    let pick = |of: &[&str]| of[usize::from(c / 4) % of.len()].to_owned();
    let set = |name: &str, x: &str, y: &str| {
        let x_removed = format!(r#""{name}":{{"remove":[[{x},[DOTS]]]}}"#);
        let both = format!(r#""{name}":{{"add":[{x},{y}],"remove":[[{y},[]]]}}"#);
        match c % 5 {
            0 => format!(r#""{name}":{{"add":[{x}]}}"#),
            1 => format!(r#""{name}":{{"add":[{y},{x}]}}"#),
            2 => both,
            _ => x_removed,
        }
    };
    let (one, two) = ("1".repeat(64), "2".repeat(64));
    let (one, two) = (format!(r#""{one}""#), format!(r#""{two}""#));
    let number = |name: &str| format!(r#""{name}":{}"#, pick(&["3", "4", "3", "5"]));
    let text = |name: &str| format!(r#""{name}":{}"#, pick(&[r#""a""#, r#""\u0061""#, r#""b""#, r#""c""#, "null"]));
    let broken = b % 32 == 30;
    let (first, second) = match kind {
        "visit" => (text("note"), set("companions", r#""zjedz.p.lead""#, r#""zjedz.p.m\u0065mber""#)),
        "fix" => (
            format!(r#""lat":{}"#, pick(&["21", "21.0", "2.1e1", "22"])),
            text("provider").replace(r#""b""#, r#""gps""#),
        ),
        "roll_call" => (number("head_count"), format!(r#""state":{}"#, pick(&[r#""seen""#, r#""absent""#]))),
        "finding" => (
            format!(r#""severity":{}"#, pick(&[r#""minor""#, r#""grave""#, r#""\u006dinor""#, r#""serious""#])),
            if c.is_multiple_of(2) { text("title") } else { set("tags", r#""road""#, r#""well""#) },
        ),
        // A remark as version 1 spells it, and as version 2 does.
        "household" => (number("head_count"), text(if c.is_multiple_of(3) { "note" } else { "notes" })),
        "response" => (
            if c.is_multiple_of(3) { number("i.score") } else { text("i.text") },
            match b % 3 {
                0 => text("note"),
                1 => set("i.pic", &one, &two),
                _ => text("i.pic"),
            },
        ),
        "leave" => (text("reason"), format!(r#""approval":{}"#, pick(&[r#""approved""#, r#""rejected""#]))),
        "appeal" => (text("text"), format!(r#""answer":{}"#, pick(&[r#""upheld""#, r#""rejected""#]))),
        "carried" => (format!(r#""seq":{}"#, pick(&["1", "2"])), r#""line":"{}""#.to_owned()),
        "work_log" => (text("text"), set("photos", &one, &two)),
        "grant" => (r#""role":"admin","place":"zjedz","person":"zjedz.p.member","from":1"#.to_owned(), String::new()),
        "decision" => (r#""decision":"accept""#.to_owned(), String::new()),
        _ => (text("zz"), text("yy")),
    };
    let unknown = if b % 8 == 6 {
        format!(r#","zz":{}"#, pick(&["[1,2]", "[1.0,2]", r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#]))
    } else {
        String::new()
    };
    let first = if broken { r#""note":7,"title":7,"reason":7,"lat":"x","head_count":-1,"text":7"# } else { &first };
    match b % 4 {
        _ if second.is_empty() => format!("{{{first}}}"),
        0 => format!("{{{first},{second}{unknown}}}"),
        1 => format!("{{{second}}}"),
        _ => format!("{{{first}{unknown}}}"),
    }
}

/// A checklist. In version 2 the text is reviewed, the score is not, and the picture is a set where it was a text.
pub(super) fn template(version: u32) -> String {
    let (score, text, pic) = match version {
        1 => ("", "", r#""type":"text""#),
        _ => (r#","review":false"#, r#","review":true"#, r#""type":"photo""#),
    };
    format!(
        r#"{{"key":"t","version":{version},"title":"T","sections":[{{"title":"S","items":[
           {{"key":"score","type":"score","label":"L","max":10{score}}},{{"key":"text","type":"text","label":"L"{text}}},
           {{"key":"pic",{pic},"label":"L"}}]}}]}}"#
    )
    .replace('\n', "")
}

/// Lines that cannot be read, with the code each has.
pub fn garbage() -> Vec<(Vec<u8>, &'static str)> {
    let deep = format!(r#"{{"s":"a","k":"b","id":"c","f":{{"x":{}{}}}}}"#, "[".repeat(40), "]".repeat(40));
    let text = |line: &str| line.as_bytes().to_vec();
    vec![
        (vec![b'x'; 262_145], "too_long"),
        (b"{\"s\":\"\xff\"}".to_vec(), "not_utf8"),
        (b"{\"s\":\"\0\"}".to_vec(), "nul"),
        (text(r#"{"s":"a","k":"b","id":"c","f":{"x":"\u0000"}}"#), "nul"),
        (text(r#"{"s":"a","k":"b","id":"c","f":{"x":"\ud800"}}"#), "bad_surrogate"),
        (text(&deep), "too_deep"),
        (text("hello"), "not_json"),
        (text("[]"), "not_json"),
        (text("{} {}"), "not_json"),
        (text(r#"{"s":"a","k":"b"}"#), "bad_member"),
        (text(r#"{"s":"a","k":"b","id":"c","k":"d"}"#), "bad_member"),
        (text(r#"{"s":"a","k":"b","id":"c","f":{"x":1,"\u0078":2}}"#), "bad_member"),
        (text(r#"{"s":"a","k":"b","id":"c","seen":["x"]}"#), "bad_member"),
        (text(r#"{"s":"a","k":"b","id":"c","t":{"m":-1}}"#), "bad_member"),
        (text(r#"{"s":"a","k":"b","id":"c","v":0}"#), "bad_member"),
    ]
}
