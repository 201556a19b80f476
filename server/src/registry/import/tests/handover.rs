//! Teams handed over: who leaves, who comes, and why not.

use jiff::civil::{Date, date};
use serde_json::Value;

use super::*;
use crate::registry::import::{Gap, Handover, HandoverRequest, hand_over};

const TEAM: &str = "440811070209-team";
const OTHER: &str = "440811173203-team";
const APRIL: Date = date(2026, 4, 1);

fn asked() -> HandoverRequest {
    HandoverRequest {
        team: TEAM.to_owned(),
        on: APRIL,
        leaving: None,
        coming: vec!["m-3".to_owned()],
        lead: None,
        onward: None,
    }
}

/// With `m-1` (lead) and `m-2` in 调文 since January, a team in 谭北 and a third person.
fn posted() -> Known {
    let mut known = known();
    for (kind, file) in [
        (Kind::People, "person,name\nm-3,丙\n"),
        (Kind::Teams, "village,name\n440811173203,谭北队\n"),
        (Kind::Stations, "person,village,lead,from\nm-1,440811070209,是,2026-01-01\nm-2,440811070209,否,2026-01-01\n"),
    ] {
        let drafts = good(kind, file.as_bytes(), &known).drafts;
        known.absorb(&drafts);
    }
    known
}

fn names(members: &[crate::registry::import::Member]) -> Vec<&str> {
    members.iter().map(|member| member.name.as_str()).collect()
}

fn codes(handover: &Handover) -> Vec<&str> {
    handover.faults.iter().map(|fault| fault.code).collect()
}

#[test]
fn on_one_day_some_leave_and_others_come_and_twice_changes_nothing() {
    let mut known = posted();
    let first = hand_over(&HandoverRequest { lead: Some("丙".to_owned()), ..asked() }, &context(), &known);
    assert!(first.faults.is_empty(), "{:?}", first.faults);
    assert_eq!((names(&first.leaving), names(&first.coming)), (vec!["甲", "乙"], vec!["丙"]));
    assert!(first.staying.is_empty() && first.nobody.is_empty());
    assert_eq!((first.plan.report.created, first.plan.report.changed), (1, 2));
    let ended = first.plan.drafts.iter().find(|d| d.id.starts_with("m-1.")).unwrap();
    let begun = first.plan.drafts.iter().find(|d| d.id == "m-3.440811070209.2026-04-01").unwrap();
    assert_eq!(ended.fields["to"], begun.fields["from"], "to the end of the day before");
    assert_eq!((&begun.fields["lead"], &begun.fields["team"]), (&Value::Bool(true), &Value::from(TEAM)));

    known.absorb(&first.plan.drafts);
    for leaving in [None, Some(vec!["甲".to_owned(), "m-2".to_owned()])] {
        let again = HandoverRequest { leaving, lead: Some("丙".to_owned()), ..asked() };
        let again = hand_over(&again, &context(), &known);
        assert!(again.faults.is_empty() && again.plan.drafts.is_empty(), "{again:?}");
    }
}

#[test]
fn who_stays_is_told_and_days_without_anybody() {
    let known = posted();
    let one = HandoverRequest { leaving: Some(vec!["甲".to_owned()]), coming: Vec::new(), ..asked() };
    let one = hand_over(&one, &context(), &known);
    assert_eq!((names(&one.leaving), names(&one.staying)), (vec!["甲"], vec!["乙"]));
    assert!(one.nobody.is_empty());
    let all = hand_over(&HandoverRequest { coming: Vec::new(), ..asked() }, &context(), &known);
    assert_eq!(all.nobody, [Gap { from: APRIL, to: None }]);

    let mut later = posted();
    let file = "person,village,from\nm-3,440811070209,2026-04-11\n";
    let drafts = good(Kind::Stations, file.as_bytes(), &later).drafts;
    later.absorb(&drafts);
    let gap = hand_over(&HandoverRequest { coming: Vec::new(), ..asked() }, &context(), &later);
    assert_eq!(gap.nobody, [Gap { from: APRIL, to: Some(date(2026, 4, 10)) }]);
}

#[test]
fn the_same_people_go_on_to_another_village() {
    let onward = HandoverRequest { coming: Vec::new(), onward: Some(OTHER.to_owned()), ..asked() };
    let done = hand_over(&onward, &context(), &posted());
    assert!(done.faults.is_empty(), "{:?}", done.faults);
    let came: Vec<(&str, &str, bool)> =
        done.coming.iter().map(|m| (m.name.as_str(), m.village.as_str(), m.lead)).collect();
    assert_eq!(came, [("甲", "440811173203", true), ("乙", "440811173203", false)]);
    assert_eq!((done.plan.report.created, done.plan.report.changed), (2, 2));
}

#[test]
fn what_cannot_be_is_told_with_its_reason() {
    let mut known = posted();
    let elsewhere = "person,village,from\nm-3,440811173203,2026-02-01\n";
    let drafts = good(Kind::Stations, elsewhere.as_bytes(), &known).drafts;
    known.absorb(&drafts);
    let refused = |asked: HandoverRequest| {
        let handover = hand_over(&asked, &context(), &known);
        (codes(&handover).join(" "), handover.faults.first().map(|f| f.message.clone()).unwrap_or_default())
    };
    let (code, message) = refused(asked());
    assert_eq!(code, "overlap");
    assert!(message.contains("440811173203") && message.contains("2026-02-01"), "{message}");
    assert_eq!(refused(HandoverRequest { team: "nobody".to_owned(), ..asked() }).0, "unknown_team");
    let coming = vec!["丁".to_owned()];
    assert_eq!(refused(HandoverRequest { coming, ..asked() }).0, "unknown_person");
    let (leaving, coming) = (Some(vec!["m-3".to_owned()]), Vec::new());
    assert_eq!(refused(HandoverRequest { leaving, coming, ..asked() }).0, "not_posted");
    let (leaving, coming) = (Some(vec!["m-1".to_owned()]), vec!["m-1".to_owned()]);
    assert!(refused(HandoverRequest { leaving, coming, ..asked() }).0.contains("differs"));
    let (coming, lead) = (Vec::new(), Some("m-2".to_owned()));
    assert_eq!(refused(HandoverRequest { coming, lead, ..asked() }).0, "not_posted");
}
