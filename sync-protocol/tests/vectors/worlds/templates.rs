//! Responses and their checklists (sections 7, 8).

use sync_protocol::testing::worlds::values_template;

use super::{Told, response, tell};
use crate::story::{Story, VISIT, Who, Who::*, at};

pub fn told() -> Told {
    let tpl = |n: u8| format!(r#","tpl":"t@{n}""#);
    let publish = |s: &mut Story, version: u32| {
        s.office(["zjedz/roster", "checklist_template", &format!("t@{version}")], &values_template(version), &[]);
    };
    let of = move |s: &mut Story, who: Who, n: u8, fields: &str, minute: i64| {
        let id = response();
        s.write_with(who, ["440811070201/inspection", "response", &id], fields, &[], &at(minute), &tpl(n))
    };
    vec![
        tell("two inspectors fill one checklist", "A score is reviewed.", move |s| {
            of(s, InspectorA, 1, r#"{"i.score":3,"i.text":"a"}"#, 1);
            of(s, InspectorB, 1, r#"{"i.score":4,"note":"b"}"#, 2);
        }),
        tell("no template named", "", |s| {
            let id = response();
            s.write(InspectorA, ["440811070201/inspection", "response", &id], "{}", &[], &at(1));
        }),
        tell("a template not known", "Held before the schema.", move |s| {
            of(s, InspectorA, 2, r#"{"i.score":99,"note":7}"#, 1);
        }),
        tell("an answer the template does not take", "", move |s| {
            of(s, InspectorA, 1, r#"{"i.score":99}"#, 1);
        }),
        tell("an answer to no item", "Kept like any unknown field.", move |s| {
            of(s, InspectorA, 1, r#"{"i.zz":99}"#, 1);
        }),
        tell(
            "two versions",
            "The newest named by an operation that counts gives the policies: the score is not reviewed in it.",
            move |s| {
                publish(s, 2);
                of(s, InspectorA, 1, r#"{"i.score":3}"#, 1);
                of(s, InspectorB, 2, r#"{"i.score":4}"#, 2);
            },
        ),
        tell("version 10 is newer than 9", "", move |s| {
            for version in [9, 10] {
                let template = values_template(if version == 9 { 1 } else { 2 });
                let template =
                    template.replace(r#""version":1"#, r#""version":9"#).replace(r#""version":2"#, r#""version":10"#);
                s.office(["zjedz/roster", "checklist_template", &format!("t@{version}")], &template, &[]);
            }
            of(s, InspectorA, 9, r#"{"i.score":3}"#, 1);
            of(s, InspectorB, 10, r#"{"i.score":4}"#, 2);
        }),
        tell(
            "an item that became a set",
            "A text that is no set write is not lost: all are single values.",
            move |s| {
                publish(s, 2);
                of(s, InspectorA, 1, r#"{"i.pic":"none taken"}"#, 1);
                of(s, InspectorB, 2, &format!(r#"{{"i.pic":{{"add":["{}"]}}}}"#, "1".repeat(64)), 2);
            },
        ),
        tell("a template under another's name", "The record of t@3 says version 1: it is no template.", move |s| {
            s.office(["zjedz/roster", "checklist_template", "t@3"], &values_template(1), &[]);
            of(s, InspectorA, 3, "{}", 1);
        }),
        tell("tpl in another kind", "Ignored.", |s| {
            s.write_with(Member, VISIT, r#"{"note":"a"}"#, &[], &at(1), r#","tpl":"t@1""#);
        }),
    ]
}
