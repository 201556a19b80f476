//! Workbooks as offices make them, and as nobody should.

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};
use zhucun_fences::testing::zip;

use super::*;
use crate::registry::import::{Form, blank, look};

fn book(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(book.add_worksheet());
    book.save_to_buffer().unwrap()
}

/// Rows of texts, from that line on (from 0).
fn rows(sheet: &mut Worksheet, from: u32, rows: &[&[&str]]) {
    for (line, cells) in (from..).zip(rows) {
        for (column, cell) in (0..).zip(*cells) {
            sheet.write_string(line, column, *cell).unwrap();
        }
    }
}

const STATIONS: &[&[&str]] = &[&["人员编号", "村代码", "队长", "开始\n日期*", "结束日期"]];

#[test]
fn a_workbook_says_what_a_csv_says() {
    let csv = good(Kind::Places, PLACES.as_bytes(), &Known::default());
    let lines: Vec<Vec<&str>> = PLACES.lines().map(|line| line.split(',').collect()).collect();
    let sheet = book(|sheet| rows(sheet, 0, &lines.iter().map(Vec::as_slice).collect::<Vec<_>>()));
    assert_eq!(format!("{:?}", good(Kind::Places, &sheet, &Known::default()).drafts), format!("{:?}", csv.drafts));
}

#[test]
fn a_title_above_the_head_days_that_excel_holds_and_formulas_are_read() {
    let file = book(|sheet| {
        sheet.merge_range(0, 0, 0, 4, "驻村工作队员派驻情况表", &Format::new()).unwrap();
        rows(sheet, 1, &[&["填表单位：扶贫办"]]);
        rows(sheet, 3, STATIONS);
        rows(sheet, 4, &[&["m-1", "440811070209", "是"]]);
        let day = Format::new().set_num_format("yyyy\"年\"m\"月\"d\"日\"");
        sheet.write_datetime_with_format(4, 3, ExcelDateTime::from_ymd(2026, 1, 1).unwrap(), &day).unwrap();
        rows(sheet, 6, &[&["m-2", "440811070209", "", "2026/3/1"]]);
        sheet.write_formula(6, 0, Formula::new("=\"m-\"&2").set_result("m-2")).unwrap();
    });
    let plan = good(Kind::Stations, &file, &known());
    let ids: Vec<&str> = plan.drafts.iter().map(|d| d.id.as_str()).collect();
    assert_eq!(ids, ["m-1.440811070209.2026-01-01", "m-2.440811070209.2026-03-01"]);
}

#[test]
fn faults_name_the_cell_and_a_code_that_became_a_number_is_refused() {
    let file = book(|sheet| {
        rows(sheet, 1, STATIONS);
        rows(sheet, 2, &[&["m-1", "", "是", "2026-01-01"], &["m-1", "440811070209", "也许", ""]]);
        sheet.write_number(2, 1, 440_811_070_209.0).unwrap();
        sheet.write_number(3, 3, 46_023.0).unwrap();
        sheet.write_formula(3, 0, Formula::new("=VLOOKUP(1,A1,9)").set_result("#REF!")).unwrap();
    });
    let faults = plan(Kind::Stations, &file, &context(), &known()).unwrap_err();
    let told: Vec<(Option<&str>, &str)> = faults.iter().map(|f| (f.cell.as_deref(), f.code)).collect();
    assert_eq!(
        told,
        [
            (Some("B3"), "excel_number"),
            (Some("A4"), "cell_error"),
            (Some("C4"), "bad_flag"),
            (Some("D4"), "excel_number"),
        ]
    );
    assert!(faults[0].message.contains("440811070209") && faults[0].message.contains("分列"), "{}", faults[0].message);
}

#[test]
fn the_first_sheet_that_is_shown_is_read_or_the_one_that_is_named() {
    let mut book = Workbook::new();
    rows(book.add_worksheet().set_name("旧").unwrap().set_hidden(true), 0, &[&["person", "name"], &["x-1", "旧"]]);
    let shown = book.add_worksheet().set_name("新").unwrap().set_active(true);
    rows(shown, 0, &[&["person", "name"], &["x-2", "新"]]);
    let file = book.save_to_buffer().unwrap();
    let of = |sheet: Option<&str>| {
        let mut context = context();
        context.options.sheet = sheet.map(str::to_owned);
        plan(Kind::People, &file, &context, &known()).map(|plan| plan.drafts[0].id.clone())
    };
    assert_eq!(of(None).unwrap(), "zjedz.p.x-2");
    assert_eq!(of(Some("旧")).unwrap(), "zjedz.p.x-1");
    let unknown = of(Some("无")).unwrap_err();
    assert_eq!(unknown[0].code, "sheet_unknown");
    assert!(unknown[0].message.contains("旧, 新"), "{}", unknown[0].message);
}

#[test]
fn hostile_workbooks_are_refused_with_a_reason() {
    let bad = |file: &[u8]| faults(Kind::People, file, &context());
    assert_eq!(bad(b"PK\x03\x04zip"), ["1  bad_syntax"]);
    assert_eq!(bad(b"\xd0\xcf\x11\xe0old"), ["1  not_text"]);
    assert_eq!(bad(&zip(&[("word/document.xml", b"<w/>")])), ["1  bad_syntax"]);
    assert_eq!(bad(&zip(&[("xl/sharedStrings.xml", &vec![b' '; 65 << 20])])), ["1  file_too_large"]);
    // A sheet that says to span all columns, and one text in a million cells.
    let far = book(|sheet| {
        rows(sheet, 0, &[&["person", "name"]]);
        sheet.write_string(1_048_575, 16_383, "x").unwrap();
    });
    assert_eq!(bad(&far), ["1  file_too_large"]);
    let long = book(|sheet| {
        let text = "长".repeat(10_000);
        for line in 0..3_000 {
            sheet.write_string(line, 0, &text).unwrap();
        }
    });
    assert_eq!(bad(&long), ["1  file_too_large"]);
}

#[test]
fn a_blank_table_filled_in_is_what_is_read() {
    for kind in Kind::ALL {
        let Some(file) = blank(kind, Form::Xlsx) else {
            assert!(kind.columns().is_empty());
            continue;
        };
        // Nothing stands below its head, and the head is understood.
        assert_eq!(faults(kind, &file.unwrap(), &context()), ["1  empty_file"]);
        assert_eq!(faults(kind, &blank(kind, Form::Csv).unwrap().unwrap(), &context()), ["1  empty_file"]);
    }
}

#[test]
fn who_is_named_is_told_apart_and_never_guessed() {
    let mut known = known();
    let people = "person,name,unit,phone\nw-1,王小明,finance,0759-1234567\nw-2,王小明,,0759-7654321\nw-3,李四,,\n";
    known.absorb(&good(Kind::People, people.as_bytes(), &known).drafts);
    let posted = |who: &str| {
        let file = format!("人员编号,村代码,开始日期\n{who},440811070209,2026-01-01\n");
        let plan = plan(Kind::Stations, file.as_bytes(), &context(), &known);
        plan.map(|plan| plan.drafts[0].fields["person"].as_str().unwrap().to_owned())
    };
    for (cell, id) in [
        ("w-1", "zjedz.p.w-1"),
        ("李 四", "zjedz.p.w-3"),
        ("王小明（财政局）", "zjedz.p.w-1"),
        ("王小明(finance)", "zjedz.p.w-1"),
        ("王小明 4321", "zjedz.p.w-2"),
        ("王小明（w-2）", "zjedz.p.w-2"),
    ] {
        assert_eq!(posted(cell).unwrap(), id, "{cell}");
    }
    let several = posted("王小明").unwrap_err();
    assert_eq!(several[0].code, "ambiguous_person");
    for candidate in ["zjedz.p.w-1（财政局，电话尾号 4567）", "zjedz.p.w-2（电话尾号 4321）"] {
        assert!(several[0].message.contains(candidate), "{}", several[0].message);
    }
    for nobody in ["王五", "王小明（卫健局）", "王小明 0000"] {
        assert_eq!(posted(nobody).unwrap_err()[0].code, "unknown_person", "{nobody}");
    }
}

#[test]
fn a_second_person_of_a_name_is_taken_with_a_warning() {
    let known = known();
    let file = "person,name\nm-1,甲\nx-1,甲\nx-2,丁\nx-3,丁\n";
    let outlook = look(Kind::People, file.as_bytes(), &context(), &known);
    assert!(outlook.faults.is_empty() && outlook.plan.report.created == 3);
    let told: Vec<(u64, &str)> = outlook.warnings.iter().map(|w| (w.line, w.code)).collect();
    assert_eq!(told, [(3, "same_name"), (5, "same_name")]);
    assert!(outlook.warnings[0].message.contains("zjedz.p.m-1（财政局）"), "{}", outlook.warnings[0].message);
    assert!(outlook.warnings[1].message.contains("zjedz.p.x-2（第 4 行）"), "{}", outlook.warnings[1].message);
}
