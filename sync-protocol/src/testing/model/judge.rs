//! Section 7: what counts, and with what authority.

use super::{
    lines::{self, Op},
    rulings::Facts,
    time::Span,
};
use mobile_schema::{IdRule, KindSpec, Lane, Policy, Role, Scope, check, kind};

pub struct Judged {
    pub code: &'static str,
    pub level: &'static str,
    pub person: String,
}

const REFUSED: [&str; 5] = ["bad_scope", "bad_lane", "bad_id", "server_only", "schema"];
const HELD: [&str; 3] = ["unknown_kind", "unknown_version", "unknown_template"];

pub fn level(role: Option<Role>) -> &'static str {
    match role {
        Some(Role::Admin | Role::Office) => "office",
        Some(Role::Town) => "town",
        _ => "other",
    }
}

pub fn rank(level: &str) -> usize {
    ["other", "town", "office"].iter().position(|l| *l == level).unwrap()
}

impl Facts {
    pub fn judge(&self, op: &Op, span: Span) -> Judged {
        let server = self.servers.get(&op.dot.0);
        let (person, mut level, reasons) = match server {
            Some(name) => {
                let acting = op.acting.clone().unwrap_or((name.clone(), "office".to_owned()));
                (acting.0, level(Role::parse(&acting.1)), self.reasons(op, span, None).0)
            }
            None => {
                let person = self.phones.get(&op.dot.0).map_or(String::new(), |p| p.person.clone());
                let (reasons, level) = self.reasons(op, span, Some(&person));
                (person, level, reasons)
            }
        };
        let kept = |r: &&&'static str| REFUSED.contains(*r) || HELD.contains(*r);
        let ruling = kind(&op.k).is_some_and(|k| k.ruling);
        let first = reasons.first().copied().unwrap_or("applied");
        let decision = self.decisions.get(&op.dot).filter(|_| !ruling).map(String::as_str);
        let code = match decision {
            Some("refuse") if !REFUSED.contains(&first) => "by_office",
            Some("accept") => reasons.iter().find(kept).copied().unwrap_or("applied"),
            _ => first,
        };
        if !reasons.is_empty() {
            level = "other";
        }
        Judged { code, level, person }
    }

    /// All rows of the table that apply, in its order, and the authority. No person: a server.
    fn reasons(&self, op: &Op, span: Span, person: Option<&str>) -> (Vec<&'static str>, &'static str) {
        let mut out = Vec::new();
        let mut when = |code, is: bool| out.extend(is.then_some(code));
        let (scope, spec) = (Scope::parse(&op.s), kind(&op.k));
        when("bad_scope", scope.is_none());
        when("bad_lane", scope.as_ref().zip(spec).is_some_and(|(s, k)| k.lane(s.lane).is_none()));
        when("bad_id", !check::is_id(&op.id) || spec.is_some_and(|k| !id_fits(k.id, &op.id)));
        if let Some(person) = person {
            when("server_only", spec.is_some_and(KindSpec::server_only));
            let phone = self.phones.get(&op.dot.0);
            let end = phone.and_then(|p| p.ended);
            let lost = phone.and_then(|p| p.lost.as_ref());
            when("not_enrolled", phone.is_none() || person.is_empty());
            when("install_lost", lost.is_some_and(|path| !path.contains(&(op.dot.1, op.dot.2.clone()))));
            when("install_ended", end.is_some_and(|end| span.hi.is_none_or(|hi| hi >= end)));
        }
        when("unknown_kind", spec.is_none());
        let Some(spec) = spec else { return (out, "other") };
        let response = spec.name == "response";
        let template = op.tpl.as_ref().and_then(|t| self.templates.get(t));
        let fields = || op.f.iter().map(|(n, v)| (n.as_str(), &**v));
        when("unknown_version", op.v > i64::from(spec.version));
        when("unknown_template", response && op.tpl.is_some() && template.is_none());
        when("schema", response && op.tpl.is_none() || !spec.check(fields()).is_empty());
        when("schema", response && template.is_some_and(|t| !t.check(fields()).is_empty()));
        let Some(person) = person else { return (out, "other") };
        when("carried", spec.name == "carried");
        let Some(scope) = scope else { return (out, "other") };
        let covered = |least| self.covered(spec, &scope, person, span, least);
        when("no_grant", !covered("other").contains(&true));
        when("right_changed_in_span", covered("other").contains(&true) && covered("other").contains(&false));
        let level = ["office", "town"].into_iter().find(|l| !covered(l).contains(&false)).unwrap_or("other");
        let office = op.f.iter().any(|(n, _)| spec.field(n).is_some_and(|f| f.policy == Policy::Office));
        when("office_only", office && level == "other");
        (out, level)
    }

    /// At each moment of the span where anything could change: do rights of at least that authority cover.
    fn covered(&self, spec: &KindSpec, scope: &Scope, person: &str, span: Span, least: &str) -> Vec<bool> {
        let Some(rule) = spec.lane(scope.lane) else { return vec![false] };
        if scope.lane == Lane::Own && scope.place.as_str() == person && !rule.writers.is_empty() {
            return vec![least == "other"];
        }
        let towns = |d: &str| self.towns.get(d).map_or(&[][..], Vec::as_slice);
        let of = self.rights.iter().filter(|r| r.person == person && rule.writers.contains(&r.role));
        let of = of.filter(|r| rank(level(Some(r.role))) >= rank(least) && r.place.covers(&scope.place, towns));
        let of: Vec<(i64, i64)> = of.map(|r| (r.from, r.to)).collect();
        let (a, b) = (span.lo.unwrap_or(i64::MIN), span.hi.unwrap_or(i64::MAX - 1));
        let edges = of.iter().flat_map(|(from, to)| [from - 1, *from, to - 1, *to]).chain([a, b]);
        let inside = edges.filter(|t| (a..=b).contains(t));
        inside.map(|t| of.iter().any(|(from, to)| (*from..*to).contains(&t))).collect()
    }
}

fn id_fits(rule: IdRule, id: &str) -> bool {
    match rule {
        IdRule::Free => true,
        IdRule::Own => id.split_once('.').is_some_and(|(install, rest)| lines::is_hex(install, 32) && !rest.is_empty()),
        IdRule::Dot => lines::dot(id).is_some(),
        IdRule::Derived => {
            let groups: Vec<&str> = id.split('-').collect();
            let good = groups.iter().map(|g| g.len()).eq([8, 4, 4, 4, 12]) && lines::is_hex(&groups.concat(), 32);
            good && groups[2].starts_with('8') && groups[3].starts_with(['8', '9', 'a', 'b'])
        }
    }
}
