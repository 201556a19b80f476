//! Who may see a photo. Pure.

/// On whose behalf something is asked.
#[derive(Clone, Copy)]
pub struct Viewer<'a> {
    /// The person.
    pub person: &'a str,
    /// Whether they may read a scope.
    pub may_read: &'a (dyn Fn(&str) -> bool + Sync),
}

impl Viewer<'_> {
    /// Whether they may see bytes that records of these scopes name: one readable scope is enough, for the bytes are the same.
    pub fn may_see<'s>(&self, scopes: impl IntoIterator<Item = &'s str>) -> bool {
        scopes.into_iter().any(|scope| (self.may_read)(scope))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_readable_scope_is_enough_and_none_is_not() {
        let viewer = Viewer { person: "zjedz.p.a", may_read: &|scope| scope == "440811070201/presence" };
        assert!(viewer.may_see(["440811070201/inspection", "440811070201/presence"]));
        assert!(!viewer.may_see(["440811070201/inspection"]));
        assert!(!viewer.may_see([]));
    }
}
