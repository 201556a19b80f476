//! What a legal hold covers. Pure.

use std::collections::BTreeSet;

use mobile_schema::{Place, Scope};
use sync_protocol::RecordKey;

use crate::{
    auth::principal::{Districts, covers},
    signals::subject::key_of,
    storage::entities::hold,
};

/// What is known of a record, as far as holds turn on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Its key.
    pub key: RecordKey,
    /// Its scope.
    pub scope: String,
    /// Who wrote to it, and of whom it speaks.
    pub people: BTreeSet<String>,
    /// The visits that it is, or belongs to.
    pub visits: BTreeSet<RecordKey>,
    /// Their campaigns.
    pub campaigns: BTreeSet<String>,
}

/// Those of these holds that cover the record.
pub fn covering<'h>(holds: &'h [hold::Model], facts: &Facts, districts: &Districts) -> Vec<&'h hold::Model> {
    let Some(place) = Scope::parse(&facts.scope).map(|scope| scope.place) else { return Vec::new() };
    holds.iter().filter(|hold| hold.lifted.is_none() && is_covered(hold, &place, facts, districts)).collect()
}

fn is_covered(hold: &hold::Model, place: &Place, facts: &Facts, districts: &Districts) -> bool {
    // While it stands it stands: erased or purged, nobody would know of it.
    if hold.record == facts.key.0 {
        return true;
    }
    let visit = |id: &String| facts.visits.contains(&key_of(&facts.scope, "visit", id));
    Place::parse(&hold.place).is_some_and(|above| covers(&above, place, districts))
        && hold.person.as_ref().is_none_or(|person| facts.people.contains(person))
        && hold.visit.as_ref().is_none_or(visit)
        && hold.campaign.as_ref().is_none_or(|campaign| facts.campaigns.contains(campaign))
        && hold.of_record.as_ref().is_none_or(|key| *key == facts.key.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCOPE: &str = "440811070201/household";

    fn hold(change: impl FnOnce(&mut hold::Model)) -> hold::Model {
        let mut hold = hold::Model {
            record: vec![1; 20],
            scope: "zjedz/inspection".into(),
            id: "h".into(),
            place: "zjedz".into(),
            person: None,
            visit: None,
            campaign: None,
            of_record: None,
            of_name: None,
            reason: "案件".into(),
            by: "zjedz.p.o".into(),
            since_ms: 1,
            lifted: None,
            lifted_by: None,
            lifted_ms: None,
        };
        change(&mut hold);
        hold
    }

    #[test]
    fn a_hold_covers_what_all_of_it_names_until_it_is_lifted() {
        let visit = |id| RecordKey::of("440811070201/inspection", "visit", id);
        let facts = Facts {
            key: RecordKey::of(SCOPE, "photo", "p"),
            scope: SCOPE.into(),
            people: BTreeSet::from(["zjedz.p.a".to_owned()]),
            visits: BTreeSet::from([visit("v-1")]),
            campaigns: BTreeSet::from(["c-1".to_owned()]),
        };
        let districts = Districts::from([("zjedz".to_owned(), vec!["440811070".to_owned()])]);
        let covers = |change: &dyn Fn(&mut hold::Model)| !covering(&[hold(change)], &facts, &districts).is_empty();
        type Change = fn(&mut hold::Model);
        let cases: [(&str, Change, bool); 13] = [
            ("the district", |_| {}, true),
            ("the village", |h| h.place = "440811070201".into(), true),
            ("another village", |h| h.place = "440811070202".into(), false),
            ("another district", |h| h.place = "other".into(), false),
            ("the person", |h| h.person = Some("zjedz.p.a".into()), true),
            ("another person", |h| h.person = Some("zjedz.p.b".into()), false),
            ("the visit", |h| h.visit = Some("v-1".into()), true),
            ("another visit", |h| h.visit = Some("v-2".into()), false),
            ("the campaign", |h| h.campaign = Some("c-1".into()), true),
            (
                "the person in another campaign",
                |h| (h.person, h.campaign) = (Some("zjedz.p.a".into()), Some("c-2".into())),
                false,
            ),
            ("the record", |h| h.of_record = Some(RecordKey::of(SCOPE, "photo", "p").0.to_vec()), true),
            ("another record", |h| h.of_record = Some(vec![7; 20]), false),
            ("lifted", |h| h.lifted = Some("结案".into()), false),
        ];
        for (what, change, expected) in cases {
            assert_eq!(covers(&change), expected, "{what}");
        }
    }

    #[test]
    fn a_hold_covers_itself_while_it_stands() {
        let one = hold(|h| (h.place, h.person) = ("440811070202".into(), Some("zjedz.p.b".into())));
        let facts = Facts {
            key: RecordKey([1; 20]),
            scope: "zjedz/inspection".into(),
            people: BTreeSet::new(),
            visits: BTreeSet::new(),
            campaigns: BTreeSet::new(),
        };
        assert_eq!(covering(std::slice::from_ref(&one), &facts, &Districts::new()).len(), 1);
        let lifted = hold::Model { lifted: Some("结案".into()), ..one };
        assert!(covering(&[lifted], &facts, &Districts::new()).is_empty());
    }
}
