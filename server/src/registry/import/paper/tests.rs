use jiff::civil::{Date, date};
use zhucun_presence::decide::Verdict;

use super::{
    compare::{Days, Derived, compare},
    sheet,
};
use crate::registry::import::{Kind, Known, plan, tests::context};

fn known() -> Known {
    let mut known = Known::default();
    let places = "village_code,village_name,town_code,town_name\n440811070209,调文村委会,440811070,东山街道\n";
    for (kind, file) in [(Kind::Places, places), (Kind::People, "person,name\nm-1,甲\nm-2,乙\nm-3,乙\n")] {
        let drafts = plan(kind, file.as_bytes(), &context(), &known).unwrap().drafts;
        known.absorb(&drafts);
    }
    known
}

const MARCH: Date = date(2026, 3, 1);

#[test]
fn paper_and_what_was_derived_are_compared_day_by_day() {
    let file = "2026年3月考勤表,,,,,,\n序号,村,姓名,1日,2,3,4,请假天数\n1,调文村,甲,√,外,×,,2\n2,,m-2,,,,√,\n填表人：,,,,,,,\n";
    let lines = sheet::read(file.as_bytes(), None, MARCH, "zjedz", &known()).unwrap();
    assert_eq!(lines.len(), 2);
    let said = |verdict: Verdict| Derived { verdict, zh: format!("因为{}", verdict.name()), en: String::new() };
    let day = |person: &str, day: i8, verdict| ((format!("zjedz.p.{person}"), date(2026, 3, day)), said(verdict));
    let derived: Days = [
        day("m-1", 1, Verdict::Present),
        day("m-1", 2, Verdict::Unconfirmed),
        day("m-1", 3, Verdict::OnLeave),
        day("m-1", 4, Verdict::Present),
        day("m-2", 1, Verdict::Unconfirmed),
    ]
    .into();
    let compared = compare(&lines, MARCH, date(2026, 3, 4), &derived);
    let told: Vec<(u64, String, Option<&str>, Verdict, &str)> = compared
        .differing
        .iter()
        .map(|d| (d.line, format!("{} {}", d.name, d.day.day()), d.mark.as_deref(), d.derived, d.zh.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (3, "甲 2".to_owned(), Some("外"), Verdict::Unconfirmed, "因为unconfirmed"),
            (3, "甲 3".to_owned(), Some("×"), Verdict::OnLeave, "因为on_leave"),
            (3, "甲 4".to_owned(), None, Verdict::Present, "因为present"),
            (4, "m-2 4".to_owned(), Some("√"), Verdict::NotRequired, "当日没有驻点，不要求在岗"),
        ]
    );
    assert_eq!((compared.members, compared.agreeing), (2, 4));
    let sums: Vec<(&str, f64, f64)> = compared.sums.iter().map(|s| (s.of, s.paper, s.derived)).collect();
    assert_eq!(sums, [("on_leave", 2.0, 1.0)]);
    let csv = String::from_utf8(compared.csv().unwrap()).unwrap();
    assert!(csv.contains("zjedz.p.m-1,甲,2026-03-03,×,absent,on_leave,因为on_leave"), "{csv}");
}

#[test]
fn every_bad_cell_is_told() {
    let bad = |file: &str, month| {
        let faults = sheet::read(file.as_bytes(), None, month, "zjedz", &known()).unwrap_err();
        faults.iter().map(|f| format!("{} {} {}", f.line, f.column, f.code)).collect::<Vec<_>>()
    };
    assert_eq!(
        bad("姓名,1,30,出勤\n甲,△,√,很多\n乙,√,,\n丙,√,,\n", date(2026, 2, 1)),
        ["2 2 bad_mark", "2 3 bad_date", "2 4 bad_mark", "3 姓名 ambiguous_person", "4 姓名 unknown_person"]
    );
    assert_eq!(bad("姓名,村\n甲,调文村\n", MARCH), ["1  column_missing"]);
}
