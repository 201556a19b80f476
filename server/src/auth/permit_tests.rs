use serde_json::json;

use super::*;
use crate::{auth::principal::Districts, sync::drafts::Saw};

fn right(role: Role, place: &str) -> Right {
    Right { role, place: Place::parse(place).unwrap(), from: 0, to: None }
}

fn who(rights: &[(Role, &str)]) -> Principal {
    let districts =
        Districts::from([("zjedz".into(), vec!["440811070".into()]), ("other".into(), vec!["440812070".into()])]);
    let rights = rights.iter().map(|(role, place)| right(*role, place)).collect();
    Principal { person: "zjedz.p.li".into(), install: None, rights, districts, closed: None }
}

fn write(scope: &str, kind: &'static str, id: &str, fields: Value) -> Draft {
    let Value::Object(fields) = fields else { panic!("fields") };
    Draft { scope: scope.into(), kind, id: id.into(), fields, saw: Saw::Current, tpl: None }
}

fn role(who: &Principal, write: &Draft, known: &Known) -> Result<Role, &'static str> {
    may_write(who, write, known).map_err(|p| p.code.code())
}

fn plain(who: &Principal, write: &Draft) -> Result<Role, &'static str> {
    role(who, write, &Known::default())
}

#[test]
fn the_office_writes_within_what_it_runs_and_not_beyond() {
    let office = who(&[(Role::Office, "zjedz")]);
    let finding = |place: &str| write(&format!("{place}/inspection"), "finding", "x", json!({}));
    assert_eq!(plain(&office, &finding("440811070201")), Ok(Role::Office));
    assert_eq!(plain(&office, &finding("440812070201")), Err("forbidden"));
    assert_eq!(plain(&office, &write("440811070201/household", "finding", "x", json!({}))), Err("bad_request"));
    assert_eq!(plain(&office, &write("440811070201/roster", "no_kind", "x", json!({}))), Err("bad_request"));
    let leave = write("zjedz.p.m/own", "leave", "x", json!({"approval": "approved"}));
    assert_eq!(plain(&office, &leave), Ok(Role::Office));
    let enrolment = write("zjedz.p.m/own", "enrolment", "x", json!({}));
    assert_eq!(plain(&office, &enrolment), Err("forbidden"));
}

#[test]
fn managers_inspectors_and_members_write_nothing_here() {
    let finding = write("440811070201/inspection", "finding", "x", json!({}));
    let leave = write("zjedz.p.li/own", "leave", "x", json!({"approval": "approved"}));
    for held in [Role::Manager, Role::Inspector, Role::Lead, Role::Member, Role::Unit] {
        for write in [&finding, &leave] {
            assert_eq!(plain(&who(&[(held, "zjedz")]), write), Err("forbidden"), "{held:?}");
        }
    }
}

#[test]
fn a_right_is_given_only_for_places_that_one_runs() {
    let office = who(&[(Role::Office, "zjedz")]);
    let grant = |fields| write("zjedz.p.m/own", "grant", "g", fields);
    assert_eq!(plain(&office, &grant(json!({"role": "inspector", "place": "440811070"}))), Ok(Role::Office));
    assert_eq!(plain(&office, &grant(json!({"role": "inspector", "place": "other"}))), Err("forbidden"));
    // Nor by changing a grant that another office gave.
    let given = json!({"role": "member", "place": "other", "to": 5}).as_object().unwrap().clone();
    let known = Known { current: given, ..Known::default() };
    assert_eq!(role(&office, &grant(json!({"role": "office"})), &known), Err("forbidden"));
    let station = write("440811070201/roster", "station", "s", json!({"village": "440812070201"}));
    assert_eq!(plain(&office, &station), Err("forbidden"));
}

#[test]
fn only_an_admin_makes_admins_and_widens_a_district() {
    let grant = write("zjedz.p.m/own", "grant", "g", json!({"role": "admin", "place": "zjedz"}));
    let towns = write("zjedz/roster", "place", "zjedz", json!({"towns": {"add": ["440812070"]}}));
    let name = write("zjedz/roster", "place", "zjedz", json!({"name": "开发区"}));
    let office = who(&[(Role::Office, "zjedz")]);
    assert_eq!(plain(&office, &grant), Err("forbidden"));
    assert_eq!(plain(&office, &towns), Err("forbidden"));
    assert_eq!(plain(&office, &name), Ok(Role::Office));
    let admin = who(&[(Role::Admin, "zjedz")]);
    assert_eq!(plain(&admin, &grant), Ok(Role::Admin));
    assert_eq!(plain(&admin, &towns), Ok(Role::Admin));
    // A district is known by its id, wherever its record lies.
    let other = write("zjedz/roster", "place", "other", json!({"level": "district"}));
    assert_eq!(plain(&admin, &other), Err("forbidden"));
    assert_eq!(plain(&admin, &write("zjedz/roster", "person", "other.p.m", json!({}))), Err("forbidden"));
    assert_eq!(plain(&admin, &write("zjedz/roster", "person", "zjedz.p.m", json!({}))), Ok(Role::Admin));
}

#[test]
fn a_town_approves_leave_of_the_people_stationed_in_it() {
    let town = who(&[(Role::Town, "440811070")]);
    let stationed = |place: &str| Known { subject: vec![right(Role::Member, place)], ..Known::default() };
    let leave = write("zjedz.p.m/own", "leave", "x", json!({"approval": "approved", "approved_by": "zjedz.p.li"}));
    assert_eq!(role(&town, &leave, &stationed("440811070201")), Ok(Role::Town));
    assert_eq!(role(&town, &leave, &stationed("440811173201")), Err("forbidden"));
    assert_eq!(role(&town, &leave, &Known::default()), Err("forbidden"));
    let more = write("zjedz.p.m/own", "leave", "x", json!({"approval": "approved", "to": "2026-03-09"}));
    assert_eq!(role(&town, &more, &stationed("440811070201")), Err("forbidden"));
    let own = write("zjedz.p.li/own", "leave", "x", json!({"approval": "approved"}));
    assert_eq!(role(&town, &own, &stationed("440811070201")), Err("forbidden"));
    let inspector = Known { subject: vec![right(Role::Inspector, "440811070201")], ..Known::default() };
    assert_eq!(role(&town, &leave, &inspector), Err("forbidden"));
}
