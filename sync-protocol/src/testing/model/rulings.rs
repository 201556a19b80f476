//! Section 7: what the ruling kinds say.

use std::collections::BTreeMap;

use super::{
    by_record,
    lines::{self, Dot, Op},
    merge,
    time::{Chain, Span},
};
use crate::sign::{Certificate, InstallRole, PublicKey};
use mobile_schema::{Place, Role, Template};
use serde_json::Value;

/// All that an operation is judged by.
#[derive(Default)]
pub struct Facts {
    /// Server install → its name.
    pub servers: BTreeMap<String, String>,
    pub phones: BTreeMap<String, Phone>,
    pub rights: Vec<Right>,
    pub towns: BTreeMap<String, Vec<String>>,
    pub templates: BTreeMap<String, Template>,
    pub decisions: BTreeMap<Dot, String>,
}

pub struct Phone {
    pub person: String,
    pub ended: Option<i64>,
    /// The lines that count, where it was lost.
    pub lost: Option<Vec<(u64, String)>>,
}

pub struct Right {
    pub person: String,
    pub role: Role,
    pub place: Place,
    pub from: i64,
    pub to: i64,
}

impl Facts {
    pub fn gather(
        ops: &[Op],
        times: &BTreeMap<Dot, Span>,
        chain: &Chain,
        forks: &BTreeMap<String, u64>,
        keys: &[PublicKey],
    ) -> Self {
        let (mut bare, mut facts) = (Facts::default(), Facts::default());
        for (_, value) in ops.iter().filter(|o| o.k == "enrolment").flat_map(|o| &o.f).filter(|f| f.0 == "certificate")
        {
            let certificate = serde_json::from_str::<Certificate>(value.get()).ok();
            let server = certificate.filter(|c| c.role == InstallRole::Server && c.is_valid(keys));
            bare.servers.extend(server.map(|c| (c.install.to_string(), c.person)));
        }
        facts.servers = bare.servers.clone();
        for ((_, kind, id), own) in by_record(ops) {
            let record = merge::merge(&own, times, &bare, forks);
            facts.take(&kind, id, record.shown().collect(), chain, keys);
        }
        facts
    }

    fn take(
        &mut self,
        kind: &str,
        id: String,
        raw: BTreeMap<&str, String>,
        chain: &Chain,
        keys: &[PublicKey],
    ) -> Option<()> {
        let get = |name: &str| raw.get(name).and_then(|v| serde_json::from_str::<Value>(v).ok());
        let text = |name: &str| get(name)?.as_str().map(str::to_owned);
        let ms = |name: &str| get(name)?.as_i64();
        let right = |role, place: &str| {
            let (person, place) = (text("person")?, Place::parse(&text(place)?)?);
            Some(Right { person, role, place, from: ms("from")?, to: ms("to").unwrap_or(i64::MAX) })
        };
        match kind {
            "enrolment" => {
                let certificate: Certificate = serde_json::from_str(raw.get("certificate")?).ok()?;
                let lost = get("lost").filter(|l| !l.is_null()).map(|l| path(&id, chain, &l));
                let phone = Phone { person: certificate.person.clone(), ended: ms("ended"), lost };
                if certificate.install.to_string() == id && certificate.is_valid(keys) {
                    self.phones.insert(id, phone);
                }
            }
            "grant" => self.rights.push(right(Role::parse(&text("role")?)?, "place")?),
            "station" => {
                let lead = get("lead") == Some(Value::Bool(true));
                self.rights.push(right(if lead { Role::Lead } else { Role::Member }, "village")?);
            }
            "place" if text("level")? == "district" => {
                self.towns.insert(id, serde_json::from_str(raw.get("towns")?).ok()?);
            }
            "checklist_template" => {
                let fields: Vec<String> = raw.iter().map(|(n, v)| format!("{}:{v}", Value::from(*n))).collect();
                let template = Template::parse(&format!("{{{}}}", fields.join(","))).ok()?;
                self.templates.extend((template.name() == id).then_some((id, template)));
            }
            "decision" => {
                let decision = text("decision").filter(|d| d != "none")?;
                self.decisions.insert(lines::dot(&id)?, decision);
            }
            _ => {}
        }
        Some(())
    }
}

/// The lines of the chain of these that ends in that head.
fn path(install: &str, chain: &Chain, lost: &Value) -> Vec<(u64, String)> {
    let mut paths = vec![(lines::hex_hash(install.as_bytes()), Vec::new())];
    for seq in 1..=lost["seq"].as_u64().unwrap_or(0) {
        let here = chain.get(install).and_then(|c| c.get(&seq)).cloned().unwrap_or_default();
        let longer = paths.iter().flat_map(|(head, path)| {
            here.iter().map(move |line| {
                let head = lines::hex_hash(&hex::decode(format!("{head}{line}")).unwrap());
                (head, [path.clone(), vec![(seq, line[..16].to_owned())]].concat())
            })
        });
        paths = longer.collect();
    }
    paths.into_iter().find(|p| lost["head"] == p.0.as_str()).map_or(Vec::new(), |p| p.1)
}
