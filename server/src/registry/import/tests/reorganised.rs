//! Villages renamed, given another code, merged: what tables say of them, and what else may still name them.

use super::*;
use crate::registry::import::{Code, Outlook, look};

const HEAD: &str = "村代码,村名,镇代码,镇街";

fn places(more: &str, rows: &str) -> Vec<u8> {
    format!("{HEAD}{more}\n{rows}").into_bytes()
}

/// 调文 was merged into 东山 with the end of March.
fn after() -> Known {
    let mut known = Known::default();
    let file = format!(
        "{}440811070001,东山居委会,440811070,东山街道,,\n",
        String::from_utf8(places(
            ",并入村代码,撤销日期",
            "440811070209,调文村委会,440811070,东山街道,440811070001,2026-03-31\n"
        ))
        .unwrap()
    );
    let drafts = good(Kind::Places, file.as_bytes(), &known).drafts;
    known.absorb(&drafts);
    for (kind, file) in [(Kind::People, "person,name\nm-1,甲\n"), (Kind::Teams, "village,name\n440811070001,东山队\n")]
    {
        let drafts = good(kind, file.as_bytes(), &known).drafts;
        known.absorb(&drafts);
    }
    known
}

fn told(kind: Kind, file: &[u8], known: &Known) -> Vec<String> {
    let Outlook { faults, .. } = look(kind, file, &with_datum(Datum::Wgs84), known);
    faults.iter().map(|f| format!("{} {} {}", f.line, f.column, f.code)).collect()
}

#[test]
fn a_village_that_is_renamed_keeps_the_name_it_had() {
    let mut known = known();
    let renamed = places(",曾用名,更名日期", "440811070209,新调文村委会,440811070,东山街道,调文村委会,2026-04-01\n");
    let plan = good(Kind::Places, &renamed, &known);
    let draft = plan.drafts.iter().find(|d| d.id == "440811070209").unwrap();
    assert_eq!(draft.fields["former_names"], serde_json::json!({"add": ["2026-03-31 调文村委会"]}));
    known.absorb(&plan.drafts);
    assert!(good(Kind::Places, &renamed, &known).drafts.is_empty(), "twice changes nothing");

    // Without saying so it is a correction, and a person is told.
    let other = places("", "440811070209,大调文村委会,440811070,东山街道\n");
    let Outlook { warnings, plan, .. } = look(Kind::Places, &other, &context(), &known);
    assert_eq!((warnings[0].code, plan.report.changed), (Code::Renamed.code(), 1));
    let half = places(",曾用名", "440811070209,新调文村委会,440811070,东山街道,调文村委会\n");
    assert_eq!(told(Kind::Places, &half, &known), ["2 曾用名 missing"]);
}

#[test]
fn a_village_that_was_given_another_code_is_found_by_either() {
    let mut known = known();
    let coded = places(",原代码", "440811070509,调文村委会,440811070,东山街道,440811070209\n");
    let plan = good(Kind::Places, &coded, &known);
    assert_eq!(plan.report.created, 0);
    assert_eq!(plan.drafts[0].fields["code"], "440811070509");
    known.absorb(&plan.drafts);
    assert!(good(Kind::Places, &coded, &known).drafts.is_empty(), "twice changes nothing");
    for code in ["440811070209", "440811070509"] {
        let rows = places("", &format!("{code},调文村委会,440811070,东山街道\n"));
        assert!(good(Kind::Places, &rows, &known).drafts.is_empty(), "{code}");
        let file = format!("person,village,from\nm-1,{code},2026-01-01\n");
        let drafts = good(Kind::Stations, file.as_bytes(), &known).drafts;
        assert_eq!((drafts[0].scope.as_str(), &*drafts[0].id), ("440811070209/roster", "m-1.440811070209.2026-01-01"));
    }
    let taken = places(",原代码", "440811070001,调文村委会,440811070,东山街道,440811070209\n");
    assert_eq!(told(Kind::Places, &taken, &known), ["2 村代码 moved"]);
    let elsewhere = places(",原代码", "440811173209,调文村委会,440811173,硇洲镇,440811070209\n");
    assert_eq!(told(Kind::Places, &elsewhere, &known), ["2 村代码 other_town"]);
    let unknown = places(",原代码", "440811070510,调文村委会,440811070,东山街道,440811070299\n");
    assert_eq!(told(Kind::Places, &unknown, &known), ["2 原代码 unknown_village"]);
}

#[test]
fn tables_say_which_villages_had_ended_when_they_came_and_no_circle() {
    let ended = |rows: &str| told(Kind::Places, &places(",并入,最后一天", rows), &known());
    assert_eq!(ended("440811070301,甲村委会,440811070,东山街道,440811070209,2025-12-31\n"), Vec::<String>::new());
    // One that stands has members, boundaries, households: that is a merger.
    assert_eq!(ended("440811070209,调文村委会,440811070,东山街道,440811070001,2025-12-31\n"), ["2 并入 still_stands"]);
    assert_eq!(ended("440811070301,甲村委会,440811070,东山街道,440811070209,\n"), ["2 并入 missing"]);
    assert_eq!(
        ended("440811070301,甲村委会,440811070,东山街道,440811070399,2025-12-31\n"),
        ["2 successor unknown_village"]
    );
    let circle = "440811070301,甲村委会,440811070,东山街道,440811070302,2025-12-31\n\
                  440811070302,乙村委会,440811070,东山街道,440811070301,2025-12-31\n";
    assert_eq!(ended(circle), ["2 successor village_ended", "3 successor village_ended"]);
    let chain = circle.replace("440811070301,2025-12-31", "440811070209,2026-01-31");
    assert_eq!(ended(&chain), Vec::<String>::new());
}

#[test]
fn what_still_names_a_village_that_ended_is_told_its_successor() {
    let known = after();
    for (kind, file, expected) in [
        (Kind::Teams, "village,name\n440811070209,调文队\n", "2 village village_ended"),
        (Kind::Units, "unit,name,villages\nfinance,财政局,440811070209\n", "2 villages village_ended"),
        (Kind::Grants, "person,role,place,from\nm-1,member,440811070209,2026-01-01\n", "2 place village_ended"),
    ] {
        assert_eq!(told(kind, file.as_bytes(), &known), [expected]);
    }
    let grant = |to: &str| format!("person,role,place,from,to\nm-1,member,440811070209,2026-01-01,{to}\n");
    assert_eq!(told(Kind::Grants, grant("2026-03-31").as_bytes(), &known), Vec::<String>::new(), "while it lasted");
    assert_eq!(told(Kind::Grants, grant("2026-04-01").as_bytes(), &known), ["2 place village_ended"]);
    let Outlook { faults, .. } =
        look(Kind::Teams, "village,name\n440811070209,调文队\n".as_bytes(), &context(), &known);
    assert!(faults[0].message.contains("440811070001 东山居委会"), "{}", faults[0].message);

    let fence = |from: &str| {
        serde_json::json!({"type": "FeatureCollection", "features": [{"type": "Feature",
            "properties": {"village": "调文", "from": from},
            "geometry": {"type": "Circle", "coordinates": [110.4, 21.0], "radius_m": 500}}]})
        .to_string()
    };
    assert_eq!(told(Kind::Fences, fence("2026-04-01").as_bytes(), &known), ["1 features[0].properties village_ended"]);
    let drafts = plan(Kind::Fences, fence("2026-01-01").as_bytes(), &with_datum(Datum::Wgs84), &known).unwrap().drafts;
    assert_eq!(drafts[0].fields["to"], "2026-03-31", "its boundary ends with it");
}
