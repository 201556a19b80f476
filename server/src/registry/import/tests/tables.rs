use encoding_rs::GB18030;

use super::*;
use crate::registry::import::Code;

#[test]
fn a_table_reads_the_same_in_every_encoding_and_with_what_excel_adds() {
    let plain = good(Kind::Places, PLACES.as_bytes(), &Known::default());
    assert_eq!(plain.report.created, 6, "a district, two towns, three villages");
    let crlf = PLACES.replace('\n', "\r\n") + ",,,\r\n,,,\r\n\r\n";
    let quoted = PLACES.replace("440811070209", "\"440811070209\"").replace("440811173203", "=\"440811173203\"");
    let chinese = PLACES.replace("village_code,village_name,town_code,town_name", "村代码,村名,镇街代码,镇街");
    let moved = PLACES.replace("440811070001", "'440811070001 ");
    let with_bom = [&b"\xef\xbb\xbf"[..], PLACES.as_bytes()].concat();
    let gb18030 = GB18030.encode(&chinese).0.into_owned();
    for (i, file) in
        [crlf.into_bytes(), quoted.into_bytes(), chinese.into_bytes(), moved.into_bytes(), with_bom, gb18030]
            .iter()
            .enumerate()
    {
        let drafts = good(Kind::Places, file, &Known::default()).drafts;
        assert_eq!(format!("{drafts:?}"), format!("{:?}", plain.drafts), "{i}");
    }
}

#[test]
fn files_that_are_no_tables_are_told_apart() {
    let bad = |file: &[u8]| faults(Kind::Places, file, &context());
    assert_eq!(bad(b"\xd0\xcf\x11\xe0xls"), ["1  not_text"]);
    assert_eq!(bad(b"\xff\xfea\0"), ["1  not_text"]);
    assert_eq!(bad(b" \r\n "), ["1  empty_file"]);
    assert_eq!(bad(b"village_code;village_name\n1;2\n"), ["1  wrong_delimiter"]);
    assert_eq!(bad(&vec![b'x'; 9 << 20]), ["1  file_too_large"]);
    assert_eq!(bad("村代码,村名\n1,2\n".as_bytes()), ["1 town_code column_missing", "1 town_name column_missing"]);
    assert_eq!(bad("村代码,village_code,镇\n".as_bytes())[..2], ["1 village_code column_twice", "1 镇 column_unknown"]);
    assert_eq!(bad(b"village_code,village_name,town_code,town_name\n"), ["1  empty_file"]);
    // Lines 2 and 3 are neither; line 1 says that the file is UTF-8.
    assert_eq!(bad(b"\xe6\x9d\x91\na\xff\n\xe6\x9d\n"), ["2  bad_encoding", "3  bad_encoding"]);
    assert_eq!(bad(b"\xb4\xe5\xff\n"), ["1  bad_encoding"]);
}

#[test]
fn every_bad_line_of_places_is_told() {
    let file = "village_code,village_name,town_code,town_name,poor\n\
        4.40811E+11,调文村委会,440811070,东山街道,\n\
        44081107020,调文村委会,440811070,东山街道,\n\
        440811070209,调文村委会,440811071,东简街道,\n\
        440811070210,调文,440811070,东山街道,\n\
        440811070211,,440811070,东山,也许\n\
        440811070212,甲村委会,440811070,东山街道,是\n\
        440811070212,乙村委会,440811070,东山街道,是\n\
        440811070213,丙村委会,440811070,东山街道,是,多\n";
    assert_eq!(
        faults(Kind::Places, file.as_bytes(), &context()),
        [
            "2 village_code excel_number",
            "3 village_code bad_code",
            "4 village_code differs",
            "5 village_name unknown_level",
            "6 village_name missing",
            "6 poor bad_flag",
            "6 town_name differs",
            "8 village_code duplicate",
            "9  too_many_cells",
        ]
    );
}

#[test]
fn a_district_must_have_a_name_and_its_own_towns() {
    let mut other = context();
    other.options.district = DistrictName::parse("mazhang").unwrap();
    let taken = ["2 town_code other_district", "4 town_code other_district"];
    assert_eq!(faults(Kind::Places, PLACES.as_bytes(), &other), taken);
    other.options.district_name = None;
    assert_eq!(faults(Kind::Places, PLACES.as_bytes(), &other)[0], "1  unknown_district");
    assert_eq!(faults(Kind::People, b"person,name\na,b\n", &other), ["1  unknown_district"]);
}

#[test]
fn a_file_of_some_towns_leaves_the_others() {
    let more = PLACES.lines().next().unwrap().to_owned() + "\n440811071201,东简村委会,440811071,东简街道\n";
    let plan = good(Kind::Places, more.as_bytes(), &known());
    assert_eq!((plan.report.created, plan.report.changed), (2, 1));
    let district = plan.drafts.iter().find(|d| d.id == "zjedz").unwrap();
    assert_eq!(serde_json::to_string(&district.fields).unwrap(), r#"{"towns":{"add":["440811071"]}}"#);
}

#[test]
fn tables_twice_change_nothing() {
    twice_changes_nothing(Kind::Places, PLACES.replace("调文", "调武").replace("0209", "0210").as_bytes(), &context());
    twice_changes_nothing(
        Kind::Units,
        "unit,name,leader,villages\nhealth,卫健局,m-1,440811070209 440811173203\n".as_bytes(),
        &context(),
    );
    twice_changes_nothing(Kind::People, "编号,姓名,单位,电话\nx-1,丙,finance,\n".as_bytes(), &context());
    twice_changes_nothing(
        Kind::Teams,
        "village,team,name,unit\n440811173203,,队,zjedz.u.finance\n440811173203,two,队,\n".as_bytes(),
        &context(),
    );
    twice_changes_nothing(
        Kind::Stations,
        "人员编号,村代码,队长,开始日期,结束日期\nm-1,440811070209,是,2026/1/1,\nm-2,440811070209,,2026年1月1日,2026-03-31\n".as_bytes(),
        &context(),
    );
    twice_changes_nothing(
        Kind::Grants,
        "person,role,place,from,to\nm-1,督查员,zjedz,2026-01-01,\n".as_bytes(),
        &context(),
    );
}

#[test]
fn a_units_villages_are_just_those_of_the_cell() {
    let file = |villages: &str| format!("unit,name,villages\nhealth,卫健局,{villages}\n");
    let mut written = twice_changes_nothing(Kind::Units, file("440811070209;440811173203").as_bytes(), &context());
    let less = good(Kind::Units, file("440811173203").as_bytes(), &written.known());
    assert_eq!(less.report.changed, 1);
    written.write(&less.drafts);
    assert!(good(Kind::Units, file("440811173203").as_bytes(), &written.known()).drafts.is_empty());
    assert_eq!(good(Kind::Units, file("440811070209 440811173203").as_bytes(), &written.known()).report.changed, 1);
}

#[test]
fn what_lines_refer_to_must_be_known() {
    let bad = |kind, file: &str| faults(kind, file.as_bytes(), &context());
    assert_eq!(
        bad(Kind::Units, "unit,name,leader,villages\nA,甲,,\nb,乙,m-9,\nc,丙,,440811070210 4.4E+11\n"),
        ["2 unit bad_name", "3 leader unknown_person", "4 villages unknown_village", "4 villages excel_number"]
    );
    assert_eq!(
        bad(Kind::People, "person,name,unit\nother.p.x,甲,\nx,\"a\nb\",\ny,乙,nobody\n"),
        ["2 person bad_name", "3 name bad_character", "5 unit unknown_unit"]
    );
    assert_eq!(
        bad(
            Kind::Teams,
            "village,name,team\n440811070299,甲,\n440811173203,乙,440811070209-team\n440811173203,丙,a b\n"
        ),
        ["2 village unknown_village", "3 team moved", "4 team bad_name"]
    );
    assert_eq!(
        bad(
            Kind::Stations,
            "person,village,team,lead,from,to\nm-9,440811070209,,,2026-01-01,\nm-1,440811173203,,,2026-01-01,\n\
             m-1,440811173203,440811070209-team,,2026-01-01,\nm-1,440811070209,,,2026-13-01,\nm-1,440811070209,,,2026-02-01,2026-01-01\n\
             m-2,440811070209,,,,\n"
        ),
        [
            "2 person unknown_person",
            "3 team unknown_team",
            "4 team other_village",
            "4 person duplicate",
            "5 from bad_date",
            "6 to to_before_from",
            "7 from missing",
        ]
    );
    assert_eq!(
        bad(
            Kind::Grants,
            "person,role,place,from\nm-1,king,zjedz,2026-01-01\nm-1,admin,zjedz,2026-01-01\nm-1,town,440811070209,2026-01-01\n\
             m-1,unit,zjedz.u.none,2026-01-01\nm-1,inspector,4.40811E+11,2026-01-01\nm-1,inspector,440812,2026-01-01\n"
        ),
        [
            "2 role bad_role",
            "3 role not_yours_to_grant",
            "4 place role_place",
            "5 place unknown_place",
            "6 place excel_number",
            "7 place unknown_place",
        ]
    );
}

#[test]
fn a_posting_is_ended_by_its_line_with_a_last_day_and_is_entered_once() {
    let file = |lines: &str| format!("person,village,from,to\n{lines}");
    let mut known = known();
    let first = good(Kind::Stations, file("m-1,440811070209,2026-01-01,\n").as_bytes(), &known);
    let station = &first.drafts[0];
    assert_eq!((station.scope.as_str(), station.id.as_str()), ("440811070209/roster", "m-1.440811070209.2026-01-01"));
    assert_eq!(station.fields["from"], 1_767_196_800_000_i64, "midnight in Shanghai");
    known.absorb(&first.drafts);
    let again = file("m-1,440811070209,2026-06-01,\n");
    let overlap = plan(Kind::Stations, again.as_bytes(), &context(), &known).unwrap_err();
    assert_eq!((overlap[0].line, overlap[0].code), (2, "overlap"));
    let both = file("m-1,440811070209,2026-01-01,2026-05-31\nm-1,440811070209,2026-06-01,\n");
    let ended = good(Kind::Stations, both.as_bytes(), &known);
    assert_eq!((ended.report.created, ended.report.changed), (1, 1));
    let to = |i: usize| ended.drafts[i].fields.get("to").and_then(serde_json::Value::as_i64);
    assert_eq!(to(0), ended.drafts[1].fields["from"].as_i64(), "the last day counts whole");
}

#[test]
fn an_empty_cell_clears_and_a_missing_column_leaves() {
    let known = known();
    let leave = good(Kind::People, "person,name\nm-1,甲\n".as_bytes(), &known);
    assert_eq!(leave.report.unchanged, 1);
    let clear = good(Kind::People, "person,name,unit\nm-1,甲,\n".as_bytes(), &known);
    assert_eq!(serde_json::to_string(&clear.drafts[0].fields).unwrap(), r#"{"unit":null}"#);
}

#[test]
fn codes_are_unique_and_values_are_held_to_the_schema() {
    let codes: std::collections::BTreeSet<&str> = Code::ALL.iter().map(|c| c.code()).collect();
    assert_eq!(codes.len(), Code::ALL.len());
    let long = format!("person,name\nx,{}\n", "长".repeat(101));
    assert_eq!(faults(Kind::People, long.as_bytes(), &context()), ["2 name schema"]);
}
