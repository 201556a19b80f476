//! Judging one operation (`PROTOCOL.md`, section 7): may it count, with what authority, and if not, why not.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use mobile_schema::{KindSpec, Lane, Place, Policy, Role, Scope, Template, check::is_id, template};
use serde::{Deserialize, Serialize};

use crate::{
    carried,
    erase::Erasure,
    ids::{Dot, InstallId},
    line::Op,
    sign::InstallRole,
    standing::{Code, Standing, State},
    time::Corrected,
};

/// Whose value is shown before whose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// Inspectors, members, units.
    Other,
    /// A town.
    Town,
    /// The office. May settle conflicts.
    Office,
}

impl Authority {
    /// The authority of a role.
    pub fn of(role: Role) -> Self {
        match role {
            Role::Admin | Role::Office => Authority::Office,
            Role::Town => Authority::Town,
            _ => Authority::Other,
        }
    }

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Authority::Other => "other",
            Authority::Town => "town",
            Authority::Office => "office",
        }
    }
}

/// A role at a place for a time: from a grant or a station.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    /// The role.
    pub role: Role,
    /// At this place and all below.
    pub place: Place,
    /// From this moment (ms, included).
    pub from: i64,
    /// To this moment (ms, not included).
    pub to: Option<i64>,
}

/// Where a lost install's chain is cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostCut {
    /// The last seq that still counts.
    pub seq: u64,
    /// The lines on the chain that ends in the head named; none when no chain known does.
    pub on_path: Option<BTreeSet<(u64, [u8; 8])>>,
}

/// What is known of an install.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Install {
    /// Whose it is.
    pub person: String,
    /// Phone or server, by a valid certificate.
    pub role: InstallRole,
    /// Whether its enrolment operation is known, not only a certificate.
    pub enrolled: bool,
    /// When it ended (ms), by a revocation.
    pub ended: Option<i64>,
    /// Where it was cut when lost.
    pub lost: Option<LostCut>,
}

/// What the office decided about an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It counts, though quarantined.
    Accept,
    /// It does not count.
    Refuse,
}

/// All that judging takes, besides the operation and its time.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Installs by id.
    pub installs: HashMap<InstallId, Install>,
    /// Lowest seq with two contents, of installs that forked.
    pub forks: HashMap<InstallId, u64>,
    /// Rights by person.
    pub rights: HashMap<String, Vec<Right>>,
    /// Towns (nine digits) by district.
    pub districts: HashMap<String, Vec<String>>,
    /// Templates by `key@version`.
    pub templates: HashMap<String, Arc<Template>>,
    /// Decisions by dot.
    pub decisions: HashMap<Dot, Decision>,
    /// Erasures by dot.
    pub erasures: HashMap<Dot, Erasure>,
}

impl Facts {
    /// Whether the first place covers the second.
    pub fn covers(&self, above: &Place, below: &Place) -> bool {
        above.covers(below, |district| self.districts.get(district).map_or(&[], Vec::as_slice))
    }

    /// Lowest seq with two contents of that install.
    pub fn fork_seq(&self, install: InstallId) -> Option<u64> {
        self.forks.get(&install).copied()
    }
}

/// The outcome of judging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Whether it counts; then `standing` is `applied`, for merging to refine.
    pub accepted: bool,
    /// Code and detail.
    pub standing: Standing,
    /// By whose authority.
    pub authority: Authority,
    /// Who wrote it, as far as known: the install's person, or the acting person of a server install.
    pub person: String,
    /// When, as far as known.
    pub time: Corrected,
}

/// Judges an operation written at that corrected time.
pub fn judge(op: &Op, time: Corrected, facts: &Facts) -> Judgement {
    let install = facts.installs.get(&op.dot.install);
    let from_server = install.is_some_and(|i| i.role == InstallRole::Server);
    let person = match (&op.acting, install) {
        (Some((by, _)), Some(_)) if from_server => by.clone(),
        (_, Some(install)) => install.person.clone(),
        (_, None) => String::new(),
    };
    // Ruling kinds decide over others and are judged before any decision is known.
    let ruling = mobile_schema::kind(&op.kind).is_some_and(|k| k.ruling);
    let decision = facts.decisions.get(&op.dot).copied().filter(|_| !ruling);
    let verdict = if from_server {
        judge_server(op, facts)
    } else {
        judge_phone(op, time, install, &person, facts, decision == Some(Decision::Accept))
    };
    let (mut standing, authority) = match verdict {
        Ok(authority) => (Standing::of(Code::Applied), authority),
        Err(standing) => (standing, Authority::Other),
    };
    if decision == Some(Decision::Refuse) && standing.state() != State::Refused {
        standing = Standing::of(Code::ByOffice);
    }
    Judgement { accepted: standing.code == Code::Applied, standing, authority, person, time }
}

/// Rights were checked when it was written, and are not judged again (`PROTOCOL.md`, section 7).
fn judge_server(op: &Op, facts: &Facts) -> Result<Authority, Standing> {
    let (_, spec) = form(op)?;
    let spec = spec.ok_or_else(|| Standing::of(Code::UnknownKind))?;
    content(op, spec, facts)?;
    Ok(op.acting.as_ref().map_or(Authority::Office, |(_, role)| Authority::of(*role)))
}

/// What the office took up (`taken_up`) is past every quarantine, but not past what holds or refuses it.
fn judge_phone(
    op: &Op,
    time: Corrected,
    install: Option<&Install>,
    person: &str,
    facts: &Facts,
    taken_up: bool,
) -> Result<Authority, Standing> {
    let (scope, spec) = form(op)?;
    if spec.is_some_and(KindSpec::server_only) {
        return Err(Standing::of(Code::ServerOnly));
    }
    let in_use = in_use(op, time, install);
    if !taken_up {
        in_use.clone()?;
    }
    let spec = spec.ok_or_else(|| Standing::of(Code::UnknownKind))?;
    content(op, spec, facts)?;
    carried::check(op)?;
    match in_use.and_then(|()| permitted(op, &scope, spec, time, person, facts)) {
        Err(_) if taken_up => Ok(Authority::Other),
        verdict => verdict,
    }
}

fn permitted(
    op: &Op,
    scope: &Scope,
    spec: &KindSpec,
    time: Corrected,
    person: &str,
    facts: &Facts,
) -> Result<Authority, Standing> {
    if spec.name == carried::KIND || op.carried.is_some() {
        return Err(Standing::of(Code::Carried));
    }
    let authority = right(scope, spec, time, person, facts)?;
    let office_field = op.fields.iter().any(|(name, _)| policy_of(spec, name, None) == Policy::Office);
    if office_field && authority == Authority::Other {
        return Err(Standing::of(Code::OfficeOnly));
    }
    Ok(authority)
}

/// Scope, lane and id. An unknown kind may live anywhere under any id.
pub(crate) fn form(op: &Op) -> Result<(Scope, Option<&'static KindSpec>), Standing> {
    let scope = Scope::parse(&op.scope).ok_or_else(|| Standing::of(Code::BadScope))?;
    let spec = mobile_schema::kind(&op.kind);
    if spec.is_some_and(|spec| spec.lane(scope.lane).is_none()) {
        return Err(Standing::of(Code::BadLane));
    }
    if !is_id(&op.id) || spec.is_some_and(|spec| !spec.id.takes(&op.id)) {
        return Err(Standing::of(Code::BadId));
    }
    Ok((scope, spec))
}

/// The install named at the start of an id made by [`IdRule::Own`](mobile_schema::IdRule::Own).
pub fn creator(id: &str) -> Option<InstallId> {
    id.split_once('.').and_then(|(install, rest)| if rest.is_empty() { None } else { install.parse().ok() })
}

fn in_use(op: &Op, time: Corrected, install: Option<&Install>) -> Result<(), Standing> {
    let install = install.filter(|i| i.enrolled).ok_or_else(|| Standing::of(Code::NotEnrolled))?;
    if let Some(lost) = &install.lost {
        let on_path = lost.on_path.as_ref().is_some_and(|path| path.contains(&(op.dot.seq, op.dot.hash)));
        if op.dot.seq > lost.seq || !on_path {
            return Err(Standing::of(Code::InstallLost));
        }
    }
    match (install.ended, time.span().1) {
        (Some(ended), latest) if latest.is_none_or(|t| t >= ended) => Err(Standing::of(Code::InstallEnded)),
        _ => Ok(()),
    }
}

pub(crate) fn content(op: &Op, spec: &KindSpec, facts: &Facts) -> Result<(), Standing> {
    if op.version > u64::from(spec.version) {
        return Err(Standing::with(Code::UnknownVersion, op.version.to_string()));
    }
    let mut template = None;
    if spec.name == "response" {
        let tpl = op.tpl.as_deref().ok_or_else(|| Standing::with(Code::Schema, "tpl: missing"))?;
        template = Some(&**facts.templates.get(tpl).ok_or_else(|| Standing::with(Code::UnknownTemplate, tpl))?);
    }
    let fault = if op.erased { facts.fault_of_erased(op) } else { first_fault(op, spec, template) };
    fault.map_or(Ok(()), |fault| Err(Standing::with(Code::Schema, fault)))
}

/// How the operation's values break the schema, as far as that can be told without its template.
pub fn fault(op: &Op) -> Option<String> {
    first_fault(op, mobile_schema::kind(&op.kind)?, None)
}

/// How the operation's values break the schema or its template: `lat: out_of_range`.
fn first_fault(op: &Op, spec: &KindSpec, template: Option<&Template>) -> Option<String> {
    let mut faults = spec.check(op.fields.iter().map(|(name, value)| (name.as_str(), &**value)));
    for (name, value) in &op.fields {
        if let Some(item) = item(template, name) {
            item.check(name, value, &mut faults);
        }
    }
    faults.first().map(|fault| format!("{}: {}", fault.path, fault.code))
}

/// The template's item that a response's field `i.<item>` answers.
fn item<'t>(template: Option<&'t Template>, field: &str) -> Option<&'t template::Item> {
    template?.item(field.strip_prefix("i.")?)
}

/// The merge policy of a field; unknown fields are `single`.
pub fn policy_of(spec: &KindSpec, field: &str, template: Option<&Template>) -> Policy {
    item(template, field)
        .map(template::Item::policy)
        .or_else(|| spec.field(field).map(|f| f.policy))
        .unwrap_or(Policy::Single)
}

/// Whether rights cover the write over the whole of its span, and with what authority.
fn right(scope: &Scope, spec: &KindSpec, time: Corrected, person: &str, facts: &Facts) -> Result<Authority, Standing> {
    let writers = spec.lane(scope.lane).map_or(&[][..], |l| l.writers);
    // In one's own scope nobody has authority over oneself, whatever rights one holds elsewhere.
    if scope.lane == Lane::Own && scope.place.as_str() == person && !writers.is_empty() {
        return Ok(Authority::Other);
    }
    let span = time.span();
    let touching = touching(scope, spec, time, person, facts);
    if touching.is_empty() {
        return Err(Standing::of(Code::NoGrant));
    }
    if !cover(&touching, span) {
        return Err(Standing::of(Code::RightChangedInSpan));
    }
    let whole = |least: &Authority| {
        let of: Vec<&Right> = touching.iter().copied().filter(|r| Authority::of(r.role) >= *least).collect();
        cover(&of, span)
    };
    Ok([Authority::Office, Authority::Town].into_iter().find(whole).unwrap_or(Authority::Other))
}

/// The rights of that person by which one may write such a record there at some moment of that time.
pub(crate) fn touching<'f>(
    scope: &Scope,
    spec: &KindSpec,
    time: Corrected,
    person: &str,
    facts: &'f Facts,
) -> Vec<&'f Right> {
    let writers = spec.lane(scope.lane).map_or(&[][..], |l| l.writers);
    let held = facts.rights.get(person).into_iter().flatten();
    let here = |r: &&Right| writers.contains(&r.role) && facts.covers(&r.place, &scope.place);
    held.filter(|r| overlaps(r, time.span())).filter(here).collect()
}

fn overlaps(right: &Right, (lo, hi): (Option<i64>, Option<i64>)) -> bool {
    let begins = hi.is_none_or(|hi| right.from <= hi);
    begins && right.to.is_none_or(|to| right.from < to && lo.is_none_or(|lo| lo < to))
}

/// Whether together they cover every moment from `lo` to `hi`, both included.
fn cover(rights: &[&Right], (lo, hi): (Option<i64>, Option<i64>)) -> bool {
    let Some(mut reached) = lo else { return false };
    let mut sorted = rights.to_vec();
    sorted.sort_by_key(|r| r.from);
    for right in sorted {
        if right.from > reached {
            return false;
        }
        match right.to {
            None => return true,
            Some(to) => reached = reached.max(to),
        }
        if hi.is_some_and(|hi| reached > hi) {
            return true;
        }
    }
    false
}
