//! What a person may read. Pure.
//!
//! A right opens the lanes of its role at its place and everywhere below. It also opens the roster of what lies above its place
//! (town, county, district), and of that alone: there are the names, rules and templates that hold at the place. A person always
//! reads their own scope.

use std::collections::{BTreeMap, BTreeSet};

use mobile_schema::{Lane, Place, Role, Scope};
use sync_protocol::{broken, judge::Right};

use super::principal::{Districts, covers};
use crate::storage::scoping::ScopeRange;

/// The scopes that a person may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readable {
    ranges: Vec<ScopeRange>,
}

impl Readable {
    /// With these rights, which are live.
    pub fn of(person: &str, rights: &[Right], districts: &Districts) -> Self {
        let mut ranges = vec![ScopeRange::exactly(person, BTreeSet::from([Lane::Own]))];
        for right in rights {
            let mut lanes: BTreeSet<Lane> = right.role.opens().iter().copied().collect();
            if broken::is("every lane for all") {
                lanes.extend(Lane::ALL);
            }
            ranges.extend(below(&right.place, &lanes, districts));
            if lanes.contains(&Lane::Roster) {
                let roster = BTreeSet::from([Lane::Roster]);
                ranges.extend(above(&right.place, districts).iter().map(|p| ScopeRange::exactly(p, roster.clone())));
            }
        }
        Self { ranges: simplify(ranges) }
    }

    /// Narrowed to the rights of these roles, and without the person's own scope: what they run, and not only read.
    pub fn run_by(roles: &[Role], rights: &[Right], districts: &Districts) -> Self {
        let all: BTreeSet<Lane> = Lane::ALL.into_iter().collect();
        let held = rights.iter().filter(|r| roles.contains(&r.role));
        Self { ranges: simplify(held.flat_map(|r| below(&r.place, &all, districts)).collect()) }
    }

    /// Whether that scope is among them.
    pub fn may_read(&self, scope: &Scope) -> bool {
        let scope = scope.to_string();
        self.ranges.iter().any(|range| range.contains(&scope))
    }

    /// As ranges, for a query; equal rights give equal ranges.
    pub fn ranges(&self) -> &[ScopeRange] {
        &self.ranges
    }
}

/// The place and all below, in every lane: what a list is narrowed to. It gives nobody a right.
pub fn at_and_below(place: &Place, districts: &Districts) -> Vec<ScopeRange> {
    below(place, &Lane::ALL.into_iter().collect(), districts)
}

/// The place and all below, as ranges of scopes.
fn below(place: &Place, lanes: &BTreeSet<Lane>, districts: &Districts) -> Vec<ScopeRange> {
    let name = place.as_str();
    let division = |code: &str| match code.len() {
        // Nothing lies below a village.
        12 => ScopeRange::exactly(code, lanes.clone()),
        // After the digits comes `:`.
        _ => ScopeRange { lo: code.to_owned(), hi: format!("{code}:"), lanes: lanes.clone() },
    };
    if place.is_division() {
        return vec![division(name)];
    }
    if !place.is_district() {
        return vec![ScopeRange::exactly(name, lanes.clone())];
    }
    // `.` (its units and persons) and `/` (itself) are neighbours, and `0` comes next.
    let own = ScopeRange { lo: format!("{name}."), hi: format!("{name}0"), lanes: lanes.clone() };
    let towns = districts.get(name).into_iter().flatten();
    std::iter::once(own).chain(towns.map(|town| division(town))).collect()
}

/// The places that lie above this one.
fn above(place: &Place, districts: &Districts) -> Vec<String> {
    let name = place.as_str();
    let mut found: Vec<String> = Vec::new();
    if place.is_division() {
        found.extend([2, 4, 6, 9].into_iter().filter(|n| *n < name.len()).map(|n| name[..n].to_owned()));
    } else if let Some((district, _)) = name.split_once('.') {
        found.push(district.to_owned());
    }
    let named = districts.keys().filter_map(|name| Place::parse(name));
    found.extend(named.filter(|d| d != place && covers(d, place, districts)).map(|d| d.as_str().to_owned()));
    found
}

/// Sorted, one range for equal bounds, none that lies in another.
fn simplify(ranges: Vec<ScopeRange>) -> Vec<ScopeRange> {
    let mut by_bounds: BTreeMap<(String, String), BTreeSet<Lane>> = BTreeMap::new();
    for range in ranges {
        by_bounds.entry((range.lo, range.hi)).or_default().extend(range.lanes);
    }
    let all: Vec<ScopeRange> = by_bounds.into_iter().map(|((lo, hi), lanes)| ScopeRange { lo, hi, lanes }).collect();
    all.iter().filter(|one| !all.iter().any(|other| other != *one && other.includes(one))).cloned().collect()
}

#[cfg(test)]
#[path = "scopes_tests.rs"]
mod tests;
