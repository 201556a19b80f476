//! Installs that forked, and operations that saw each other (sections 4, 6, 8).

use sync_protocol::{chain::blank_line, ids::sha256};

use super::{Told, tell};
use crate::story::{FINDING, VISIT, Who::*, at};

pub fn told() -> Told {
    vec![
        tell("both branches count", "From the fork on an install sees only what it names.", |s| {
            s.write_at(InspectorA, 1, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            s.write_at(InspectorA, 2, FINDING, r#"{"title":"b"}"#, &[], &at(2));
            s.write_at(InspectorA, 2, FINDING, r#"{"title":"c"}"#, &[], &at(3));
            s.write_at(InspectorA, 3, FINDING, r#"{"title":"d"}"#, &[], &at(4));
        }),
        tell("a branch that names its own", "", |s| {
            s.write_at(InspectorA, 1, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            let b = s.write_at(InspectorA, 2, FINDING, r#"{"title":"b"}"#, &[], &at(2));
            s.write_at(InspectorA, 2, VISIT, r#"{"note":"c"}"#, &[], &at(3));
            s.write_at(InspectorA, 3, FINDING, r#"{"title":"d"}"#, &[b], &at(4));
        }),
        tell("the same line twice is no fork", "", |s| {
            s.write_at(InspectorA, 1, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            s.write_at(InspectorA, 1, FINDING, r#"{"title":"a"}"#, &[], &at(1));
        }),
        tell("a blank and its line are no fork", "", |s| {
            s.write_at(InspectorA, 1, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            let line = s.lines[0].bytes.clone();
            s.bytes_at(InspectorA, 1, &blank_line(&sha256(&[&line])));
        }),
        tell("a blank and another line are", "", |s| {
            s.write_at(InspectorA, 1, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            s.bytes_at(InspectorA, 1, &blank_line(&sha256(&[b"another"])));
        }),
        tell("an unreadable line is a content too", "", |s| {
            s.write_at(InspectorA, 1, FINDING, r#"{"title":"a"}"#, &[], &at(1));
            s.bytes_at(InspectorA, 1, b"\xff");
        }),
        tell(
            "operations that saw each other",
            "Seq 1 of A names one of B that names seq 2 of A. Neither replaces the other.",
            |s| {
                let second = s.write_at(InspectorA, 2, FINDING, r#"{"title":"second"}"#, &[], &at(2));
                let b = s.write_at(InspectorB, 1, FINDING, r#"{"title":"other"}"#, &[second], &at(3));
                s.write_at(InspectorA, 1, FINDING, r#"{"title":"first"}"#, &[b], &at(1));
            },
        ),
        tell("and one that saw them all", "It replaces all three, though it names only one.", |s| {
            let second = s.write_at(InspectorA, 2, FINDING, r#"{"title":"second"}"#, &[], &at(2));
            let b = s.write_at(InspectorB, 1, FINDING, r#"{"title":"other"}"#, &[second], &at(3));
            s.write_at(InspectorA, 1, FINDING, r#"{"title":"first"}"#, &[b], &at(1));
            s.write_at(Office, 1, FINDING, r#"{"title":"last"}"#, &[b], &at(0));
        }),
    ]
}
