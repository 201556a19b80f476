//! Villages merged: who goes on where, what becomes of boundaries, and why not.

use jiff::civil::{Date, date};
use mobile_schema::{Datum, Wgs84};
use serde_json::{Value, json};
use zhucun_fences::Shape;

use super::*;
use crate::registry::import::{
    Boundary, Gap, HandoverRequest, MergerRequest, hand_over, merge_villages, merger::Merger,
};

/// 调文.
const ENDS: &str = "440811070209";
/// 东山.
const GOES_ON: &str = "440811070001";
const APRIL: Date = date(2026, 4, 1);
const LATE: Date = date(2026, 7, 1);

fn asked() -> MergerRequest {
    MergerRequest {
        villages: vec![ENDS.to_owned()],
        into: GOES_ON.to_owned(),
        on: APRIL,
        team: None,
        fence: Boundary::Extend,
        late_until: None,
    }
}

/// A kilometre square, its western side there.
fn square(village: &str, west: f64) -> Value {
    let (east, south, north) = (west + 0.01, 21.0, 21.01);
    json!({
        "type": "Feature", "properties": {"village": village, "from": "2026-01-01"},
        "geometry": {"type": "Polygon",
            "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]},
    })
}

/// Both villages have a team and boundaries that touch; `m-1` leads in the one that ends, `m-2` is posted to both.
fn posted() -> Known {
    let mut known = known();
    let fences = json!({"type": "FeatureCollection", "features": [square(ENDS, 110.40), square(GOES_ON, 110.41)]});
    for (kind, file) in [
        (Kind::People, "person,name\nm-3,丙\n"),
        (Kind::Teams, "village,name\n440811070001,东山队\n"),
        (
            Kind::Stations,
            "person,village,lead,from\nm-1,440811070209,是,2026-01-01\nm-2,440811070209,否,2026-01-01\n\
             m-2,440811070001,否,2026-02-01\n",
        ),
    ] {
        let drafts = good(kind, file.as_bytes(), &known).drafts;
        known.absorb(&drafts);
    }
    let fences = plan(Kind::Fences, fences.to_string().as_bytes(), &with_datum(Datum::Wgs84), &known).unwrap();
    known.absorb(&fences.drafts);
    known
}

fn merged(asked: &MergerRequest, known: &Known) -> Merger {
    merge_villages(asked, LATE, &context(), known)
}

fn done(asked: &MergerRequest, known: &mut Known) -> Merger {
    let merger = merged(asked, known);
    assert!(merger.faults.is_empty(), "{:?}", merger.faults);
    known.absorb(&merger.plan.drafts);
    merger
}

fn write<'p>(merger: &'p Merger, kind: &str, id: &str) -> &'p serde_json::Map<String, Value> {
    let of = |draft: &&crate::sync::drafts::Draft| draft.kind == kind && draft.id == id;
    &merger.plan.drafts.iter().find(of).unwrap_or_else(|| panic!("{kind} {id}")).fields
}

/// How far that is from the boundary, negative inside, m.
fn distance(geometry: &Value, lon: f64) -> f64 {
    let shape = Shape::from_geojson(&geometry.to_string(), Datum::Wgs84).unwrap();
    shape.signed_distance_m(Wgs84::new(21.005, lon).unwrap()).unwrap()
}

#[test]
fn members_go_on_in_the_other_village_and_its_boundary_surrounds_both() {
    let mut known = posted();
    let first = done(&asked(), &mut known);
    let place = write(&first, "place", ENDS);
    assert_eq!((&place["to"], &place["successor"]), (&json!("2026-03-31"), &json!(GOES_ON)));
    let moving: Vec<(&str, &str, bool)> =
        first.moving.iter().map(|m| (m.name.as_str(), m.village.as_str(), m.lead)).collect();
    assert_eq!(moving, [("甲", ENDS, true), ("乙", ENDS, false)]);
    assert!(first.nobody.is_empty() && first.warnings.is_empty());

    let [ended, begun] = [
        write(&first, "station", "m-1.440811070209.2026-01-01"),
        write(&first, "station", "m-1.440811070001.2026-04-01"),
    ];
    assert_eq!(ended["to"], begun["from"], "to the end of the day before");
    assert_eq!((&begun["team"], &begun["lead"]), (&json!("440811070001-team"), &json!(true)));
    // Who is posted there already gets no second posting.
    let of_second = first.plan.drafts.iter().filter(|d| d.kind == "station" && d.id.starts_with("m-2."));
    assert_eq!(of_second.map(|d| d.id.as_str()).collect::<Vec<_>>(), ["m-2.440811070209.2026-01-01"]);
    // Phones that have not heard may go on writing for a while.
    let late = write(&first, "grant", "m-2.member.440811070209.2026-04-01");
    assert_eq!((&late["from"], &late["place"], &late["role"]), (&ended["to"], &json!(ENDS), &json!("member")));
    assert_eq!(late["to"], json!(super::super::cells::end_of(LATE, &context())));

    assert_eq!(write(&first, "fence", "440811070209@2026-01-01")["to"], "2026-03-31");
    assert_eq!(write(&first, "fence", "440811070001@2026-01-01")["to"], "2026-03-31");
    let fence = write(&first, "fence", "440811070001@2026-04-01");
    assert_eq!((&fence["from"], fence.get("to"), &fence["datum"]), (&json!("2026-04-01"), None, &json!("wgs84")));
    assert!(distance(&fence["geometry"], 110.41) < -500.0, "the line between them is gone");
    assert!(distance(&fence["geometry"], 110.405) < -500.0 && distance(&fence["geometry"], 110.399) > 90.0);
    assert_eq!(first.fence.as_ref(), Some(&fence["geometry"]));

    let again = merged(&asked(), &known);
    assert!(again.faults.is_empty() && again.plan.drafts.is_empty() && again.moving.is_empty(), "{again:?}");
}

#[test]
fn several_become_part_of_a_new_one() {
    let mut known = posted();
    for (kind, file) in [
        (Kind::Places, "village_code,village_name,town_code,town_name\n440811070300,新村委会,440811070,东山街道\n"),
        (Kind::Teams, "village,name\n440811070300,新村队\n"),
    ] {
        let drafts = good(kind, file.as_bytes(), &known).drafts;
        known.absorb(&drafts);
    }
    let both = MergerRequest {
        villages: vec![ENDS.to_owned(), GOES_ON.to_owned()],
        into: "440811070300".to_owned(),
        ..asked()
    };
    let merger = done(&both, &mut known);
    assert_eq!(merger.moving.len(), 3);
    let joined = merger.plan.drafts.iter().filter(|d| d.kind == "station" && d.id.contains("440811070300"));
    assert_eq!(joined.count(), 2, "one posting a person");
    assert!(distance(merger.fence.as_ref().unwrap(), 110.41) < -500.0);
    assert_eq!(merger.warnings[0].code, "fence_of_parts");
}

#[test]
fn a_posting_goes_on_for_as_long_as_it_would_have_and_one_to_come_begins_when_it_was_to() {
    let mut known = posted();
    let file = "person,village,from,to\nm-1,440811070209,2026-01-01,2026-05-31\nm-3,440811070209,2026-06-01,\n\
                m-2,440811070001,2026-02-01,2026-04-30\n";
    let drafts = good(Kind::Stations, file.as_bytes(), &known).drafts;
    known.absorb(&drafts);
    let merger = done(&asked(), &mut known);
    let at = |day: Date| json!(super::super::cells::start_of(day, &context()));
    let begun = write(&merger, "station", "m-1.440811070001.2026-04-01");
    assert_eq!((&begun["from"], &begun["to"]), (&at(APRIL), &at(date(2026, 6, 1))));
    let to_come = write(&merger, "station", "m-3.440811070209.2026-06-01");
    assert_eq!(to_come["to"], at(date(2026, 6, 1)), "it ends before it begins");
    assert_eq!(write(&merger, "station", "m-3.440811070001.2026-06-01")["from"], at(date(2026, 6, 1)));
    // Whose own posting there ends sooner goes on behind it.
    assert_eq!(write(&merger, "station", "m-2.440811070001.2026-05-01")["from"], at(date(2026, 5, 1)));
    let late = merger.plan.drafts.iter().filter(|d| d.kind == "grant");
    assert_eq!(late.count(), 2, "who was never there has nothing to bring");
}

#[test]
fn the_boundary_may_stay_and_nobody_may_be_left() {
    let keep = MergerRequest { fence: Boundary::Keep, ..asked() };
    let merger = done(&keep, &mut posted());
    let fences = merger.plan.drafts.iter().filter(|d| d.kind == "fence");
    assert_eq!(fences.map(|d| d.id.as_str()).collect::<Vec<_>>(), ["440811070209@2026-01-01"]);
    assert_eq!(merger.fence, None);

    let into = "440811173203".to_owned();
    let mut nobody = known();
    let gap = done(&MergerRequest { into, fence: Boundary::Keep, ..asked() }, &mut nobody).nobody;
    assert_eq!(gap, [Gap { from: APRIL, to: None }]);
}

#[test]
fn what_cannot_be_is_told_with_its_reason() {
    let mut known = posted();
    done(&asked(), &mut known);
    let refused = |asked: MergerRequest| {
        let merger = merged(&asked, &known);
        let codes: Vec<&str> = merger.faults.iter().map(|fault| fault.code).collect();
        (codes.join(" "), merger.faults.first().map(|f| f.message.clone()).unwrap_or_default())
    };
    // It ended already, and its successor is named; so no two lead to each other.
    let (code, message) =
        refused(MergerRequest { villages: vec![GOES_ON.to_owned()], into: ENDS.to_owned(), ..asked() });
    assert_eq!(code, "village_ended");
    assert!(message.contains("东山居委会") && message.contains("2026-03-31"), "{message}");
    assert_eq!(refused(MergerRequest { on: date(2026, 5, 1), ..asked() }).0, "village_ended");
    assert_eq!(refused(MergerRequest { villages: vec![GOES_ON.to_owned()], ..asked() }).0, "differs");
    assert_eq!(refused(MergerRequest { into: "440811999001".to_owned(), ..asked() }).0, "unknown_village");
    let other = MergerRequest { villages: vec![GOES_ON.to_owned()], into: "440811173203".to_owned(), ..asked() };
    assert_eq!(refused(other).0, "unknown_team", "import one first");
    let handover = HandoverRequest {
        team: format!("{ENDS}-team"),
        on: APRIL,
        leaving: None,
        coming: vec!["m-3".to_owned()],
        lead: None,
        onward: None,
    };
    let handover = hand_over(&handover, &context(), &known);
    assert_eq!(handover.faults.first().map(|fault| fault.code), Some("village_ended"), "nobody is sent there any more");
}
