//! Every kind holds together: its declaration, its struct, its rules.

use mobile_schema::spec::{FieldType, IdRule, KindSpec, Policy, Role};
use mobile_schema::{KINDS, Lane, check, kind, kinds};
use serde_json::value::RawValue;
use serde_json::{Value, json};

#[test]
fn kinds_are_found_by_name() {
    assert!(KINDS.is_sorted_by(|a, b| a.name < b.name));
    for k in KINDS {
        assert_eq!(kind(k.name).unwrap().name, k.name);
    }
    assert!(kind("campaigns").is_none());
    assert!(kind("").is_none());
}

#[test]
fn ruling_kinds_are_written_by_servers_only() {
    for k in KINDS.iter().filter(|k| k.ruling) {
        assert!(k.server_only(), "{}", k.name);
    }
    let ruling: Vec<&str> = KINDS.iter().filter(|k| k.ruling).map(|k| k.name).collect();
    let expected = [
        "checklist_template",
        "decision",
        "enrolment",
        "erasure",
        "fence",
        "grant",
        "person",
        "place",
        "received",
        "rule",
        "station",
        "team",
        "unit",
    ];
    assert_eq!(ruling, expected);
}

#[test]
fn managers_change_nothing_but_their_own() {
    for k in KINDS {
        for lane in k.lanes.iter().filter(|l| l.lane != Lane::Own) {
            assert!(!lane.writers.contains(&Role::Manager), "{} in {}", k.name, lane.lane.name());
        }
    }
}

#[test]
fn nobody_writes_where_they_may_not_read() {
    for k in KINDS {
        for rule in k.lanes.iter().filter(|l| l.lane != Lane::Own) {
            for writer in rule.writers {
                assert!(writer.opens().contains(&rule.lane), "{} in {}: {}", k.name, rule.lane.name(), writer.name());
            }
        }
    }
}

/// `PROTOCOL.md`, section 7: "In a person's own scope they may always write …".
#[test]
fn in_their_own_scope_people_write_what_the_protocol_says() {
    let own: Vec<&str> =
        KINDS.iter().filter(|k| k.lane(Lane::Own).is_some_and(|l| !l.writers.is_empty())).map(|k| k.name).collect();
    assert_eq!(own, ["appeal", "carried", "duty_away", "inquiry", "leave", "photo"]);
    // In the scopes of others only who runs the place or approves there: a manager or an inspector of the district writes nobody's leave.
    for name in own {
        let writers = kind(name).unwrap().lane(Lane::Own).unwrap().writers;
        assert_eq!(writers, [Role::Admin, Role::Office, Role::Town], "{name}");
    }
}

#[test]
fn fields_are_named_once_and_documented() {
    for k in KINDS {
        let mut names: Vec<&str> = k.fields.iter().map(|f| f.name).collect();
        names.sort_unstable();
        assert!(names.is_sorted_by(|a, b| a < b), "{}", k.name);
        for f in k.fields {
            assert!(
                !f.name.starts_with(['_', '#']) && !f.name.contains('.') && !f.name.contains('#'),
                "{}.{}",
                k.name,
                f.name
            );
            assert!(f.doc.len() > 3 && f.doc.trim() == f.doc, "{}.{}", k.name, f.name);
        }
        assert!(k.version >= 1 && !k.lanes.is_empty() && !k.doc.is_empty(), "{}", k.name);
    }
    assert!(kind("finding").unwrap().field("type").is_some());
    assert!(kind("duty_away").unwrap().field("where").is_some());
}

/// Only a creating install, which the id must name, can write `once`.
#[test]
fn evidence_has_ids_that_name_the_install() {
    for k in KINDS {
        if k.fields.iter().any(|f| f.policy == Policy::Once) {
            assert_eq!(k.id, IdRule::Own, "{}", k.name);
        }
    }
}

#[test]
fn kinds_of_phones_have_fields_for_phones_and_the_others_have_none() {
    for k in KINDS.iter().filter(|k| !k.server_only()) {
        assert!(k.fields.iter().any(|f| f.policy != Policy::Office), "{}", k.name);
    }
    for k in KINDS.iter().filter(|k| k.server_only()) {
        assert!(k.fields.iter().all(|f| matches!(f.policy, Policy::Office | Policy::Set)), "{}", k.name);
    }
}

/// A value that the type takes.
fn sample(ty: &FieldType) -> Value {
    match ty {
        FieldType::Bool => json!(true),
        FieldType::Int { max, .. } => json!(max),
        FieldType::Number { min, .. } => json!(min),
        FieldType::Text { max } => json!("村".repeat(*max)),
        FieldType::Choice { of } => json!(of.last()),
        FieldType::Date => json!("2024-02-29"),
        FieldType::Instant => json!(1_767_225_600_000u64),
        FieldType::Id => json!("0197a0b0-0000-7000-8000-000000000001"),
        FieldType::Person => json!("zjedz.p.m-0012"),
        FieldType::Place => json!("440811070"),
        FieldType::Village => json!("440811070201"),
        FieldType::Sha256 => json!("ab".repeat(32)),
        FieldType::Geometry => json!({ "type": "Circle", "coordinates": [110.4, 21.0], "radius_m": 800 }),
        FieldType::List { of, .. } => json!([sample(of)]),
        FieldType::Json { .. } => json!({ "seq": 3, "head": "ab".repeat(32) }),
    }
}

fn faults(k: &KindSpec, fields: &Value) -> Vec<check::Fault> {
    let raw: Vec<(&str, Box<RawValue>)> = fields
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.as_str(), RawValue::from_string(value.to_string()).unwrap()))
        .collect();
    k.check(raw.iter().map(|(name, value)| (*name, &**value)))
}

/// One record of each kind, with every field filled: the check takes it as written, the struct reads it as merged.
#[test]
fn what_the_check_takes_the_struct_reads() {
    macro_rules! each {
        ($($module:ident :: $Struct:ident),* $(,)?) => {{
            let mut seen = Vec::new();
            $(
                let k = &kinds::$module::SPEC;
                let (mut written, mut merged) = (json!({ "of_a_newer_app": [1] }), json!({ "of_a_newer_app": [1] }));
                for f in k.fields {
                    let value = sample(&f.ty);
                    let set = f.policy == Policy::Set;
                    written[f.name] = if set { json!({ "add": [value] }) } else { value.clone() };
                    merged[f.name] = if set { json!([value]) } else { value };
                }
                assert_eq!(faults(k, &written), [], "{}", k.name);
                let read: kinds::$module::$Struct = serde_json::from_value(merged).unwrap_or_else(|e| panic!("{}: {e}", k.name));
                let shown = format!("{read:?}");
                assert!(!shown.contains("None") && !shown.contains("[]"), "a field is not read by its name: {shown}");
                let cleared: Value = k.fields.iter().filter(|f| f.policy != Policy::Set).map(|f| (f.name, Value::Null)).collect();
                assert_eq!(faults(k, &cleared), [], "{}", k.name);
                let read: kinds::$module::$Struct = serde_json::from_value(cleared).unwrap();
                assert_eq!(read, Default::default());
                seen.push(k.name);
            )*
            seen
        }};
    }
    let seen = each![
        acknowledgement::Acknowledgement,
        appeal::Appeal,
        cadre::Cadre,
        carried::Carried,
        check_in::CheckIn,
        checklist_template::ChecklistTemplate,
        decision::Decision,
        duty_away::DutyAway,
        enrolment::Enrolment,
        erasure::Erasure,
        fence::Fence,
        finding::Finding,
        fix::Fix,
        grant::Grant,
        hold::Hold,
        household::Household,
        inquiry::Inquiry,
        leave::Leave,
        person::Person,
        photo::Photo,
        place::PlaceRecord,
        received::Received,
        response::Response,
        review::Review,
        roll_call::RollCall,
        rule::Rule,
        seal::Seal,
        signal_review::SignalReview,
        station::Station,
        team::Team,
        unit::Unit,
        visit::Visit,
        work_log::WorkLog,
    ];
    assert_eq!(seen, KINDS.iter().map(|k| k.name).collect::<Vec<_>>());
}

#[test]
fn an_enrolment_tells_what_was_lost() {
    let read = |json: &str| serde_json::from_str::<kinds::enrolment::Enrolment>(json).unwrap().lost();
    let lost = read(r#"{"lost":{"seq":7,"head":"ab"}}"#).unwrap();
    assert_eq!((lost.seq, lost.head.as_str()), (7, "ab"));
    assert_eq!(read("{}"), None);
}

#[test]
fn derived_ids_depend_on_kind_and_every_part() {
    let id = mobile_schema::derived_id("response", &["0197a0b0-0000-7000-8000-000000000001", "towns"]);
    // Computed apart, with Python's hashlib and uuid.
    assert_eq!(id, "fa75a971-838f-8b6f-bd2e-2b36b5feb0f5");
    assert_ne!(id, mobile_schema::derived_id("review", &["0197a0b0-0000-7000-8000-000000000001", "towns"]));
    assert_ne!(id, mobile_schema::derived_id("response", &["0197a0b0-0000-7000-8000-000000000001", "teams"]));
}

/// `PROTOCOL.md`, section 7: each row of a `map` names the same fields, the mapped one among them; what stands for "not asked" is no set.
#[test]
fn upcasts_are_of_the_form_that_the_protocol_says() {
    use mobile_schema::Step;
    for k in KINDS {
        for step in k.upcasts.iter().flat_map(|steps| steps.iter()) {
            match step {
                Step::Map { field, values } => {
                    let names =
                        |row: &(&str, &[(&'static str, &str)])| row.1.iter().map(|(name, _)| *name).collect::<Vec<_>>();
                    assert!(values.iter().all(|row| names(row) == names(&values[0])), "{}.{field}", k.name);
                    assert!(names(&values[0]).contains(field), "{}.{field}", k.name);
                    let set = k.field(field).is_some_and(|f| f.policy == Policy::Set);
                    assert!(!set || names(&values[0]) == [*field], "{}.{field}", k.name);
                }
                Step::New { field, unasked: Some((_, with)) } => {
                    let set = |name| k.field(name).is_some_and(|f| f.policy == Policy::Set);
                    assert!(!set(field) && !set(with), "{}.{field}", k.name);
                }
                Step::New { .. } | Step::Rename { .. } | Step::Multiply { .. } => {}
            }
        }
    }
}
