//! Who asks, and what they hold now. Pure.

use std::collections::{BTreeMap, BTreeSet};

use mobile_schema::{Place, Role, Scope};
use sync_protocol::{InstallId, judge::Right};

use super::scopes::Readable;
use crate::{
    error::{ErrorCode, Problem},
    storage::scoping::ScopeRange,
    sync::drafts::Acting,
};

/// The towns (nine digits) of each district.
pub type Districts = BTreeMap<String, Vec<String>>;

/// The roles that read evidence and reports.
pub const LOOKING: [Role; 3] = [Role::Manager, Role::Office, Role::Admin];

/// A person, perhaps through a phone, with the rights that are live.
#[derive(Debug, Clone)]
pub struct Principal {
    /// The person, `district.p.name`.
    pub person: String,
    /// The phone; none for a person signed in by password.
    pub install: Option<InstallId>,
    /// Rights live now, from grants and stations.
    pub rights: Vec<Right>,
    /// All districts.
    pub districts: Districts,
    /// Why the phone is no longer in use. Then it has no rights and reads nothing; it may send the photos it promised.
    pub closed: Option<&'static str>,
}

/// Whether a right is in force at that moment.
pub fn is_live(right: &Right, now_ms: i64) -> bool {
    right.from <= now_ms && right.to.is_none_or(|to| now_ms < to)
}

/// Whether the first place covers the second.
pub fn covers(above: &Place, below: &Place, districts: &Districts) -> bool {
    above.covers(below, |district| districts.get(district).map_or(&[], Vec::as_slice))
}

impl Principal {
    /// Their roles, anywhere.
    pub fn roles(&self) -> BTreeSet<Role> {
        self.rights.iter().map(|r| r.role).collect()
    }

    /// Whether they hold one of these roles somewhere.
    pub fn holds(&self, roles: &[Role]) -> bool {
        self.rights.iter().any(|r| roles.contains(&r.role))
    }

    /// The first of these roles that they hold over that place.
    pub fn role_over(&self, roles: &[Role], place: &Place) -> Option<Role> {
        let over =
            |role: &Role| self.rights.iter().any(|r| r.role == *role && covers(&r.place, place, &self.districts));
        roles.iter().copied().find(over)
    }

    /// The role, admin or office, in which they run that place; `forbidden` where they do not.
    pub fn office_over(&self, place: &Place) -> Result<Role, Problem> {
        self.role_over(&[Role::Office, Role::Admin], place)
            .ok_or_else(|| Problem::new(ErrorCode::Forbidden, format!("you do not run {place}")))
    }

    /// What they may read.
    pub fn readable(&self) -> Readable {
        Readable::of(&self.person, &self.rights, &self.districts)
    }

    /// Whether they may read that scope.
    pub fn may_read(&self, scope: &str) -> bool {
        self.closed.is_none() && Scope::parse(scope).is_some_and(|scope| self.readable().may_read(&scope))
    }

    /// The scopes they may read, for a query.
    pub fn scopes(&self) -> Vec<ScopeRange> {
        if self.closed.is_some() {
            return Vec::new();
        }
        self.readable().ranges().to_vec()
    }

    /// The scopes of which they look through the evidence: what they read as manager, office or admin, and not as one who is out there too.
    pub fn evidence_scopes(&self) -> Vec<ScopeRange> {
        let looking: Vec<Right> = self.rights.iter().filter(|r| LOOKING.contains(&r.role)).cloned().collect();
        if self.closed.is_some() || looking.is_empty() {
            return Vec::new();
        }
        Readable::of(&self.person, &looking, &self.districts).ranges().to_vec()
    }

    /// The scopes they run as office or admin, for a query: what they only read is not among them.
    pub fn run_scopes(&self) -> Vec<ScopeRange> {
        Readable::run_by(&[Role::Office, Role::Admin], &self.rights, &self.districts).ranges().to_vec()
    }

    /// Themselves acting in that role.
    pub fn acting(&self, role: Role) -> Acting {
        Acting { person: self.person.clone(), role }
    }
}
