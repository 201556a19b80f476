//! Who makes the load: members of work teams, each stationed in a village of the demo district and lent to its inspection team. So each
//! visit bears on somebody's presence: the server has a day to derive besides fixes to judge.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use mobile_schema::Wgs84;
use serde_json::{Value, json};

use crate::{
    ground::Ground,
    office::{Office, text},
};

/// The demo's password.
const PASSWORD: &str = "zhucun-demo";

/// Someone with a phone.
#[derive(Debug, Clone)]
pub struct Inspector {
    /// Who, `district.p.name`.
    pub person: String,
    /// Where they are stationed, and inspect.
    pub village: String,
    /// A point well inside that village.
    pub inside: Wgs84,
}

/// The demo district's office.
pub async fn office(url: &str) -> Result<Office> {
    Office::sign_in(url, "office", PASSWORD).await
}

/// So many members, spread over the villages, who may inspect since that moment.
pub async fn inspectors(office: &Office, count: usize, since_ms: i64) -> Result<Vec<Inspector>> {
    let stations = list(office.get("/v1/stations", &[]).await?)?;
    let mut by_village: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for station in &stations {
        by_village.entry(text(station, "village")?).or_default().push(text(station, "person")?);
    }
    let mut inside = BTreeMap::new();
    for fence in list(office.get("/v1/fences", &[]).await?)? {
        inside.insert(text(&fence, "village")?, Ground::of(&fence["geometry"])?.inside()?);
    }
    // One of each village before a second of any: as on a real day.
    let teams = by_village.values().map(Vec::len).max().unwrap_or(0);
    let rounds =
        (0..teams).flat_map(|nth| by_village.iter().filter_map(move |(v, people)| Some((v, people.get(nth)?))));
    let mut all = Vec::new();
    for (village, person) in rounds.take(count) {
        let inside = *inside.get(village).with_context(|| format!("{village} has no fence"))?;
        lend(office, person, since_ms).await?;
        all.push(Inspector { person: person.clone(), village: village.clone(), inside });
    }
    anyhow::ensure!(all.len() == count, "the demo district has only {} members", all.len());
    Ok(all)
}

async fn lend(office: &Office, person: &str, since_ms: i64) -> Result<()> {
    let district = person.split('.').next().unwrap_or_default();
    let fields =
        json!({"person": person, "role": "inspector", "place": district, "from": since_ms, "note": "借调督查组"});
    office.write((&format!("{person}/own"), "grant", "load-inspector"), fields).await?;
    Ok(())
}

fn list(value: Value) -> Result<Vec<Value>> {
    match value {
        Value::Array(list) => Ok(list),
        other => anyhow::bail!("no list: {other}"),
    }
}
