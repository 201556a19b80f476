//! The first administrator: a person and a grant, written by themselves, because there is nobody else yet.

use mobile_schema::{DistrictName, Place, Role};
use serde_json::{Map, Value, json};

use super::{principal::is_live, store};
use crate::{
    app::{App, now_ms},
    error::{ErrorCode, Problem},
    sync::drafts::{Acting, Draft, Saw},
};

/// Makes a person the first admin of a district; false where it has one already. Whoever runs the command line has the database in hand,
/// so nothing is asked of them.
pub async fn first_admin(app: &App, district: &str, person: &str, name: Option<&str>) -> Result<bool, Problem> {
    let drafts = drafts(district, person, name, now_ms())?;
    if admin_of(app, district).await?.is_some() {
        return Ok(false);
    }
    let acting = Acting { person: person.to_owned(), role: Role::Admin };
    app.committer.write(&acting, drafts).await?;
    Ok(true)
}

/// Who is admin of that district now; of several the first by name.
pub async fn admin_of(app: &App, district: &str) -> Result<Option<String>, Problem> {
    let now = now_ms();
    let held = store::holders(&app.db, Role::Admin).await?;
    let here = held.into_iter().filter(|h| h.right.place.as_str() == district && is_live(&h.right, now));
    Ok(here.map(|h| h.person).min())
}

/// Makes a person known, in the name of their district's admin.
pub async fn person(app: &App, admin: &str, person: &str, name: &str) -> Result<(), Problem> {
    let place = Place::parse(person).filter(Place::is_person);
    let place = place.ok_or_else(|| Problem::new(ErrorCode::BadRequest, "person: district.p.name"))?;
    let admin = store::principal(&app.db, admin, None, now_ms()).await?;
    let role = admin.office_over(&place)?;
    let district = person.split_once('.').map_or(person, |(district, _)| district);
    app.committer.write(&admin.acting(role), vec![person_draft(district, person, name)]).await?;
    Ok(())
}

/// The person's records. Pure.
fn drafts(district: &str, person: &str, name: Option<&str>, now_ms: i64) -> Result<Vec<Draft>, Problem> {
    let wrong = |what: String| Problem::new(ErrorCode::BadRequest, what);
    if DistrictName::parse(district).is_none() {
        return Err(wrong(format!("district {district:?}: a small letter, then small letters, digits and -")));
    }
    let of_district = person.strip_prefix(district).is_some_and(|rest| rest.starts_with(".p."));
    if Place::parse(person).is_none() || !of_district {
        return Err(wrong(format!("person {person:?}: {district}.p. and a name of small letters, digits and -")));
    }
    let grant = json!({"person": person, "role": "admin", "place": district, "from": now_ms, "note": "zhucun init"});
    let own = draft(format!("{person}/own"), "grant", "first-admin", grant);
    Ok(vec![person_draft(district, person, name.unwrap_or(person)), own])
}

fn person_draft(district: &str, person: &str, name: &str) -> Draft {
    draft(format!("{district}/roster"), "person", person, json!({"name": name}))
}

fn draft(scope: String, kind: &'static str, id: &str, fields: Value) -> Draft {
    let fields = match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    Draft { scope, kind, id: id.to_owned(), fields, saw: Saw::Current, tpl: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_admin_is_a_person_with_a_grant_over_the_district() {
        let drafts = drafts("zjedz", "zjedz.p.li", Some("李明"), 1000).unwrap();
        for draft in &drafts {
            let raw: std::collections::BTreeMap<String, Box<serde_json::value::RawValue>> =
                serde_json::from_str(&serde_json::to_string(&draft.fields).unwrap()).unwrap();
            let spec = mobile_schema::kind(draft.kind).unwrap();
            assert_eq!(spec.check(raw.iter().map(|(name, value)| (name.as_str(), &**value))), []);
        }
        let fields = serde_json::to_string(&drafts[1].fields).unwrap();
        let ruling = sync_protocol::rulings::ruling("grant", "first-admin", &fields, &[]).unwrap();
        let sync_protocol::rulings::Ruling::Right { person, right } = ruling else { panic!("no right") };
        assert_eq!((person.as_str(), right.role, right.place.as_str()), ("zjedz.p.li", Role::Admin, "zjedz"));
    }

    #[test]
    fn names_are_checked() {
        for (district, person) in [("Zj", "Zj.p.li"), ("zjedz", "li"), ("zjedz", "zj.p.li"), ("zjedz", "zjedz.u.li")] {
            assert!(drafts(district, person, None, 0).is_err(), "{district} {person}");
        }
    }
}
