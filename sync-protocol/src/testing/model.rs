//! A slow, obvious model of `PROTOCOL.md`, sections 6 to 9: what a set of lines comes to, written from the text alone.
//!
//! Of the crate under test it takes what has vectors and tests of its own: lines as read, chains of hashes, certificates, the equality of
//! values, the schema. Time, judgement, merge and standing are its own. A test counts its lines, so that it can be read to be trusted.

mod merge;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::outcome::{Held, Name, Record, Time};
use super::{carried, read::Lines};
use crate::{Dot, Op, time::TimeEvidence};
use mobile_schema::{KindSpec, Lane, Place, Policy, Role, Scope, Template, check, kind};
use serde_json::{Value, from_value};

/// An operation, judged: its code is where it stands, its level 2 with authority of the office, 1 of a town, else 0.
pub struct Judged {
    pub op: Op,
    pub code: &'static str,
    pub level: usize,
    pub person: String,
    pub time: Time,
    /// What its author saw and what did not see it.
    pub saw: BTreeSet<Dot>,
}

/// What a set of lines comes to.
pub struct Model<'a> {
    lines: &'a Lines,
    /// The shown values of each record of a ruling kind.
    said: BTreeMap<Name, Value>,
    pub records: BTreeMap<Name, Record>,
    pub ops: BTreeMap<Dot, Judged>,
}

pub fn fold(lines: &Lines) -> Model<'_> {
    let mut model = Model { lines, said: BTreeMap::new(), records: BTreeMap::new(), ops: BTreeMap::new() };
    // Rulings are judged by who is a server alone, all else by what the rulings say.
    for ruling in [true, false] {
        for (name, ops) in lines.ops.iter().filter(|r| kind(&r.0.1).is_some_and(|k| k.ruling) == ruling) {
            let (record, judged) = model.merge(ops);
            model.records.insert(name.clone(), record);
            model.ops.extend(judged);
        }
        model.said = model.records.iter().map(|(name, record)| (name.clone(), record.shown())).collect();
    }
    model
}

/// Time and uncertainty by a line's own evidence.
fn anchor(t: &TimeEvidence) -> Option<(i64, i64)> {
    let by = |(at, age): (u64, u64), least: u64| ((at + age) as i64, (least + age / 10_000) as i64);
    let satellite = t.satellite.filter(|g| (1_420_070_400_000..4_102_444_800_000).contains(&g.0));
    satellite.map(|g| by(g, 1_000)).or(t.server.map(|n| by(n, 5_000)))
}

fn level(role: Role) -> usize {
    if [Role::Admin, Role::Office].contains(&role) { 2 } else { usize::from(role == Role::Town) }
}

impl Model<'_> {
    /// The time of an anchored line: by its own evidence, else by the best of its boot.
    fn anchored(&self, dot: Dot) -> Option<i64> {
        let t = self.lines.clocks.get(&dot)?;
        let boot = self.lines.clocks.iter().filter(|(d, c)| d.install == dot.install && c.boot == t.boot);
        let near = boot.filter(|_| t.boot.is_some()).filter_map(|(d, c)| {
            let ((at, uncertainty), by) = (anchor(c)?, t.mono? as i64 - c.mono? as i64);
            Some((10_000 * uncertainty + by.abs(), d, at + by))
        });
        anchor(t).map(|own| own.0).or(near.min().map(|near| near.2))
    }

    /// The corrected time of an operation; of one that was carried by its own evidence alone.
    fn time(&self, op: &Op) -> Time {
        let (dot, carried) = (op.dot, op.carried.is_some());
        let at = if carried { anchor(&op.time).map(|own| own.0) } else { self.anchored(dot) };
        if carried || at.is_some() {
            return (at, at, at.is_some());
        }
        let own = self.lines.clocks.keys().filter(|d| d.install == dot.install);
        let known: Vec<(u64, i64)> = own.filter_map(|d| Some((d.seq, self.anchored(*d)?))).collect();
        let fork = self.lines.fork(dot.install);
        let below = known.iter().filter(|k| k.0 < dot.seq.min(fork)).min_by_key(|k| (Reverse(k.0), k.1));
        let above = known.iter().filter(|k| k.0 > dot.seq && dot.seq < fork).min_by_key(|k| (k.0, Reverse(k.1)));
        let (lo, hi) = (below.map(|k| k.1), above.map(|k| k.1));
        if lo.zip(hi).is_some_and(|(lo, hi)| lo > hi) { (hi, lo, false) } else { (lo, hi, false) }
    }

    /// What the ruling of that kind and id says, if anything: of several that in the highest scope.
    fn ruling<T>(&self, kind: &str, id: &str, read: impl Fn(&Value) -> Option<T>) -> Option<T> {
        self.said.iter().rev().filter(|((_, k, i), _)| k == kind && i == id).find_map(|(_, shown)| read(shown))
    }

    fn template(&self, name: &str) -> Option<Template> {
        let read = |shown: &Value| Template::parse(&shown.to_string()).ok().filter(|template| template.name() == name);
        self.ruling("checklist_template", name, read)
    }

    /// Authority, begin and end (not included) of what a record says, if that is a right of the person to write there.
    fn right(&self, (name, says): (&Name, &Value), person: &str, at: (&Scope, &KindSpec)) -> Option<(usize, i64, i64)> {
        let (role, place) = match name.1.as_str() {
            "grant" => (Role::parse(says["role"].as_str()?)?, &says["place"]),
            "station" => (if says["lead"] == true { Role::Lead } else { Role::Member }, &says["village"]),
            _ => return None,
        };
        let (place, from, to) = (Place::parse(place.as_str()?)?, says["from"].as_i64()?, says["to"].as_i64());
        let towns = |p: &Value| (p["level"] == "district").then(|| from_value(p["towns"].clone()).unwrap_or_default());
        let towns: Vec<String> = self.ruling("place", place.as_str(), towns).unwrap_or_default();
        let writes = at.1.lane(at.0.lane)?.writers.contains(&role) && place.covers(&at.0.place, |_| &towns);
        (writes && says["person"] == person).then_some((level(role), from, to.unwrap_or(i64::MAX)))
    }

    /// The table of section 7.
    fn judge(&self, op: &Op, saw: BTreeSet<Dot>) -> Judged {
        let (time, scope, spec) = (self.time(op), Scope::parse(&op.scope), kind(&op.kind));
        let enrolled = |e: &Value| self.lines.certifies(op.dot.install, &e["certificate"]).then(|| e.clone());
        let enrolment = self.ruling("enrolment", &op.dot.install.to_string(), enrolled).unwrap_or_default();
        let server = self.lines.server(op.dot.install);
        let (phone, response) = (server.is_none(), op.kind == "response");
        let (person, acts) = match (server, &op.acting) {
            (Some(_), Some((by, role))) => (by.as_str(), level(*role)),
            (Some(server), None) => (server, 2),
            (None, _) => (enrolment["certificate"]["person"].as_str().unwrap_or_default(), 0),
        };
        let at = scope.as_ref().zip(spec);
        let own = scope.as_ref().is_some_and(|s| s.lane == Lane::Own && s.place.as_str() == person);
        let own = own && at.and_then(|(s, k)| k.lane(s.lane)).is_some_and(|lane| !lane.writers.is_empty());
        let rights = self.said.iter().filter(|_| !own).filter_map(|said| self.right(said, person, at?));
        let rights: Vec<_> = rights.chain(own.then_some((0, i64::MIN, i64::MAX))).collect();
        // All moments of the span at which anything changes.
        let (lo, hi) = (time.0.unwrap_or(i64::MIN), time.1.unwrap_or(i64::MAX - 1));
        let moments = || rights.iter().flat_map(|r| [r.1, r.2]).filter(|t| (lo..=hi).contains(t)).chain([lo]);
        let covered = |least: usize, t: i64| rights.iter().any(|r| r.0 >= least && (r.1..r.2).contains(&t));
        let some = moments().any(|t| covered(0, t));
        let whole = (0..3).rev().find(|least| moments().all(|t| covered(*least, t)));

        let ended = enrolment["ended"].as_i64().is_some_and(|ended| time.1.is_none_or(|hi| hi >= ended));
        let lost = !enrolment["lost"].is_null() && !self.lines.leads_to(op.dot, &enrolment["lost"]);
        let template = op.tpl.as_ref().and_then(|tpl| self.template(tpl));
        let fields = || self.lines.checked(op).into_iter();
        let office = |s: &KindSpec| op.fields.iter().any(|f| s.field(&f.0).is_some_and(|f| f.policy == Policy::Office));
        let rows = [
            ("refused", "bad_scope", scope.is_none()),
            ("refused", "bad_lane", at.is_some_and(|(scope, spec)| spec.lane(scope.lane).is_none())),
            ("refused", "bad_id", !check::is_id(&op.id) || spec.is_some_and(|spec| !spec.id.takes(&op.id))),
            ("refused", "server_only", phone && spec.is_some_and(KindSpec::server_only)),
            ("quarantined", "not_enrolled", phone && enrolment.is_null()),
            ("quarantined", "install_lost", phone && lost),
            ("quarantined", "install_ended", phone && ended),
            ("held", "unknown_kind", spec.is_none()),
            ("held", "unknown_version", spec.is_some_and(|spec| op.version > spec.version.into())),
            ("held", "unknown_template", response && op.tpl.is_some() && template.is_none()),
            ("refused", "schema", phone && carried::unfit(op) || spec.is_some_and(|s| !s.check(fields()).is_empty())),
            ("refused", "schema", response && template.is_none_or(|t| !t.check(fields()).is_empty())),
            ("quarantined", "carried", phone && (op.kind == "carried" || op.carried.is_some())),
            ("quarantined", "no_grant", phone && !some),
            ("quarantined", "right_changed_in_span", phone && some && whole.is_none()),
            ("quarantined", "office_only", phone && whole == Some(0) && spec.is_some_and(office)),
        ];
        let rows: Vec<_> = rows.into_iter().filter(|row| row.2).chain([("applied", "applied", true)]).collect();
        let decision = |d: &Value| d["decision"].as_str().filter(|d| *d != "none").map(str::to_owned);
        let code = match self.ruling("decision", &op.dot.to_string(), decision).as_deref() {
            Some("accept") => rows.iter().find(|row| row.0 != "quarantined").map_or("applied", |row| row.1),
            Some(_) if rows[0].0 != "refused" => "by_office",
            _ => rows[0].1,
        };
        let level = if phone { whole.filter(|_| rows.len() == 1).unwrap_or(0) } else { acts };
        Judged { op: op.clone(), code, level, person: person.to_owned(), time, saw }
    }
}
