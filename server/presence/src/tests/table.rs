//! `cases.csv`: days in words, and what each must come to.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

use super::{case, stationed};
use crate::{
    decide::{
        Verdict::{self, Absent, AwayCounted, NotRequired, OnLeave, Present, Unconfirmed},
        decide,
    },
    matter::matters,
    reason::ReasonCode,
    rule::{
        book::{Book, Entry},
        check,
    },
};

pub const VERDICTS: [(&str, Verdict); 6] = [
    ("在岗", Present),
    ("视同在岗", AwayCounted),
    ("请假", OnLeave),
    ("不在岗", Absent),
    ("待核实", Unconfirmed),
    ("不要求", NotRequired),
];

#[derive(Debug, serde::Deserialize)]
struct Case {
    编号: String,
    说明: String,
    规则: String,
    日期: String,
    证据: String,
    结论: String,
    理由: String,
    待办: String,
}

fn body(rule: &str) -> Value {
    if rule.is_empty() {
        return Value::Object(Default::default());
    }
    let text = if rule.starts_with('{') {
        rule.to_owned()
    } else {
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("rules").join(format!("{rule}.json"))).unwrap()
    };
    serde_json::from_str(&text).unwrap()
}

#[test]
fn every_worked_case_comes_to_what_the_table_says() {
    let holidays: Value = serde_json::from_str(include_str!("../../rules/holidays-2026.json")).unwrap();
    let mut reader = csv::Reader::from_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("cases.csv")).unwrap();
    let (mut cases, mut wrong, mut reached, mut names) = (0, Vec::new(), BTreeSet::new(), BTreeSet::new());
    for row in reader.deserialize() {
        let case: Case = row.unwrap();
        let entry = Entry {
            place: "440811070".into(),
            id: "case".into(),
            from: "2026-01-01".into(),
            to: None,
            body: body(&case.规则),
        };
        let (book, unsound) = Book::of(vec![entry], std::slice::from_ref(&holidays), []);
        assert!(unsound.is_empty(), "{}: {unsound:?}", case.编号);
        let mut day = stationed(&book, &case.日期);
        case::add(&mut day, &case.证据).unwrap_or_else(|why| panic!("{} {}: {why}", case.编号, case.说明));
        let day = day.sorted();
        let decided = decide(&day);
        let said: Vec<&str> = decided.reasons.iter().map(|reason| reason.code.code()).collect();
        let waits: Vec<&str> = matters(&day, &decided).iter().map(|matter| matter.code.name()).collect();
        let verdict = VERDICTS.iter().find(|(_, verdict)| *verdict == decided.verdict).unwrap().0;
        let (told, found) = ((&*case.结论, &*case.理由, &*case.待办), (verdict, &*said.join(" "), &*waits.join(" ")));
        if told != found {
            let sentences: Vec<&str> = decided.reasons.iter().map(|reason| reason.zh.as_str()).collect();
            wrong.push(format!("{} {}：{told:?}，实为 {found:?} {sentences:?}", case.编号, case.说明));
        }
        assert!(names.insert(case.编号.clone()), "编号重复：{}", case.编号);
        reached.extend(decided.reasons.iter().map(|reason| reason.code));
        cases += 1;
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(cases >= 60, "{cases}");
    let missing: Vec<&ReasonCode> = ReasonCode::ALL.iter().filter(|code| !reached.contains(code)).collect();
    assert!(missing.is_empty(), "no case has {missing:?}");
}

#[test]
fn every_sentence_is_there_in_both_languages_and_no_place_holder_is_left() {
    for code in ReasonCode::ALL {
        let reason = crate::reason::Reason::new(*code, vec!["fix:00".into()], "7");
        assert!(!reason.zh.is_empty() && !reason.en.is_empty());
        assert!(!reason.zh.contains('{') && !reason.en.contains('{'), "{code:?}");
        assert_eq!(serde_json::to_value(code).unwrap(), code.code());
    }
    assert!(check::read(&body("two-windows")).is_ok());
}
