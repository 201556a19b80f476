//! What the office decides on operations (section 7).

use sync_protocol::testing::worlds::cast::START;

use super::{Told, tell};
use crate::story::{FINDING, VISIT, Who::*, adrift, at};

pub fn told() -> Told {
    let scope = "440811070201/presence";
    let on = move |name, about, fields: &'static str, t: String, decision: &'static str| {
        tell(name, about, move |s| {
            let dot = s.write(Member, VISIT, fields, &[], &t);
            s.decide(scope, dot, decision, &[]);
        })
    };
    vec![
        on("refused", "", r#"{"note":"a"}"#, at(1), "refuse"),
        on("accepted out of quarantine", "It counts with authority other.", r#"{"note":"a"}"#, adrift(), "accept"),
        on("refused in quarantine", "", r#"{"note":"a"}"#, adrift(), "refuse"),
        on("what the schema refused stays refused", "", r#"{"note":7}"#, at(1), "accept"),
        on("and is not refused otherwise", "", r#"{"note":7}"#, at(1), "refuse"),
        on("none", "As if nothing were decided.", r#"{"note":"a"}"#, adrift(), "none"),
        tell("accepted without an enrolment", "Quarantine is passed over, the schema is not.", |s| {
            let good = s.write(Stranger, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            let bad = s.write(Stranger, FINDING, r#"{"title":7}"#, &[], &at(1));
            let kind = s.write(Stranger, ["440811070201/inspection", "drone", "d1"], "{}", &[], &at(1));
            for dot in [good, bad, kind] {
                s.decide("440811070201/inspection", dot, "accept", &[]);
            }
        }),
        tell("refused while held", "", |s| {
            let dot = s.write(InspectorA, ["440811070201/inspection", "drone", "d1"], "{}", &[], &at(1));
            s.decide("440811070201/inspection", dot, "refuse", &[]);
        }),
        tell("the newest decision", "One that saw the earlier replaces it.", |s| {
            let dot = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            let refused = s.decide(scope, dot, "refuse", &[]);
            s.decide(scope, dot, "none", &[refused]);
        }),
        tell("decisions in two scopes", "The record of the higher scope counts, if it says something.", |s| {
            let dot = s.write(Member, VISIT, r#"{"note":"a"}"#, &[], &adrift());
            s.decide(scope, dot, "accept", &[]);
            s.decide("zjedz/roster", dot, "refuse", &[]);
        }),
        tell("a ruling is not decided on", "", |s| {
            let fields = format!(r#"{{"person":"zjedz.p.lead","role":"inspector","place":"zjedz","from":{START}}}"#);
            let dot = s.office(["zjedz.p.lead/own", "grant", "g8"], &fields, &[]);
            s.decide("zjedz.p.lead/own", dot, "refuse", &[]);
            s.write(Lead, FINDING, r#"{"title":"a"}"#, &[], &at(1));
        }),
        tell("an undo", "What the office wrote in the console can be refused.", |s| {
            s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            let dot = s.office(FINDING, r#"{"title":"b"}"#, &[]);
            s.decide("440811070201/inspection", dot, "refuse", &[]);
        }),
    ]
}
