//! Whether phones, and the server, say the same of the scopes they share: byte by byte.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::{office::Office, phones::Phone};

/// Kinds that the server derives.
const DERIVED: [&str; 3] = ["month", "presence", "standing"];

/// The records of a scope as fed, by kind and id.
pub type Bodies = BTreeMap<(String, String), String>;

/// What a phone has of a scope.
pub fn on_phone(phone: &Phone, scope: &str) -> Result<Bodies> {
    let kinds = mobile_schema::kinds::KINDS.iter().map(|kind| kind.name).chain(DERIVED);
    let mut bodies = Bodies::new();
    for kind in kinds {
        for view in phone.engine.list(scope, kind)? {
            if let Some(body) = phone.engine.fed_body(scope, kind, &view.id)? {
                bodies.insert((kind.to_owned(), view.id), body);
            }
        }
    }
    ensure!(bodies.len() as u64 == phone.engine.count(scope)?, "{scope} holds records of a kind that is not looked at");
    Ok(bodies)
}

/// What comparing came to.
#[derive(Debug, Default)]
pub struct Agreement {
    /// Scopes that several phones hold.
    pub shared: usize,
    /// Records compared, each time counted.
    pub records: usize,
    /// Where two differ, a sentence each.
    pub differences: Vec<String>,
}

/// Compares all phones with each other and with the server.
pub async fn compare(phones: &[&Phone], office: &Office) -> Result<Agreement> {
    let mut agreement = Agreement::default();
    let mut holders: BTreeMap<String, Vec<(&Phone, String)>> = BTreeMap::new();
    for phone in phones {
        for scope in phone.engine.scopes()? {
            holders.entry(scope.scope).or_default().push((phone, scope.digest));
        }
    }
    for (scope, holders) in &holders {
        let (first, digest) = &holders[0];
        let expected = on_phone(first, scope)?;
        agreement.shared += usize::from(holders.len() > 1);
        for (phone, own_digest) in &holders[1..] {
            let own = on_phone(phone, scope)?;
            agreement.records += own.len();
            if own != expected || own_digest != digest {
                let differing = differing(&expected, &own);
                agreement.differences.push(format!("{scope}: {} and {} differ: {differing}", first.name, phone.name));
            }
        }
        let server = on_server(office, scope).await?;
        agreement.records += server.len();
        let phone: BTreeMap<_, Value> = expected
            .iter()
            .map(|(name, body)| Ok((name.clone(), serde_json::from_str(body)?)))
            .collect::<Result<_>>()?;
        if server != phone {
            let ids = |of: &BTreeMap<(String, String), Value>| of.keys().cloned().collect::<BTreeSet<_>>();
            let only: Vec<_> = ids(&server).symmetric_difference(&ids(&phone)).cloned().collect();
            agreement.differences.push(format!("{scope}: the server and {} differ: {only:?}", first.name));
        }
    }
    Ok(agreement)
}

async fn on_server(office: &Office, scope: &str) -> Result<BTreeMap<(String, String), Value>> {
    let mut found = BTreeMap::new();
    for body in office.records(scope, None).await? {
        let text = |member: &str| body[member].as_str().unwrap_or_default().to_owned();
        found.insert((text("k"), text("id")), body);
    }
    Ok(found)
}

fn differing(a: &Bodies, b: &Bodies) -> String {
    let names: BTreeSet<_> = a.keys().chain(b.keys()).collect();
    let names: Vec<String> =
        names.iter().filter(|name| a.get(**name) != b.get(**name)).map(|(kind, id)| format!("{kind} {id}")).collect();
    if names.is_empty() { "only the digest".to_owned() } else { names.join(", ") }
}

/// All that the office can see of these scopes, and what stands how: for comparing before and after.
pub async fn seen_by_office(office: &Office, scopes: &BTreeSet<String>) -> Result<BTreeMap<String, Value>> {
    let mut seen = BTreeMap::new();
    for scope in scopes {
        for body in office.records(scope, None).await? {
            seen.insert(format!("{scope} {} {}", body["k"], body["id"]), body);
        }
    }
    for state in ["quarantined", "held", "refused", "unreadable", "outranked", "conflict"] {
        for standing in office.standings(state).await? {
            seen.insert(format!("{state} {}", standing["dot"]), standing);
        }
    }
    for conflict in office.conflicts().await? {
        seen.insert(format!("conflict {} {} {}", conflict["scope"], conflict["id"], conflict["field"]), conflict);
    }
    Ok(seen)
}
