//! The demo's data is what the demo promises.

use std::collections::{BTreeMap, BTreeSet};

use geo::{Area, Contains, Intersects, LineString, MultiPolygon, Point, Polygon};
use mobile_schema::{Role, Template, VillageCode, template::ItemType};
use serde_json::Value;

use super::{DISTRICT, acting, centres, load, planned, sign_ins};
use crate::{registry::testing::Written, sync::drafts::Draft};

fn of(kind: &'static str) -> Vec<Draft> {
    planned().drafts.into_iter().filter(|d| d.kind == kind).collect()
}

fn text<'d>(draft: &'d Draft, field: &str) -> &'d str {
    draft.fields.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn villages() -> Vec<VillageCode> {
    let drafts = of("place");
    let villages = drafts.iter().filter(|d| text(d, "level") == "village");
    villages.map(|d| VillageCode::parse(&d.id).unwrap()).collect()
}

#[test]
fn loading_it_twice_changes_nothing_the_second_time() {
    let plan = planned();
    let mut written = Written::default();
    written.write(&plan.drafts);
    assert_eq!(plan.report.created, written.records().len());
    assert_eq!(plan.report.changed, 3, "the poor villages");
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    let again = load::plan_all(&load::context(zone, Role::Office), &mut written.known());
    assert_eq!(again.unwrap_err().len(), 1, "the admin's grant is not the office's to give");
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    let again = load::plan_all(&load::context(zone, acting().role), &mut written.known()).unwrap();
    assert_eq!((again.report.created, again.report.changed, again.drafts.len()), (0, 0, 0));
}

#[test]
fn each_village_has_a_team_of_three_or_four_with_one_lead() {
    let (teams, stations) = (of("team"), of("station"));
    let people: BTreeSet<String> = of("person").into_iter().map(|d| d.id).collect();
    let mut posted = BTreeSet::new();
    for village in villages() {
        assert_eq!(teams.iter().filter(|t| text(t, "village") == village.as_str()).count(), 1, "{village}");
        let here: Vec<&Draft> = stations.iter().filter(|s| text(s, "village") == village.as_str()).collect();
        assert!((3..=4).contains(&here.len()), "{village}");
        assert_eq!(here.iter().filter(|s| s.fields["lead"] == true).count(), 1, "{village}");
        for station in here {
            assert_eq!(station.scope, format!("{village}/roster"));
            assert!(people.contains(text(station, "person")) && posted.insert(text(station, "person").to_owned()));
        }
    }
    assert_eq!((villages().len(), teams.len(), posted.len()), (35, 35, stations.len()));
}

#[test]
fn what_is_invented_says_so() {
    for draft in ["person", "team", "unit"].into_iter().flat_map(of) {
        assert!(text(&draft, "name").starts_with("演示·"), "{}", draft.id);
        assert!(text(&draft, "name_en").starts_with("Demo"), "{}", draft.id);
        assert_eq!(draft.fields["demo"], true, "{}", draft.id);
    }
    for draft in of("fence") {
        assert_eq!(draft.fields["synthetic"], true, "{}", draft.id);
        assert!(text(&draft, "source").contains("虚构"), "{}", draft.id);
    }
    let names: BTreeSet<String> = of("person").iter().map(|d| text(d, "name").to_owned()).collect();
    assert_eq!(names.len(), of("person").len(), "no two people share a name");
}

#[test]
fn roles_are_granted_as_the_plan_has_them() {
    let mut roles: BTreeMap<String, usize> = BTreeMap::new();
    for grant in of("grant") {
        assert_eq!(grant.scope, format!("{}/own", text(&grant, "person")));
        *roles.entry(text(&grant, "role").to_owned()).or_default() += 1;
    }
    let expected = [("admin", 1), ("inspector", 6), ("manager", 1), ("office", 2), ("town", 4)];
    assert_eq!(roles, expected.map(|(role, n)| (role.to_owned(), n)).into());
    let rights: Vec<(String, String)> =
        of("grant").iter().map(|g| (text(g, "person").into(), text(g, "role").into())).collect();
    let stations = of("station");
    for sign_in in sign_ins() {
        let granted = rights.contains(&(sign_in.person.clone(), sign_in.role.name().to_owned()));
        let lead = sign_in.role == Role::Lead;
        let posted = stations.iter().any(|s| text(s, "person") == sign_in.person && s.fields["lead"] == lead);
        assert!(granted || posted, "{sign_in:?}");
    }
    assert!(rights.contains(&(acting().person, "admin".to_owned())));
}

fn polygons(fence: &Draft) -> MultiPolygon {
    let geometry = &fence.fields["geometry"];
    let ring = |r: &Value| -> LineString {
        r.as_array().unwrap().iter().map(|p| (p[0].as_f64().unwrap(), p[1].as_f64().unwrap())).collect()
    };
    let polygon = |p: &Value| {
        let mut rings = p.as_array().unwrap().iter().map(ring);
        Polygon::new(rings.next().unwrap(), rings.collect())
    };
    match geometry["type"].as_str().unwrap() {
        "Polygon" => MultiPolygon::new(vec![polygon(&geometry["coordinates"])]),
        _ => MultiPolygon::new(geometry["coordinates"].as_array().unwrap().iter().map(polygon).collect()),
    }
}

#[test]
fn fences_are_of_the_size_of_villages_apart_and_on_their_island() {
    let fences: BTreeMap<String, MultiPolygon> =
        of("fence").iter().map(|f| (text(f, "village").to_owned(), polygons(f))).collect();
    assert_eq!(fences.keys().cloned().collect::<BTreeSet<_>>(), villages().iter().map(|v| v.to_string()).collect());
    let centres = centres();
    let (mut concave, mut holes, mut several) = (0, 0, 0);
    for (village, fence) in &fences {
        let km2 = fence.unsigned_area() * 110.75 * 110.75 * 21f64.to_radians().cos();
        assert!((1.0..=6.0).contains(&km2), "{village} has {km2} km²");
        for polygon in fence {
            let vertices = polygon.exterior().0.len() - 1;
            assert!((20..=60).contains(&vertices), "{village} has {vertices} vertices");
            holes += polygon.interiors().len();
        }
        several += usize::from(fence.0.len() > 1);
        concave += usize::from(!geo::IsConvex::is_convex(fence.0[0].exterior()));

        let centre = centres[&VillageCode::parse(village).unwrap()];
        assert!(fence.contains(&Point::new(centre.lon(), centre.lat())), "{village}");
        let naozhou = village.starts_with("440811173");
        let (lat, lon) = if naozhou { (20.9, 110.58) } else { (21.01, 110.39) };
        assert!((centre.lat() - lat).abs() < 0.06 && (centre.lon() - lon).abs() < 0.15, "{village}");
        for (other, its) in fences.iter().filter(|(o, _)| *o > village) {
            assert!(!fence.intersects(its), "{village} and {other} overlap");
        }
    }
    assert!(concave >= 20 && holes == 1 && several == 1, "{concave} {holes} {several}");
}

#[test]
fn the_three_checklists_ask_what_the_plan_names() {
    let templates: Vec<Template> = of("checklist_template")
        .iter()
        .map(|d| {
            assert_eq!(d.scope, format!("{DISTRICT}/roster"));
            Template::parse(&Value::Object(d.fields.clone()).to_string()).unwrap()
        })
        .collect();
    let sizes: Vec<(String, usize)> = templates.iter().map(|t| (t.name(), t.items().count())).collect();
    let expected = [("work-team@1", 30), ("village-cadres@1", 16), ("unit-policy@1", 17)];
    assert_eq!(sizes, expected.map(|(name, n)| (name.to_owned(), n)));
    for template in &templates {
        let kinds: BTreeSet<String> = template.items().map(|i| format!("{:?}", i.kind)).collect();
        assert_eq!(kinds.len(), 6, "{} has every type of item", template.name());
        assert!(template.items().any(|i| i.when.is_some()) && template.items().any(|i| i.weight() > 1.0));
        assert!(
            template.items().any(|i| !i.guidance.is_empty()) && template.items().any(|i| i.kind == ItemType::Photo)
        );
        for item in template.items() {
            assert!(!item.label_en.is_empty() && !item.label.is_ascii(), "{}", item.key);
        }
    }
}
