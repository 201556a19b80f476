//! The office at its desk: requests to the shipped routes, in the name of the district's admin.

use axum::{body::Body, http::Method};
use serde_json::{Value, json};
use zhucun::auth::tokens::{self, Audience};

use crate::{
    cast::{self, DISTRICT, OFFICE, TOWNS, VILLAGES},
    net::Net,
    oracle::{self, Oracle},
    server::request,
    story::Act,
    trouble::{Result, Trouble, UNEXPECTED, unexpected},
};

/// A request of the office: what, where to, and with what.
pub struct Asked {
    method: Method,
    target: String,
    body: Option<Value>,
}

impl Asked {
    fn post(target: &str, body: Value) -> Self {
        Self { method: Method::POST, target: target.to_owned(), body: Some(body) }
    }

    fn write(scope: &str, kind: &str, id: &str, fields: Value) -> Self {
        Self::post("/v1/operations", json!({"scope": scope, "kind": kind, "id": id, "fields": fields}))
    }
}

impl Net {
    /// Asks in the name of the office. None: the server died of it.
    pub fn office(&mut self, server: u8, asked: &Asked, dies: Option<u8>) -> Result<Option<(u16, Value)>> {
        let at = self.server(server);
        let (now_ms, key) = (zhucun::testing::now_ms().unwrap_or(0), at.app()?.keys.token.clone());
        let token = format!("Bearer {}", tokens::issue(&key, OFFICE, None, Audience::Api, now_ms, 60));
        let headers = [("authorization", token.as_str()), ("content-type", "application/json")];
        let body = asked.body.as_ref().map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let answer = at.ask(request(asked.method.clone(), &asked.target, &headers, body), dies)?;
        self.oracle.forget_rights();
        let Some(answer) = answer else { return Ok(None) };
        let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        self.oracle.told_office(&told)?;
        Ok(Some((answer.status, told)))
    }

    /// Likewise, of what must go well.
    pub fn office_must(&mut self, asked: Asked) -> Result<Value> {
        match self.office(0, &asked, None)? {
            Some((200, told)) => Ok(told),
            Some((status, told)) => Err(Trouble::new(UNEXPECTED, format!("{}: {status} {told}", asked.target))),
            None => Err(unexpected("the server died")),
        }
    }

    fn listed(&mut self, server: u8, target: &str, member: &str) -> Result<Vec<Value>> {
        let asked = Asked { method: Method::GET, target: target.to_owned(), body: None };
        let told = self.office(server, &asked, None)?.map(|(_, told)| told).unwrap_or_default();
        Ok(told[member].as_array().cloned().unwrap_or_default())
    }

    /// What an act of a story asks for; none where there is nothing to act on.
    pub fn asked(&mut self, server: u8, act: Act, installs: &[String], now_ms: i64) -> Result<Option<Asked>> {
        let ago = |minutes: u16| now_ms - i64::from(minutes) * 60_000;
        let nth = |list: Vec<Value>, n: u8| list.get(usize::from(n) % list.len().max(1)).cloned();
        let decide = |standing: Option<Value>, verb: &str| {
            let dot = standing.map(|s| s["dot"].clone())?;
            Some(Asked::post("/v1/decisions", json!({"dot": dot, "decision": verb, "reason": "核实"})))
        };
        Ok(match act {
            Act::Grant { person, right, since_min } => {
                Some(grant(usize::from(person), right, json!({"from": ago(since_min), "to": null})))
            }
            Act::Revoke { person, right, since_min } => {
                Some(grant(usize::from(person), right, json!({"to": ago(since_min)})))
            }
            Act::Settle { nth: n, value } => {
                let conflict = nth(self.listed(server, "/v1/conflicts", "conflicts")?, n);
                conflict.and_then(|c| {
                    let settled = nth(c["values"].as_array().cloned().unwrap_or_default(), value)?["value"].clone();
                    let record = json!({"scope": c["scope"], "kind": c["kind"], "id": c["id"], "field": c["field"], "value": settled});
                    Some(Asked::post("/v1/settlements", record))
                })
            }
            Act::Accept { nth: n } => {
                decide(nth(self.listed(server, "/v1/standings?state=quarantined", "standings")?, n), "accept")
            }
            Act::Refuse { nth: n } => {
                decide(nth(self.listed(server, "/v1/standings?state=outranked", "standings")?, n), "refuse")
            }
            Act::Template { version } => Some(template(1 + version % cast::VERSIONS)),
            Act::Town => Some(Asked::write(
                &format!("{DISTRICT}/roster"),
                "place",
                DISTRICT,
                json!({"towns": {"add": [TOWNS[1]]}}),
            )),
            Act::End { phone, since_min } => nth_text(installs, phone)
                .map(|install| Asked::post(&format!("/v1/installs/{install}/end"), json!({"at": ago(since_min)}))),
            Act::Lose { phone } => {
                nth_text(installs, phone).map(|install| Asked::post(&format!("/v1/installs/{install}/lost"), json!({})))
            }
            Act::Severity { which, value } => {
                let village = VILLAGES[usize::from(which) % VILLAGES.len()];
                let severity = ["minor", "serious", "grave"][usize::from(value) % 3];
                let (scope, id) = (format!("{village}/inspection"), format!("f{}", which % 2));
                Some(Asked::write(&scope, "finding", &id, json!({"severity": severity})))
            }
        })
    }
}

fn nth_text(list: &[String], n: u8) -> Option<&String> {
    list.get(usize::from(n) % list.len().max(1))
}

impl Oracle {
    /// What the office was told is written is acknowledged like a phone's line.
    fn told_office(&mut self, told: &Value) -> Result<()> {
        let dots = told["dot"].as_str().into_iter().filter(|_| told["standing"].is_string() && told["kind"].is_null());
        for dot in dots {
            let dot: sync_protocol::Dot = dot.parse().map_err(unexpected)?;
            let name: oracle::Name = (dot.install, dot.seq, dot.hash);
            self.acknowledged.insert(name);
        }
        Ok(())
    }
}

/// A right, given or changed: its record is named by what it is.
pub fn grant(person: usize, right: u8, span: Value) -> Asked {
    let (role, place) = cast::right(right);
    let person = cast::person(person);
    let mut fields = span;
    if role == "member" {
        (fields["person"], fields["village"]) = (json!(person), json!(place));
        return Asked::write(&format!("{place}/roster"), "station", &person, fields);
    }
    (fields["person"], fields["role"], fields["place"]) = (json!(person), json!(role), json!(place));
    Asked::write(&format!("{person}/own"), "grant", &format!("{role}.{place}"), fields)
}

/// A version of the checklist.
pub fn template(version: u8) -> Asked {
    let id = format!("check@{version}");
    Asked::write(&format!("{DISTRICT}/roster"), "checklist_template", &id, cast::checklist(version))
}

/// The district and its first town.
pub fn district() -> Asked {
    let fields = json!({"level": "district", "name": "区", "towns": {"add": [TOWNS[0]]}});
    Asked::write(&format!("{DISTRICT}/roster"), "place", DISTRICT, fields)
}

/// A person.
pub fn person(n: usize) -> Asked {
    Asked::write(&format!("{DISTRICT}/roster"), "person", &cast::person(n), json!({"name": format!("队员{n}")}))
}

/// A code by which a phone of that person enrols.
pub fn code(n: usize) -> Asked {
    Asked::post("/v1/enrolment-codes", json!({"person": cast::person(n)}))
}
