//! Villages that ended (撤并): what a piece of evidence means that names one of them.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::{
    fence::FixReason,
    inputs::{FixEvidence, RollCall},
};

/// Villages that ended, and what each was merged into.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ended(BTreeMap<String, (Date, String)>);

impl Ended {
    /// Notes a village, its last day, and the village that it is part of from the day after on.
    pub fn note(&mut self, village: String, last: Date, successor: String) {
        self.0.insert(village, (last, successor));
    }

    /// The villages that others were merged into.
    pub fn successors(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(|(_, successor)| successor.as_str())
    }

    /// What a village is part of on a day: itself while it lasts, then what it was merged into, and so on from there.
    pub fn heir<'v>(&'v self, village: &'v str, day: Date) -> &'v str {
        let mut heir = village;
        // Two that were merged into each other lead nowhere: there are no more steps than villages.
        for _ in 0..self.0.len() {
            match self.0.get(heir) {
                Some((last, successor)) if day > *last => heir = successor,
                _ => break,
            }
        }
        heir
    }

    /// The fix with the reason that the village which it names was merged into the one it was judged by, if it was by that day.
    #[must_use]
    pub fn in_heir_of(&self, named: Option<&str>, day: Date, mut fix: FixEvidence) -> FixEvidence {
        if named.is_some_and(|named| named != fix.village && self.heir(named, day) == fix.village) {
            fix.verdict.note(FixReason::Merged);
        }
        fix
    }

    /// The roll call as one in the village that the named one was part of by that day.
    #[must_use]
    pub fn called_in_heir(&self, day: Date, mut call: RollCall) -> RollCall {
        let heir = call.village.as_deref().map(|named| self.heir(named, day));
        if let Some(heir) = heir.filter(|heir| Some(*heir) != call.village.as_deref()).map(str::to_owned) {
            call.named = call.village.replace(heir);
        }
        call
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_village_is_itself_to_its_last_day_and_then_what_it_became() {
        let mut ended = Ended::default();
        ended.note("a".into(), date(2026, 3, 14), "b".into());
        ended.note("b".into(), date(2026, 6, 30), "c".into());
        assert_eq!(ended.heir("a", date(2026, 3, 14)), "a");
        assert_eq!(ended.heir("a", date(2026, 3, 15)), "b");
        assert_eq!(ended.heir("a", date(2026, 7, 1)), "c");
        assert_eq!(ended.heir("c", date(2026, 7, 1)), "c");
    }

    #[test]
    fn villages_that_were_merged_into_each_other_end_somewhere() {
        let mut ended = Ended::default();
        ended.note("a".into(), date(2026, 3, 14), "b".into());
        ended.note("b".into(), date(2026, 3, 14), "a".into());
        assert_eq!(ended.heir("a", date(2026, 7, 1)), "a");
    }
}
