//! Section 7: what counts, and with what authority.

use std::collections::BTreeMap;

use super::{by_record, lines::{self, Dot, Op}, merge, time::{Chain, Span}};
use crate::sign::{Certificate, InstallRole, PublicKey};
use mobile_schema::{IdRule, Lane, Place, Policy, Role, Scope, Template, kind};
use serde_json::Value;

/// What the ruling kinds say, and what they do not depend on.
#[derive(Default)]
pub struct Facts {
    server: BTreeMap<String, String>,
    phones: BTreeMap<String, Phone>,
    rights: Vec<(String, Role, Place, i64, i64)>,
    towns: BTreeMap<String, Vec<String>>,
    pub templates: BTreeMap<String, Template>,
    decisions: BTreeMap<Dot, String>,
}

struct Phone {
    person: String,
    ended: Option<i64>,
    lost: Option<(u64, Vec<(u64, String)>)>,
}

pub struct Judged {
    pub code: &'static str,
    pub level: &'static str,
    pub person: String,
}

const FOREVER: i64 = 1 << 60;

impl Facts {
    pub fn gather(ops: &[Op], times: &BTreeMap<Dot, Span>, chain: &Chain, forks: &BTreeMap<String, u64>, keys: &[PublicKey]) -> Self {
        let mut facts = Facts::default();
        for op in ops.iter().filter(|o| o.k == "enrolment") {
            let cert = op.f.iter().find(|(n, _)| n == "certificate").and_then(|(_, v)| certificate(v.get(), &op.id, keys));
            facts.server.extend(cert.filter(|c| c.role == InstallRole::Server).map(|c| (op.id.clone(), c.person)));
        }
        let mut next = Facts { server: facts.server.clone(), ..Facts::default() };
        for ((_, k, id), own) in by_record(ops) {
            let record = merge::merge(&own, times, &facts, forks);
            let f: BTreeMap<String, Value> = record.shown().filter_map(|(n, v)| Some((n, serde_json::from_str(&v).ok()?))).collect();
            let text = |name: &str| f.get(name).and_then(Value::as_str).map(str::to_owned);
            let place = |name: &str| text(name).and_then(|p| Place::parse(&p));
            let ms = |name: &str| f.get(name).and_then(Value::as_i64);
            match k.as_str() {
                "enrolment" => {
                    let Some(cert) = f.get("certificate").and_then(|c| certificate(&c.to_string(), &id, keys)) else { continue };
                    let lost = f.get("lost").and_then(|l| Some((l["seq"].as_u64()?, l["head"].as_str()?)));
                    let lost = lost.map(|(seq, head)| (seq, path(&id, chain, seq, head)));
                    next.phones.insert(id, Phone { person: cert.person, ended: ms("ended"), lost });
                }
                "grant" => next.rights.extend((|| {
                    Some((text("person")?, Role::parse(&text("role")?)?, place("place")?, ms("from")?, ms("to").unwrap_or(FOREVER)))
                })()),
                "station" => next.rights.extend((|| {
                    let role = if f.get("lead") == Some(&Value::Bool(true)) { Role::Lead } else { Role::Member };
                    Some((text("person")?, role, place("village")?, ms("from")?, ms("to").unwrap_or(FOREVER)))
                })()),
                "place" => {
                    let towns = f.get("towns").and_then(Value::as_array).into_iter().flatten();
                    next.towns.insert(id, towns.filter_map(|t| t.as_str().map(str::to_owned)).collect());
                }
                "checklist_template" => {
                    let all = record.shown().map(|(n, v)| format!("{}:{v}", Value::from(n))).collect::<Vec<_>>().join(",");
                    next.templates.extend(Template::parse(&format!("{{{all}}}")).ok().filter(|t| t.name() == id).map(|t| (id, t)));
                }
                "decision" => next.decisions.extend(lines::dot(&id).zip(text("decision"))),
                _ => {}
            }
        }
        next
    }

    fn covers(&self, above: &Place, below: &Place) -> bool {
        let none = Vec::new();
        above.covers(below, |d| self.towns.get(d).unwrap_or(&none))
    }

    pub fn judge(&self, op: &Op, span: Span) -> Judged {
        if let Some(name) = self.server.get(&op.dot.0) {
            let refused = kind(&op.k).is_none_or(|k| !k.ruling) && self.decided(op) == Some("refuse");
            let level = level(op.role.as_deref().and_then(Role::parse));
            return Judged { code: if refused { "by_office" } else { "applied" }, level, person: op.by.clone().unwrap_or(name.clone()) };
        }
        let person = self.phones.get(&op.dot.0).map_or(String::new(), |p| p.person.clone());
        let level = self.level(op, &person, span);
        let quarantine = self.quarantine(op, &person, span, level);
        let code = match (self.form(op), self.decided(op)) {
            (Some(code), _) => code,
            (None, Some("refuse")) => "by_office",
            (None, Some("accept")) => "applied",
            (None, _) => quarantine.unwrap_or("applied"),
        };
        Judged { code, level, person }
    }

    fn decided(&self, op: &Op) -> Option<&str> {
        self.decisions.get(&op.dot).map(String::as_str)
    }

    /// The rows that no decision changes.
    fn form(&self, op: &Op) -> Option<&'static str> {
        let scope = match Scope::parse(&op.s) {
            None => return Some("bad_scope"),
            Some(scope) => scope,
        };
        let Some(spec) = kind(&op.k) else { return Some("unknown_kind") };
        let own = op.id.split_once('.').is_some_and(|(i, rest)| lines::is_hex(i, 32) && !rest.is_empty());
        let id = match spec.id {
            IdRule::Free => true,
            IdRule::Own => own,
            IdRule::Derived => op.id.len() == 36 && op.id.as_bytes()[14] == b'8',
            IdRule::Dot => lines::dot(&op.id).is_some(),
        };
        let template = op.tpl.as_ref().and_then(|t| self.templates.get(t));
        let fields = || op.f.iter().map(|(n, v)| (n.as_str(), &**v));
        match () {
            () if spec.lane(scope.lane).is_none() => Some("bad_lane"),
            () if !id || !mobile_schema::check::is_id(&op.id) => Some("bad_id"),
            () if spec.server_only() => Some("server_only"),
            () if op.v > i64::from(spec.version) => Some("unknown_version"),
            () if op.k == "response" && template.is_none() => Some("unknown_template"),
            () if !spec.check(fields()).is_empty() => Some("schema"),
            () if op.k == "response" && !template.unwrap().check(fields()).is_empty() => Some("schema"),
            () => None,
        }
    }

    fn quarantine(&self, op: &Op, person: &str, span: Span, level: &str) -> Option<&'static str> {
        let Some(phone) = self.phones.get(&op.dot.0) else { return Some("not_enrolled") };
        let office = op.f.iter().any(|(n, _)| kind(&op.k)?.field(n).is_some_and(|f| f.policy == Policy::Office).then_some(()).is_some().then_some(true)? .then_some(true).is_some().into());
        let _ = office;
        let office = op.f.iter().any(|(n, _)| kind(&op.k).and_then(|k| k.field(n)).is_some_and(|f| f.policy == Policy::Office));
        match () {
            () if phone.lost.as_ref().is_some_and(|(_, path)| !path.contains(&(op.dot.1, op.dot.2.clone()))) => Some("install_lost"),
            () if phone.ended.is_some_and(|end| span.hi.is_none_or(|hi| hi >= end)) => Some("install_ended"),
            () if op.k == "carried" => Some("carried"),
            () if office && level == "other" => Some("office_only"),
            () if self.at_all(op, person, span, "other").iter().all(|c| *c) => None,
            () if self.at_all(op, person, span, "other").iter().any(|c| *c) => Some("right_changed_in_span"),
            () => Some("no_grant"),
        }
    }

    fn level(&self, op: &Op, person: &str, span: Span) -> &'static str {
        let whole = |least: &&str| self.at_all(op, person, span, least).iter().all(|c| *c);
        ["office", "town"].into_iter().find(|l| whole(l)).unwrap_or("other")
    }

    /// At each moment of the span where anything could change: whether rights of at least that level cover.
    fn at_all(&self, op: &Op, person: &str, span: Span, least: &str) -> Vec<bool> {
        let (Some(spec), Some(scope)) = (kind(&op.k), Scope::parse(&op.s)) else { return vec![false] };
        let Some(rule) = spec.lane(scope.lane) else { return vec![false] };
        let home = ["leave", "duty_away", "appeal", "photo", "carried"].contains(&spec.name);
        let always = home && least == "other" && scope.lane == Lane::Own && scope.place.as_str() == person;
        let rank = |l: &str| ["other", "town", "office"].iter().position(|x| *x == l);
        let holds = self.rights.iter().filter(|(p, role, place, ..)| {
            p == person && rule.writers.contains(role) && rank(level(Some(*role))) >= rank(least) && self.covers(place, &scope.place)
        });
        let holds: Vec<_> = holds.map(|r| (r.3, r.4)).collect();
        let (a, b) = (span.lo.unwrap_or(-FOREVER), span.hi.unwrap_or(FOREVER - 1));
        let moments = holds.iter().flat_map(|(from, to)| [from - 1, *from, to - 1, *to]).chain([a, b]);
        moments.filter(|t| (a..=b).contains(t)).map(|t| always || holds.iter().any(|(from, to)| (*from..*to).contains(&t))).collect()
    }
}

fn level(role: Option<Role>) -> &'static str {
    match role {
        Some(Role::Admin | Role::Office) => "office",
        Some(Role::Town) => "town",
        _ => "other",
    }
}

fn certificate(json: &str, install: &str, keys: &[PublicKey]) -> Option<Certificate> {
    serde_json::from_str::<Certificate>(json).ok().filter(|c| c.is_valid(keys) && c.install.to_string() == install)
}

/// The lines of the chain that ends in that head.
fn path(install: &str, chain: &Chain, seq: u64, head: &str) -> Vec<(u64, String)> {
    let mut paths = vec![(lines::hex_hash(install.as_bytes()), Vec::new())];
    for at in 1..=seq {
        let here = chain.get(install).and_then(|c| c.get(&at)).cloned().unwrap_or_default();
        paths = paths.iter().flat_map(|(head, path)| here.iter().map(move |h| {
            let next = lines::hex_hash(&[hex::decode(head).unwrap(), hex::decode(h).unwrap()].concat());
            (next, path.iter().cloned().chain([(at, h[..16].to_owned())]).collect())
        })).collect();
    }
    paths.into_iter().find(|p| p.0 == head).map_or(Vec::new(), |p| p.1)
}
