//! What merging, reading and verifying cost. `cargo bench -p sync-protocol`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sync_protocol::{
    Dot, InstallId, Line, Op, chain,
    ids::sha256,
    judge::{Facts, Install, Right},
    line, merge, push,
    schema::{Place, Role, Template},
    sign::{InstallRole, PrivateKey},
    time::Corrected,
};

const NOW: i64 = 1_780_000_000_000;

/// Two phones that may write everything, and a checklist of 30 items.
fn facts() -> Facts {
    let mut facts = Facts::default();
    for i in 1..=2 {
        let (person, enrolled, role) = (format!("zjedz.p.m-{i}"), true, InstallRole::Phone);
        let place = Place::parse("440811070201").unwrap();
        let rights =
            [Role::Member, Role::Inspector].map(|role| Right { role, place: place.clone(), from: 0, to: None });
        facts.rights.insert(person.clone(), rights.into());
        facts.installs.insert(InstallId([i; 16]), Install { person, role, enrolled, ended: None, lost: None });
    }
    let item = |i: usize| match i % 3 {
        0 => format!(r#"{{"key":"q{i}","type":"score","label":"L","max":10}}"#),
        1 => format!(r#"{{"key":"q{i}","type":"yes_no","label":"L"}}"#),
        _ => format!(r#"{{"key":"q{i}","type":"text","label":"L"}}"#),
    };
    let items: Vec<String> = (0..30).map(item).collect();
    let sections = format!(r#"[{{"title":"S","items":[{}]}}]"#, items.join(","));
    let template = Template::parse(&format!(r#"{{"key":"t","version":1,"title":"T","sections":{sections}}}"#)).unwrap();
    facts.templates.insert("t@1".to_owned(), template.into());
    facts
}

fn fix() -> String {
    let id = InstallId([1; 16]);
    format!(
        r#"{{"s":"440811070201/presence","k":"fix","id":"{id}.7f3a","f":{{"visit":"v1","lat":21.0123456,"lon":110.3812345,"accuracy_m":8.5,"datum":"gcj02","provider":"fused","mock":false,"speed_mps":0.4,"at":{NOW}}},"t":{{"w":{NOW},"b":"b7","m":123456,"n":[{NOW},4000]}}}}"#
    )
}

fn response() -> String {
    let answer = |i: usize| match i % 3 {
        0 => format!(r#""i.q{i}":7"#),
        1 => format!(r#""i.q{i}":true"#),
        _ => format!(r#""i.q{i}":"驻村工作队队员在村开展工作""#),
    };
    let answers: Vec<String> = (0..30).map(answer).collect();
    let (id, f) = (sync_protocol::schema::derived_id("response", &["v1", "t"]), answers.join(","));
    format!(
        r#"{{"s":"440811070201/inspection","k":"response","id":"{id}","tpl":"t@1","f":{{{f}}},"t":{{"n":[{NOW},4000]}}}}"#
    )
}

fn read(install: u8, seq: u64, line: &str) -> Op {
    match line::read(InstallId([install; 16]), seq, line.as_bytes()) {
        Line::Op(op) => *op,
        other => panic!("{other:?}"),
    }
}

/// Two phones write one record in turn, each having seen the other's last but one.
fn edits(each: u64) -> Vec<Op> {
    let mut ops: Vec<Op> = Vec::new();
    for seq in 1..=each {
        for install in [1, 2] {
            let seen: Vec<Dot> = ops.iter().rev().skip(1).take(2).map(|op| op.dot).collect();
            let seen = serde_json::to_string(&seen).unwrap();
            let line = format!(
                r#"{{"s":"440811070201/inspection","k":"finding","id":"f1","f":{{"title":"t {seq}","severity":"{}","tags":{{"add":["a{seq}"]}}}},"seen":{seen},"t":{{"n":[{NOW},{seq}]}}}}"#,
                ["minor", "grave"][usize::from(install) - 1],
            );
            ops.push(read(install, seq, &line));
        }
    }
    ops
}

fn settle(c: &mut Criterion, name: &str, ops: &[Op], facts: &Facts) {
    let ops: Vec<&Op> = ops.iter().collect();
    let times: Vec<Corrected> = ops.iter().map(|op| Corrected::At(op.time.own_anchor().unwrap())).collect();
    let (merged, standings) = merge::settle(&ops, &times, facts);
    assert!(!merged.is_empty(), "{standings:?}");
    c.bench_function(name, |b| b.iter(|| merge::settle(black_box(&ops), &times, facts)));
}

fn merges(c: &mut Criterion) {
    let facts = facts();
    settle(c, "merge: a fix of one operation", &[read(1, 1, &fix())], &facts);
    settle(c, "merge: a response of 30 answers", &[read(1, 1, &response())], &facts);
    settle(c, "merge: 2 phones x 10 edits", &edits(10), &facts);
    settle(c, "merge: 2 phones x 1,000 edits", &edits(1_000), &facts);
}

fn lines(c: &mut Criterion) {
    for (name, line) in [("a fix", fix()), ("a response of 30 answers", response())] {
        let mut group = c.benchmark_group("line");
        group.throughput(Throughput::Bytes(line.len() as u64));
        let (install, head) = (InstallId([1; 16]), chain::genesis(InstallId([1; 16])));
        group.bench_function(format!("read and chain {name}"), |b| {
            b.iter(|| {
                let line = black_box(line.as_bytes());
                (line::read(install, 1, line), chain::next(&head, &chain::line_hash(line)))
            });
        });
    }
}

fn signatures(c: &mut Criterion) {
    let key = PrivateKey::from_bytes(&sha256(&[b"bench"])).unwrap();
    let (public, before) = (key.public(), chain::genesis(InstallId([1; 16])));
    let made = push::make(&push::header(InstallId([1; 16]), 1, &before, None, None), &before, &[fix()], &key);
    c.bench_function("verify the seal of a push", |b| {
        b.iter(|| assert!(push::verify(black_box(&made.header), &made.head, &made.sig, &public)));
    });
}

criterion_group!(benches, merges, lines, signatures);
criterion_main!(benches);
