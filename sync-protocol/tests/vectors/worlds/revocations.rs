//! Installs that ended or were lost (section 7).

use sync_protocol::{Dot, chain::blank_line, ids::sha256, testing::worlds::cast::START};

use super::{Told, tell};
use crate::story::{FINDING, Story, Who, Who::*, adrift, at};

fn enrolment(who: Who) -> [String; 3] {
    let person = match who {
        Member => "member",
        _ => "inspector-a",
    };
    [format!("zjedz.p.{person}/own"), "enrolment".to_owned(), who.install().to_string()]
}

fn revoke(s: &mut Story, who: Who, fields: &str) -> Dot {
    let [a, b, c] = enrolment(who);
    s.office([&a, &b, &c], fields, &[])
}

fn three(s: &mut Story) {
    for (i, title) in ["a", "b", "c"].into_iter().enumerate() {
        s.write(InspectorA, FINDING, &format!(r#"{{"title":"{title}"}}"#), &[], &at(i as i64 + 1));
    }
}

pub fn told() -> Told {
    vec![
        tell("ended", "What was written before counts; the moment itself does not.", |s| {
            three(s);
            revoke(s, InspectorA, &format!(r#"{{"ended":{}}}"#, START + 2 * 60_000));
        }),
        tell("ended, and the time is open above", "", |s| {
            s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            s.write(InspectorA, FINDING, r#"{"title":"b"}"#, &[], &adrift());
            revoke(s, InspectorA, &format!(r#"{{"ended":{}}}"#, START + 100_000_000));
        }),
        tell("ended, taken back", "", |s| {
            s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(5));
            let ended = revoke(s, InspectorA, &format!(r#"{{"ended":{START}}}"#));
            let [a, b, c] = enrolment(InspectorA);
            s.office([&a, &b, &c], r#"{"ended":null}"#, &[ended]);
        }),
        tell("lost", "The lines on the chain that ends in the head count.", |s| {
            three(s);
            let head = s.head(InspectorA, 2);
            revoke(s, InspectorA, &format!(r#"{{"lost":{{"seq":2,"head":"{head}"}}}}"#));
        }),
        tell("lost, with a head of no known chain", "Nothing is known to be its owner's.", |s| {
            three(s);
            revoke(s, InspectorA, &format!(r#"{{"lost":{{"seq":2,"head":"{}"}}}}"#, "0".repeat(64)));
        }),
        tell("lost, above what is known", "A line is missing below it.", |s| {
            three(s);
            revoke(s, InspectorA, &format!(r#"{{"lost":{{"seq":9,"head":"{}"}}}}"#, "0".repeat(64)));
        }),
        tell("lost before the first line", "", |s| {
            three(s);
            let head = s.head(InspectorA, 0);
            revoke(s, InspectorA, &format!(r#"{{"lost":{{"seq":0,"head":"{head}"}}}}"#));
        }),
        tell("lost, and it cannot be read", "Then nothing counts, rather than all.", |s| {
            three(s);
            revoke(s, InspectorA, r#"{"lost":{"seq":"2"}}"#);
        }),
        tell(
            "lost, and who found it goes on from before",
            "Of the two branches the one counts that ends in the head.",
            |s| {
                three(s);
                let head = s.head(InspectorA, 3);
                s.write_at(InspectorA, 2, FINDING, r#"{"title":"x"}"#, &[], &at(8));
                s.write_at(InspectorA, 3, FINDING, r#"{"title":"y"}"#, &[], &at(9));
                revoke(s, InspectorA, &format!(r#"{{"lost":{{"seq":3,"head":"{head}"}}}}"#));
            },
        ),
        tell("lost, with a blank on the chain", "A blank holds its place.", |s| {
            s.write(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            s.bytes(InspectorA, &blank_line(&sha256(&[b"gone"])));
            s.write(InspectorA, FINDING, r#"{"title":"c"}"#, &[], &at(3));
            let head = s.head(InspectorA, 3);
            revoke(s, InspectorA, &format!(r#"{{"lost":{{"seq":3,"head":"{head}"}}}}"#));
        }),
    ]
}
