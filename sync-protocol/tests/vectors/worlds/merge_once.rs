//! The policy `once` (section 8).

use super::{Told, fix, tell};
use crate::story::{Story, VISIT, Who::*, at};

pub fn told() -> Told {
    let of = |id: String, story: fn(&mut Story, [&str; 3])| {
        move |s: &mut Story| story(s, ["440811070201/presence", "fix", &id])
    };
    vec![
        tell(
            "the first value stands",
            "The phone's own second thought is a proposal.",
            of(fix(Member), |s, r| {
                s.write(Member, r, r#"{"lat":21}"#, &[], &at(1));
                s.write(Member, r, r#"{"lat":22}"#, &[], &at(2));
            }),
        ),
        tell(
            "a correction by another",
            "Whatever it saw, and whoever wrote it.",
            of(fix(Member), |s, r| {
                let a = s.write(Member, r, r#"{"lat":21}"#, &[], &at(1));
                let b = s.write(Lead, r, r#"{"lat":22}"#, &[a], &at(2));
                s.office(r, r#"{"lat":23}"#, &[a, b]);
            }),
        ),
        tell(
            "an equal value is no correction",
            "It is fed as the phone that took it spelt it.",
            of(fix(Member), |s, r| {
                s.write(Member, r, r#"{"lat":21}"#, &[], &at(1));
                s.office(r, r#"{"lat":21.0}"#, &[]);
            }),
        ),
        tell(
            "corrections alone",
            "Nothing is shown.",
            of(fix(Member), |s, r| {
                s.write(Lead, r, r#"{"lat":22}"#, &[], &at(2));
            }),
        ),
        tell(
            "a fork: the lower hash",
            "",
            of(fix(Member), |s, r| {
                s.write_at(Member, 1, r, r#"{"lat":21}"#, &[], &at(1));
                s.write_at(Member, 1, r, r#"{"lat":22}"#, &[], &at(1));
            }),
        ),
        tell(
            "a fork, one branch refused",
            "The other shows.",
            of(fix(Member), |s, r| {
                let mut dots = [r#"{"lat":21}"#, r#"{"lat":22}"#].map(|f| s.write_at(Member, 1, r, f, &[], &at(1)));
                dots.sort();
                s.decide("440811070201/presence", dots[0], "refuse", &[]);
            }),
        ),
        tell(
            "a fork that came first is evidence too",
            "Lowest seq, then hash, on whichever branch.",
            of(fix(Member), |s, r| {
                s.write_at(Member, 2, r, r#"{"lat":21}"#, &[], &at(1));
                s.write_at(Member, 1, r, r#"{"lat":22}"#, &[], &at(5));
                s.write_at(Member, 1, VISIT, r#"{"note":"a"}"#, &[], &at(1));
            }),
        ),
    ]
}
