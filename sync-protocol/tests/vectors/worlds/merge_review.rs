//! The policy `review` (section 8).

use sync_protocol::testing::worlds::cast::START;

use super::{Told, tell};
use crate::story::{FINDING, HOUSEHOLD, Story, Who::*, at};

pub fn told() -> Told {
    let both = |s: &mut Story| {
        let a = s.write(InspectorA, FINDING, r#"{"severity":"minor"}"#, &[], &at(1));
        [a, s.write(InspectorB, FINDING, r#"{"severity":"grave"}"#, &[], &at(2))]
    };
    vec![
        tell("differing values are an open conflict", "Both stand in it, also the one shown.", |s| {
            both(s);
        }),
        tell("equal values are none", "", |s| {
            s.write(InspectorA, FINDING, r#"{"severity":"minor"}"#, &[], &at(1));
            s.write(InspectorB, FINDING, r#"{"severity":"m\u0069nor"}"#, &[], &at(2));
        }),
        tell("a value that stood alone is replaced", "", |s| {
            let a = s.write(InspectorA, FINDING, r#"{"severity":"minor"}"#, &[], &at(1));
            s.write(InspectorB, FINDING, r#"{"severity":"grave"}"#, &[a], &at(2));
        }),
        tell("who may not settle replaces only their own", "", |s| {
            let seen = both(s);
            s.write(SecondB, FINDING, r#"{"severity":"serious"}"#, &seen, &at(3));
        }),
        tell("a third does not settle", "", |s| {
            let seen = both(s);
            let fields = format!(r#"{{"person":"zjedz.p.lead","role":"inspector","place":"zjedz","from":{START}}}"#);
            s.office(["zjedz.p.lead/own", "grant", "g8"], &fields, &[]);
            s.write(Lead, FINDING, r#"{"severity":"serious"}"#, &seen, &at(3));
        }),
        tell("the office settles", "", |s| {
            let seen = both(s);
            s.office(FINDING, r#"{"severity":"grave"}"#, &seen);
        }),
        tell("and may be overruled by who saw that", "After the settlement one value stands alone.", |s| {
            let seen = both(s);
            let settled = s.office(FINDING, r#"{"severity":"grave"}"#, &seen);
            s.write(InspectorA, FINDING, r#"{"severity":"minor"}"#, &[settled], &at(300));
        }),
        tell("a settlement that is refused opens the conflict again", "", |s| {
            let seen = both(s);
            let settled = s.office(FINDING, r#"{"severity":"grave"}"#, &seen);
            s.decide("440811070201/inspection", settled, "refuse", &[]);
        }),
        tell("people not known are not one person", "Two phones without enrolment, all of theirs accepted.", |s| {
            let a = s.write(Stranger, HOUSEHOLD, r#"{"head_count":3}"#, &[], &at(1));
            let b = s.write(InspectorA, HOUSEHOLD, r#"{"head_count":4}"#, &[], &at(1));
            let c = s.write(Nobody, HOUSEHOLD, r#"{"head_count":5}"#, &[a, b], &at(3));
            s.decide("440811070201/household", a, "accept", &[]);
            s.decide("440811070201/household", c, "accept", &[]);
        }),
    ]
}
