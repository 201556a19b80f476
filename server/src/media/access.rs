//! Who may see a photo. Pure.

/// On whose behalf something is asked.
#[derive(Clone, Copy)]
pub struct Viewer<'a> {
    /// The person.
    pub person: &'a str,
    /// Whether they may read a scope.
    pub may_read: &'a (dyn Fn(&str) -> bool + Sync),
    /// Whether they look through the evidence of a scope: as manager, office or admin.
    pub looks_through: &'a (dyn Fn(&str) -> bool + Sync),
}

impl Viewer<'_> {
    /// Whether they may see bytes that records of these scopes name: one readable scope is enough, for the bytes are the same.
    pub fn may_see<'s>(&self, scopes: impl IntoIterator<Item = &'s str>) -> bool {
        scopes.into_iter().any(|scope| (self.may_read)(scope))
    }

    /// Whether they may have bytes as they came, which may say where a photo was taken, as renditions do not. All records that name them
    /// are given by who took it and scope: nobody opens another's photo by a record of their own that names it too.
    pub fn may_open<'s>(&self, records: impl IntoIterator<Item = (&'s str, &'s str)> + Clone) -> bool {
        let took_it = |(taker, _): (&str, &str)| taker == self.person;
        let looks = |(taker, scope): (&str, &str)| {
            !took_it((taker, scope)) && (self.may_read)(scope) && (self.looks_through)(scope)
        };
        records.clone().into_iter().any(looks) || records.into_iter().all(took_it)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_readable_scope_is_enough_and_none_is_not() {
        let viewer = Viewer {
            person: "zjedz.p.a",
            may_read: &|scope| scope == "440811070201/presence",
            looks_through: &|_| false,
        };
        assert!(viewer.may_see(["440811070201/inspection", "440811070201/presence"]));
        assert!(!viewer.may_see(["440811070201/inspection"]));
        assert!(!viewer.may_see([]));
    }

    #[test]
    fn only_who_took_a_photo_and_who_looks_through_evidence_there_may_open_it() {
        let [presence, inspection] = ["440811070201/presence", "440811070201/inspection"];
        let lead = Viewer { person: "lead", may_read: &|scope| scope == presence, looks_through: &|_| false };
        assert!(lead.may_open([("lead", presence)]) && !lead.may_open([("member", presence)]));
        assert!(!lead.may_open([("lead", presence), ("member", inspection)]), "theirs is a record of another's bytes");
        let manager = Viewer { person: "m", may_read: &|_| true, looks_through: &|scope| scope == inspection };
        assert!(manager.may_open([("member", inspection)]) && !manager.may_open([("member", presence)]));
        assert!(manager.may_open([("member", presence), ("lead", inspection)]));
        assert!(!manager.may_open([("m", inspection), ("member", presence)]), "nor is a manager's own record a way in");
        assert!(manager.may_open([("m", inspection)]));
    }
}
