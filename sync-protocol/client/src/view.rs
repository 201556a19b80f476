//! What a screen shows of a record: the record as fed, with own changes laid over it that the server has not shown back yet. Pure.
//!
//! It is a forecast, not a merge: only the server has all operations. Where the forecast is wrong (someone of higher authority wrote
//! the field), the next pull shows what became of it, and the line's standing says why.

use std::collections::BTreeMap;

use mobile_schema::{KindSpec, Policy, Template};
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};
use sync_protocol::{
    InstallId,
    judge::{creator, policy_of},
    line::Op,
    merge::{DELETED, canonical},
    record::Fed,
    set::SetWrite,
};

/// How far a shown value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// From the server.
    Fed,
    /// Own; the server has it (a receipt proves it), and has not shown it back yet.
    Sent,
    /// Own, and still only on this phone.
    Unsent,
}

/// A shown value.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The value, verbatim; a set is a list.
    pub value: Box<RawValue>,
    /// How far it is.
    pub origin: Origin,
}

/// A value kept beside the shown one.
#[derive(Debug, Clone)]
pub struct Beside {
    /// The value.
    pub value: Box<RawValue>,
    /// Who wrote it.
    pub persons: Vec<String>,
    /// Why it is not the one shown: a code of `PROTOCOL.md`, section 9.
    pub why: String,
}

/// A record as a screen shows it.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// Scope.
    pub scope: String,
    /// Kind.
    pub kind: String,
    /// Id.
    pub id: String,
    /// Shown values by field.
    pub fields: BTreeMap<String, Shown>,
    /// Values kept beside, highest first.
    pub beside: BTreeMap<String, Vec<Beside>>,
    /// Fields whose differing values the office is asked about.
    pub open: Vec<String>,
    /// Template of a response.
    pub tpl: Option<String>,
    /// Whether it is deleted (by whoever).
    pub deleted: bool,
    /// Whether the server derived it (a verdict, a standing).
    pub derived: bool,
    /// Whether the server shows it in a newer version of its kind than this app knows: some of it may stand under names that the app does
    /// not know. It is to be shown with a word that a newer app shows more.
    pub newer: bool,
}

impl View {
    /// The field's value as `T`; none if it is not there or of another form.
    pub fn get<T: DeserializeOwned>(&self, field: &str) -> Option<T> {
        serde_json::from_str(self.fields.get(field)?.value.get()).ok()
    }

    /// Whether any change shown is still only on this phone.
    pub fn is_unsent(&self) -> bool {
        self.fields.values().any(|shown| shown.origin == Origin::Unsent)
    }

    /// The shown values as one JSON object.
    pub fn json(&self) -> serde_json::Value {
        let value = |shown: &Shown| serde_json::from_str(shown.value.get()).unwrap_or_default();
        self.fields.iter().map(|(name, shown)| (name.clone(), value(shown))).collect::<serde_json::Map<_, _>>().into()
    }
}

/// Lays own operations (in their order, each with how far it is) over the record as fed.
pub fn overlay(
    (scope, kind, id): (&str, &str, &str),
    fed: Option<&Fed<'_>>,
    own: &[(Op, Origin)],
    template: Option<&Template>,
) -> View {
    let mut view = View { scope: scope.into(), kind: kind.into(), id: id.into(), ..View::default() };
    if let Some(fed) = fed {
        show_fed(&mut view, fed);
    }
    let spec = mobile_schema::kind(kind);
    for (op, origin) in own {
        view.tpl = view.tpl.take().max(op.tpl.clone());
        let mut deletes = false;
        for (name, value) in &op.fields {
            if name == DELETED {
                deletes = value.get() == "true" && op.fields.len() == 1;
            } else {
                write(&mut view, (name, value), op.dot.install, policy(spec, name, template), *origin);
            }
        }
        // A write that the deletion had not seen revives the record with all that was there.
        view.deleted = deletes;
    }
    view
}

fn show_fed(view: &mut View, fed: &Fed<'_>) {
    let shown = |value: &&RawValue| Shown { value: (*value).to_owned(), origin: Origin::Fed };
    view.fields = fed.f.iter().map(|(name, value)| (name.clone(), shown(value))).collect();
    let person = |i: &usize| fed.by.get(*i).map(|by| by.1.clone());
    for (field, values) in &fed.alt {
        let beside = values.iter().map(|b| Beside {
            value: b.v.to_owned(),
            persons: b.by.iter().filter_map(person).collect(),
            why: b.why.clone(),
        });
        view.beside.insert(field.clone(), beside.collect());
    }
    view.open.clone_from(&fed.open);
    view.tpl.clone_from(&fed.tpl);
    view.deleted = fed.gone;
    view.derived = fed.derived;
    view.newer = mobile_schema::kind(&fed.k).is_some_and(|spec| fed.v > spec.version);
}

fn policy(spec: Option<&KindSpec>, field: &str, template: Option<&Template>) -> Policy {
    spec.map_or(Policy::Single, |spec| policy_of(spec, field, template))
}

fn write(view: &mut View, (name, value): (&str, &RawValue), by: InstallId, policy: Policy, origin: Origin) {
    match policy {
        Policy::Set => {
            let list = change_set(view.fields.get(name).map(|shown| &*shown.value), value);
            if let Some(value) = list {
                view.fields.insert(name.to_owned(), Shown { value, origin });
            }
        }
        // Evidence is not changed: what is there stays, and who did not create the record only proposes.
        Policy::Once if view.fields.contains_key(name) || creator(&view.id) != Some(by) => {}
        _ => {
            view.fields.insert(name.to_owned(), Shown { value: value.to_owned(), origin });
        }
    }
}

/// The list after a write to it; none if either cannot be read.
fn change_set(list: Option<&RawValue>, write: &RawValue) -> Option<Box<RawValue>> {
    let mut elements: Vec<&RawValue> = list.map_or(Some(Vec::new()), |l| serde_json::from_str(l.get()).ok())?;
    let write: SetWrite<'_> = serde_json::from_str(write.get()).ok()?;
    for (removed, _) in &write.remove {
        elements.retain(|e| canonical(e) != canonical(removed));
    }
    for added in &write.add {
        if !elements.iter().any(|e| canonical(e) == canonical(added)) {
            elements.push(added);
        }
    }
    elements.sort_by(|a, b| a.get().as_bytes().cmp(b.get().as_bytes()));
    to_raw_value(&elements).ok()
}

#[cfg(test)]
mod tests {
    use sync_protocol::line::{Line, read};

    use super::*;

    const INSTALL: InstallId = InstallId([7; 16]);

    fn own(kind: &str, id: &str, seq: u64, f: &str, origin: Origin) -> (Op, Origin) {
        let line = format!(r#"{{"s":"440811070201/presence","k":"{kind}","id":"{id}","f":{f}}}"#);
        match read(INSTALL, seq, line.as_bytes()) {
            Line::Op(op) => (*op, origin),
            other => panic!("{other:?}"),
        }
    }

    fn name<'a>(kind: &'a str, id: &'a str) -> (&'a str, &'a str, &'a str) {
        ("440811070201/presence", kind, id)
    }

    #[test]
    fn own_changes_lie_over_what_was_fed_and_are_flagged() {
        let body = format!(
            r#"{{"by":[["{INSTALL}:1:2c26b46b68ffc68f","zjedz.p.a","other",5]],"el":{{"companions":[[0]]}},"f":{{"companions":["zjedz.p.b"],"note":"old","purpose":"p"}},"id":"v","k":"visit","s":"440811070201/presence"}}"#
        );
        let fed = Fed::read(&body).unwrap();
        let ops = [
            own("visit", "v", 2, r#"{"note":"new","companions":{"add":["zjedz.p.c"]}}"#, Origin::Sent),
            own("visit", "v", 3, r#"{"companions":{"remove":[["zjedz.p.b",[]]]}}"#, Origin::Unsent),
        ];
        let view = overlay(name("visit", "v"), Some(&fed), &ops, None);
        assert_eq!(view.json().to_string(), r#"{"companions":["zjedz.p.c"],"note":"new","purpose":"p"}"#);
        let origins: Vec<Origin> = view.fields.values().map(|shown| shown.origin).collect();
        assert_eq!(origins, [Origin::Unsent, Origin::Sent, Origin::Fed]);
        assert!(view.is_unsent());
    }

    #[test]
    fn what_an_app_wrote_before_its_update_is_shown_as_the_new_one_spells_it() {
        let own = |f| own("household", "h", 1, f, Origin::Unsent);
        let view = overlay(name("household", "h"), None, &[own(r#"{"notes":"a"}"#)], None);
        assert_eq!(view.json().to_string(), r#"{"note":"a"}"#);
        let newer = r#"{"by":[],"f":{"remark":"b"},"id":"h","k":"household","s":"440811070201/household","v":9}"#;
        let view = overlay(name("household", "h"), Some(&Fed::read(newer).unwrap()), &[own(r#"{"notes":"a"}"#)], None);
        assert!(view.newer);
        assert_eq!(view.json().to_string(), r#"{"note":"a","remark":"b"}"#, "what it does not know stays");
    }

    #[test]
    fn a_later_own_write_revives_what_was_deleted() {
        let ops = [
            own("visit", "v", 1, r#"{"note":"n"}"#, Origin::Unsent),
            own("visit", "v", 2, r#"{"_deleted":true}"#, Origin::Unsent),
        ];
        assert!(overlay(name("visit", "v"), None, &ops, None).deleted);
        let revived = [ops[0].clone(), ops[1].clone(), own("visit", "v", 3, r#"{"purpose":"p"}"#, Origin::Unsent)];
        let view = overlay(name("visit", "v"), None, &revived, None);
        assert!(!view.deleted);
        assert_eq!(view.get::<String>("note").as_deref(), Some("n"));
    }

    #[test]
    fn evidence_stays_as_first_written() {
        let id = format!("{INSTALL}.1");
        let ops = [
            own("fix", &id, 1, r#"{"lat":21.0}"#, Origin::Unsent),
            own("fix", &id, 2, r#"{"lat":22.0}"#, Origin::Unsent),
        ];
        assert_eq!(overlay(name("fix", &id), None, &ops, None).get::<f64>("lat"), Some(21.0));
        let other = format!("{}.1", InstallId([8; 16]));
        let proposal = [own("fix", &other, 3, r#"{"lat":23.0}"#, Origin::Unsent)];
        assert!(overlay(name("fix", &other), None, &proposal, None).fields.is_empty());
    }
}
