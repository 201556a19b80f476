//! What a server install may do, and what a phone that plays one may not (section 7).

use sync_protocol::testing::worlds::cast::Cast;

use super::{Told, tell};
use crate::story::{FINDING, VISIT, Who::*, at};

pub fn told() -> Told {
    vec![
        tell("acting for a person", "The person and the role named in the line.", |s| {
            s.write_with(Server, FINDING, r#"{"title":"a"}"#, &[], &at(1), r#","by":"zjedz.p.town","as":"town""#);
        }),
        tell("acting by itself", "Person is the server's own name, authority office.", |s| {
            s.write(Server, FINDING, r#"{"title":"a"}"#, &[], &at(1));
        }),
        tell("half of it is nothing", "", |s| {
            s.write_with(Server, FINDING, r#"{"title":"a"}"#, &[], &at(1), r#","as":"town""#);
        }),
        tell("its lines keep form and schema too", "", |s| {
            s.office(FINDING, r#"{"title":7}"#, &[]);
            s.office(["440811070201/household", "finding", "f1"], "{}", &[]);
            s.office(["440811070201/inspection", "drone", "d1"], "{}", &[]);
        }),
        tell("a phone that names an acting person", "It is who it is.", |s| {
            let acting = r#","by":"zjedz.p.office","as":"admin""#;
            s.write_with(InspectorA, FINDING, r#"{"title":"a"}"#, &[], &at(1), acting);
            s.write_with(Member, FINDING, r#"{"title":"b"}"#, &[], &at(1), acting);
        }),
        tell("a certificate copied into a phone's line", "It says nothing of that phone.", |s| {
            let server = &Cast::get().server_install;
            let certificate = serde_json::to_string(&server.certificate).unwrap();
            let id = Stranger.install().to_string();
            s.write(
                Stranger,
                ["zjedz.p.stranger/own", "enrolment", &id],
                &format!(r#"{{"certificate":{certificate}}}"#),
                &[],
                &at(1),
            );
            s.write(Stranger, FINDING, r#"{"title":"a"}"#, &[], &at(2));
        }),
        tell("a certificate in another install's record", "The record says nothing.", |s| {
            let lead = &Cast::get().installs[1];
            let certificate = serde_json::to_string(&lead.certificate).unwrap();
            let id = Stranger.install().to_string();
            s.office(["zjedz.p.stranger/own", "enrolment", &id], &format!(r#"{{"certificate":{certificate}}}"#), &[]);
            s.write(Stranger, VISIT, r#"{"note":"a"}"#, &[], &at(2));
        }),
        tell("a certificate that no server signed", "", |s| {
            let stranger = &Cast::get().installs[7];
            let mut certificate = stranger.certificate.clone();
            certificate.person = "zjedz.p.office".to_owned();
            let f = format!(r#"{{"certificate":{}}}"#, serde_json::to_string(&certificate).unwrap());
            s.office(["zjedz.p.stranger/own", "enrolment", &stranger.id.to_string()], &f, &[]);
            s.write(Stranger, FINDING, r#"{"title":"a"}"#, &[], &at(2));
        }),
        tell("an enrolment that comes late", "What waited for it counts.", |s| {
            s.write(Stranger, ["zjedz.p.stranger/own", "leave", "l1"], r#"{"reason":"a"}"#, &[], &at(1));
            let stranger = &Cast::get().installs[7];
            let f = format!(r#"{{"certificate":{}}}"#, serde_json::to_string(&stranger.certificate).unwrap());
            s.office(["zjedz.p.stranger/own", "enrolment", &stranger.id.to_string()], &f, &[]);
        }),
    ]
}
