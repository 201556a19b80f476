//! One record may get many thousand operations from a phone that means ill. Merging it must not take the square of the square of that.

use std::time::{Duration, Instant};

use sync_protocol::{
    Dot, InstallId, Line, Op,
    judge::{Facts, Install, Right},
    line, merge,
    schema::{Place, Role},
    sign::InstallRole,
    time::Corrected,
};

const OPS: u64 = 1_500;
const NOW: i64 = 1_780_000_000_000;

fn facts(fork: Option<u64>) -> Facts {
    let (mut facts, install, person) = (Facts::default(), InstallId([1; 16]), "zjedz.p.m".to_owned());
    let right = Right { role: Role::Inspector, place: Place::parse("440811070201").unwrap(), from: 0, to: None };
    facts.rights.insert(person.clone(), vec![right]);
    let role = InstallRole::Phone;
    facts.installs.insert(install, Install { person, role, enrolled: true, ended: None, lost: None });
    facts.forks.extend(fork.map(|seq| (install, seq)));
    facts
}

/// Every operation writes a reviewed field, a set and a deletion, and names the thousand before it that `named` chooses.
fn ops(named: impl Fn(usize) -> bool) -> Vec<Op> {
    let mut ops: Vec<Op> = Vec::new();
    for seq in 1..=OPS {
        let seen: Vec<Dot> =
            ops.iter().rev().take(1_000).enumerate().filter(|(i, _)| named(*i)).map(|(_, op)| op.dot).collect();
        let seen = serde_json::to_string(&seen).unwrap();
        let line = format!(
            r#"{{"s":"440811070201/household","k":"household","id":"h","f":{{"head_count":{},"tags":{{"add":["a{seq}","b"],"remove":[["b",{seen}]]}},"_deleted":true}},"seen":{seen},"t":{{"n":[{NOW},{seq}]}}}}"#,
            seq % 50
        );
        let Line::Op(op) = line::read(InstallId([1; 16]), seq, line.as_bytes()) else {
            panic!("a line of an operation")
        };
        ops.push(*op);
    }
    ops
}

#[test]
fn thousands_of_operations_on_one_record_are_merged_in_seconds() {
    for (name, fork, ops) in [
        ("in a row", None, ops(|i| i == 0)),
        ("all concurrent", Some(1), ops(|_| false)),
        ("each naming a thousand", Some(1), ops(|_| true)),
        ("each naming every seventh", Some(1), ops(|i| i % 7 == 6)),
    ] {
        let ops: Vec<&Op> = ops.iter().collect();
        let times: Vec<Corrected> = ops.iter().map(|op| Corrected::At(op.time.own_anchor().unwrap())).collect();
        let begun = Instant::now();
        let (merged, standings) = merge::settle(&ops, &times, &facts(fork));
        println!("{name}: {:?}", begun.elapsed());
        assert!(!merged.is_empty(), "{:?}", standings[0]);
        // A debug build on a busy machine; a cubic merge would take hours.
        assert!(begun.elapsed() < Duration::from_secs(120), "{name}");
    }
}
