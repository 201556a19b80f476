//! What may be written through the server, in the console or an import, and in which role.
//!
//! Lines of a server are accepted without being judged again, so what is let through here stands. The office writes what lies within the
//! places it runs; a town approves leave and duty away of the people stationed there; nobody else writes here. (Everyone writes their
//! own by phone.)

use mobile_schema::{Place, Role, Scope};
use serde_json::{Map, Value};
use sync_protocol::judge::Right;

use super::{
    principal::{Principal, is_live},
    store,
};
use crate::{
    app::{App, now_ms},
    error::{ErrorCode, Problem},
    sync::drafts::Draft,
};

/// What a decision needs to know besides the write.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The record's shown fields as they are, of a ruling kind.
    pub current: Map<String, Value>,
    /// Live rights of the person in whose own scope the write lies.
    pub subject: Vec<Right>,
}

/// In which role they may write this now; else `forbidden`.
pub async fn may_write_now(app: &App, principal: &Principal, write: &Draft) -> Result<Role, Problem> {
    let known = known(app, principal, write).await?;
    may_write(principal, write, &known)
}

async fn known(app: &App, principal: &Principal, write: &Draft) -> Result<Known, Problem> {
    let mut known = Known::default();
    if mobile_schema::kind(write.kind).is_some_and(|k| k.ruling) {
        known.current = store::ruling_fields(&app.db, &write.scope, write.kind, &write.id).await?;
    }
    let place = Scope::parse(&write.scope).map(|s| s.place);
    if let Some(person) = place.filter(|p| p.is_person() && principal.holds(&[Role::Town])) {
        let now = now_ms();
        known.subject = store::rights_of(&app.db, person.as_str()).await?;
        known.subject.retain(|r| is_live(r, now));
    }
    Ok(known)
}

/// The decision. Pure.
pub fn may_write(principal: &Principal, write: &Draft, known: &Known) -> Result<Role, Problem> {
    let scope = Scope::parse(&write.scope).ok_or_else(|| Problem::new(ErrorCode::BadRequest, "scope: place/lane"))?;
    let lane = mobile_schema::kind(write.kind).and_then(|k| k.lane(scope.lane));
    if lane.is_none() {
        let detail = format!("{} does not live in {}", write.kind, scope.lane.name());
        return Err(Problem::new(ErrorCode::BadRequest, detail));
    }
    match principal.office_over(&scope.place) {
        Ok(role) => office(principal, role, &scope, write, known),
        Err(no) => town(principal, &scope, write, known).ok_or(no),
    }
}

/// The office: everything there, but not what reaches beyond.
fn office(principal: &Principal, role: Role, scope: &Scope, write: &Draft, known: &Known) -> Result<Role, Problem> {
    let forbidden = |detail: String| Err(Problem::new(ErrorCode::Forbidden, detail));
    match write.kind {
        // These come of enrolling, revoking, pushing and signing off, each of which has its own door.
        "enrolment" | "received" | "carried" | "seal" => {
            return forbidden(format!("{} is not written by hand", write.kind));
        }
        // A district is known by its id: another district's towns must not be set from here.
        "place" if write.id != scope.place.as_str() => return forbidden("a place lies in its own scope".into()),
        "person" | "unit" => {
            let named = Place::parse(&write.id).ok_or_else(|| Problem::new(ErrorCode::BadRequest, "id: a place"))?;
            principal.office_over(&named)?;
        }
        _ => {}
    }
    // A right is given for a place, which may be another than where its record lies; both what it was and what it becomes count.
    let place_field = match write.kind {
        "grant" => Some("place"),
        "station" => Some("village"),
        _ => None,
    };
    let values = |field: &'static str| [known.current.get(field), write.fields.get(field)].into_iter().flatten();
    for place in place_field.into_iter().flat_map(values).filter_map(Value::as_str) {
        let place = Place::parse(place).ok_or_else(|| Problem::new(ErrorCode::Invalid, "no such form of place"))?;
        principal.office_over(&place)?;
    }
    let admins = write.kind == "grant" && values("role").any(|v| v == "admin");
    // Whoever adds towns to a district widens what its office runs.
    let towns = write.kind == "place" && write.fields.contains_key("towns");
    if !(admins || towns) {
        return Ok(role);
    }
    let admin = principal.role_over(&[Role::Admin], &scope.place);
    admin.ok_or_else(|| Problem::new(ErrorCode::Forbidden, "for this one must be admin"))
}

/// What an approval consists of.
const APPROVAL: [&str; 3] = ["approval", "approved_by", "approval_note"];

fn town(principal: &Principal, scope: &Scope, write: &Draft, known: &Known) -> Option<Role> {
    let approval =
        matches!(write.kind, "leave" | "duty_away") && write.fields.keys().all(|f| APPROVAL.contains(&f.as_str()));
    // Nobody approves their own.
    let other = scope.place.is_person() && scope.place.as_str() != principal.person;
    let stationed = known.subject.iter().filter(|r| matches!(r.role, Role::Member | Role::Lead));
    let here = stationed.into_iter().any(|r| principal.role_over(&[Role::Town], &r.place).is_some());
    (approval && other && here).then_some(Role::Town)
}

#[cfg(test)]
#[path = "permit_tests.rs"]
mod tests;
