//! What the server install writes: the office's enrolments, rights, decisions, settlements, templates.

use super::{
    World,
    cast::{self, Cast, GRANTS, START, VILLAGE},
    seen_text, values,
};
use crate::ids::Dot;

const DAY_MS: i64 = 86_400_000;

impl World {
    pub(super) fn enrol_all(&mut self) {
        let cast = Cast::get();
        for install in cast.installs.iter().filter(|i| i.enrolled).chain([&cast.server_install]) {
            let certificate = serde_json::to_string(&install.certificate).expect("plain values serialise");
            let id = install.id.to_string();
            self.rule(
                &format!("{}/own", install.person),
                "enrolment",
                &id,
                &format!(r#"{{"certificate":{certificate}}}"#),
                &[],
            );
        }
        self.rule(
            "zjedz/roster",
            "place",
            "zjedz",
            r#"{"level":"district","towns":{"add":["440811070","440811173"]}}"#,
            &[],
        );
        for (i, (role, person, place, from, to)) in GRANTS.iter().enumerate() {
            let (from, to) = (START + from * DAY_MS, START + to * DAY_MS);
            let f = format!(r#"{{"person":"{person}","role":"{role}","place":"{place}","from":{from},"to":{to}}}"#);
            self.rule(&format!("{person}/own"), "grant", &format!("g{i}"), &f, &[]);
        }
        for (person, lead) in [("zjedz.p.member", "false"), ("zjedz.p.lead", "true")] {
            let f = format!(r#"{{"person":"{person}","village":"{VILLAGE}","lead":{lead},"from":{START}}}"#);
            self.rule("zjedz/roster", "station", &format!("s-{lead}"), &f, &[]);
        }
        self.rule("zjedz/roster", "checklist_template", "t@1", &values::template(1), &[]);
    }

    /// A line of the server install, by the office.
    pub(super) fn rule(&mut self, scope: &str, kind: &str, id: &str, fields: &str, seen: &[Dot]) -> Dot {
        self.rule_as(r#","by":"zjedz.p.office","as":"office""#, scope, kind, id, fields, seen)
    }

    fn rule_as(&mut self, acting: &str, scope: &str, kind: &str, id: &str, fields: &str, seen: &[Dot]) -> Dot {
        self.server_seq += 1;
        let tpl = if kind == "response" { r#","tpl":"t@1""# } else { "" };
        let t = format!(r#","t":{{"w":{0},"n":[{0},0]}}"#, self.now);
        let rest = format!(r#","f":{fields}{acting}{tpl}{}{t}"#, seen_text(seen));
        let record = (scope.to_owned(), kind.to_owned(), id.to_owned());
        self.op(Cast::get().server_install.id, self.server_seq, record, &rest)
    }

    /// Accepts, refuses or takes back, seeing what the office decided before or not.
    pub(super) fn decide(&mut self, which: u8, how: u8) {
        let Some(op) = self.nth(which) else { return };
        let decision = ["accept", "refuse", "none", "accept"][usize::from(how) % 4];
        let record = (op.record.0.clone(), "decision".to_owned(), op.dot.to_string());
        let scope = if how & 64 == 0 { record.0.clone() } else { "zjedz/roster".to_owned() };
        let seen = if how & 32 == 0 { self.dots_of(&record) } else { Vec::new() };
        self.rule(&scope, "decision", &record.2, &format!(r#"{{"decision":"{decision}"}}"#), &seen);
    }

    /// Erases an operation or all of its record, by the place of the record or elsewhere, and rightly or not as one that broke the schema;
    /// or deletes an erasure, which changes nothing.
    pub(super) fn erase(&mut self, which: u8, how: u8) {
        let Some(op) = self.nth(which) else { return };
        let of_record = self.dots_of(&op.record);
        let dots = if how & 1 == 0 { of_record } else { vec![op.dot] };
        let scope = if how & 64 == 0 { op.record.0.clone() } else { "zjedz/roster".to_owned() };
        let fields = match how >> 1 & 7 {
            0 => r#"{"reason":"asked","fault":"note: too_long"}"#,
            1 => r#"{"_deleted":true}"#,
            2 => "{}",
            _ => r#"{"reason":"asked","basis":"consent_withdrawn"}"#,
        };
        for dot in dots {
            let record = (scope.clone(), "erasure".to_owned(), dot.to_string());
            let seen = if how & 32 == 0 { self.dots_of(&record) } else { Vec::new() };
            self.rule(&record.0, "erasure", &record.2, fields, &seen);
        }
    }

    /// Writes over the fields of a record, seeing all of it.
    pub(super) fn settle(&mut self, which: u8, how: u8) {
        let Some(op) = self.nth(which) else { return };
        let (s, k, id) = &op.record;
        let seen = self.dots_of(&op.record);
        let acting = match how % 5 {
            0 => r#","by":"zjedz.p.town","as":"town""#,
            1 => "",
            2 => r#","by":"zjedz.p.inspector-a","as":"inspector""#,
            _ => r#","by":"zjedz.p.office","as":"office""#,
        };
        let fields = values::fields(k, how, how / 2);
        self.rule_as(acting, s, k, id, &fields, &seen);
    }

    /// Ends a phone or cuts it as lost, also back-dated, with the right head or a wrong one.
    pub(super) fn revoke(&mut self, who: usize, how: u8, at: u8) {
        let install = &Cast::get().installs[who];
        let last = self.lines.iter().filter(|l| l.install == install.id).map(|l| l.seq).max().unwrap_or(0);
        let seq = last.saturating_sub(u64::from(at % 4));
        let ended = if at < 96 { self.phones[who].wrote } else { START + i64::from(at) * 7_200_000 };
        let fields = match how % 6 {
            0 | 1 => format!(r#"{{"ended":{ended}}}"#),
            2 => r#"{"ended":null,"lost":null}"#.to_owned(),
            3 => format!(r#"{{"lost":{{"seq":{seq},"head":"{}"}}}}"#, "0".repeat(64)),
            4 if at > 200 => r#"{"lost":{"seq":"two"}}"#.to_owned(),
            _ => format!(r#"{{"lost":{{"seq":{seq},"head":"{}"}}}}"#, self.head(install.id, seq)),
        };
        let record = (format!("{}/own", install.person), "enrolment".to_owned(), install.id.to_string());
        let seen = self.dots_of(&record);
        self.rule(&record.0, "enrolment", &record.2, &fields, &seen);
    }

    /// Moves the begin or the end of a grant or a station, back-dated or not, or deletes it.
    pub(super) fn change_right(&mut self, which: u8, how: u8, at: u8) {
        let at =
            if at < 96 { self.phones[usize::from(at) % 8].wrote } else { START + (i64::from(at) - 116) * 3_600_000 };
        let which = usize::from(which) % (GRANTS.len() + 2);
        let record = match GRANTS.get(which) {
            Some((_, person, ..)) => (format!("{person}/own"), "grant".to_owned(), format!("g{which}")),
            None => ("zjedz/roster".to_owned(), "station".to_owned(), format!("s-{}", which == GRANTS.len())),
        };
        let fields = match how % 5 {
            0 | 1 => format!(r#"{{"to":{at}}}"#),
            2 => format!(r#"{{"from":{at}}}"#),
            3 => r#"{"to":null}"#.to_owned(),
            _ => r#"{"_deleted":true}"#.to_owned(),
        };
        let seen = if how & 32 == 0 { self.dots_of(&record) } else { Vec::new() };
        self.rule(&record.0, &record.1, &record.2, &fields, &seen);
    }

    /// Publishes a template, which phones may have used before, or a broken one; or changes the district.
    pub(super) fn publish(&mut self, which: u8, how: u8) {
        match which % 6 {
            0..=2 => self.rule("zjedz/roster", "checklist_template", "t@2", &values::template(2), &[]),
            3 => self.rule("zjedz/roster", "checklist_template", "t@3", &values::template(1), &[]),
            4 => {
                let f = r#"{"towns":{"remove":[["440811070",[]]]}}"#;
                let back = r#"{"towns":{"add":["440811070"]}}"#;
                self.rule("zjedz/roster", "place", "zjedz", if how.is_multiple_of(2) { f } else { back }, &[])
            }
            _ if how % 2 == 1 => {
                // A town's right beside those of the office, for a span that they cover together only.
                let f = format!(
                    r#"{{"person":"zjedz.p.office","role":"town","place":"zjedz","from":{}}}"#,
                    START + i64::from(how) * 600_000
                );
                self.rule("zjedz.p.office/own", "grant", "g-town", &f, &[])
            }
            _ => self.rule("zjedz/roster", "fence", cast::VILLAGE, r#"{"source":"survey"}"#, &[]),
        };
    }
}
