//! Who may read what, told from the lines alone and as naively as the protocol tells it (`PROTOCOL.md`, section 13).

use std::collections::BTreeMap;

use mobile_schema::{Lane, Role, Scope};
use serde_json::Value;
use sync_protocol::{
    broken,
    line::{self, Line},
    sign::PublicKey,
    world::{self, Placed},
};

/// All rights, live or not, and the towns of each district.
#[derive(Debug, Default)]
pub struct Rights {
    held: Vec<Held>,
    towns: BTreeMap<String, Vec<String>>,
}

#[derive(Debug)]
struct Held {
    person: String,
    role: Role,
    place: String,
    from: i64,
    to: Option<i64>,
}

/// Kinds that rights come from; and what makes a server's lines count.
const KINDS: [&str; 4] = ["grant", "station", "place", "enrolment"];

impl Rights {
    /// As these lines come to.
    pub fn of(lines: &[Placed], servers: &[PublicKey]) -> Self {
        let rules = lines.iter().filter(|l| match line::read(l.install, l.seq, &l.bytes) {
            Line::Op(op) => KINDS.contains(&op.kind.as_str()) && op.acting.is_some(),
            _ => false,
        });
        let folded = broken::without(|| world::fold(rules, servers));
        let mut rights = Self::default();
        for ((_, kind, id), body) in &folded.records {
            let body: Value = serde_json::from_str(body).unwrap_or_default();
            rights.add(kind, id, &body["f"]);
        }
        rights
    }

    fn add(&mut self, kind: &str, id: &str, f: &Value) {
        let text = |field: &str| f[field].as_str().map(str::to_owned);
        let role = match kind {
            "station" if f["lead"] == true => Some(Role::Lead),
            "station" => Some(Role::Member),
            _ => text("role").and_then(|r| Role::parse(&r)),
        };
        let place = text(if kind == "station" { "village" } else { "place" });
        if kind == "place" && f["level"] == "district" {
            let towns = f["towns"].as_array().into_iter().flatten().filter_map(Value::as_str);
            self.towns.insert(id.to_owned(), towns.map(str::to_owned).collect());
        } else if let (Some(person), Some(role), Some(place), Some(from)) =
            (text("person"), role, place, f["from"].as_i64())
        {
            self.held.push(Held { person, role, place, from, to: f["to"].as_i64() });
        }
    }

    /// Whether that person may read that scope at that time.
    pub fn may_read(&self, person: &str, scope: &str, now_ms: i64) -> bool {
        let Some(Scope { place, lane }) = Scope::parse(scope) else { return false };
        if place.as_str() == person && lane == Lane::Own {
            return true;
        }
        let live =
            self.held.iter().filter(|h| h.person == person && h.from <= now_ms && h.to.is_none_or(|to| now_ms < to));
        live.into_iter().any(|held| {
            let opened = held.role.opens().contains(&lane);
            opened
                && (self.covers(&held.place, place.as_str())
                    || lane == Lane::Roster && self.covers(place.as_str(), &held.place))
        })
    }

    /// Whether that person has any right at that time: without one, nothing is pulled.
    pub fn any(&self, person: &str, now_ms: i64) -> bool {
        self.held.iter().any(|h| h.person == person && h.from <= now_ms && h.to.is_none_or(|to| now_ms < to))
    }

    fn covers(&self, above: &str, below: &str) -> bool {
        let is_code = |place: &str| place.bytes().all(|b| b.is_ascii_digit());
        let in_town = |town: &String| is_code(below) && below.starts_with(town.as_str());
        above == below
            || is_code(above) && is_code(below) && below.starts_with(above)
            || below.strip_prefix(above).is_some_and(|rest| rest.starts_with('.'))
            || self.towns.get(above).is_some_and(|towns| towns.iter().any(in_town))
    }
}
