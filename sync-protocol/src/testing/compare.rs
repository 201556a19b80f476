//! Where what the crate makes of lines is not what the model says. Bodies are read as a client reads them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use serde_json::value::RawValue;

use super::{
    carried, erased,
    model::{self, Model},
    outcome::{Held, Name, Record, Time},
    read::Lines,
};
use crate::{
    Code, Dot, Hash, InstallId, chain,
    ids::sha256,
    record::{Fed, FedBeside, FedTime},
    sign::PublicKey,
    world::{Placed, World},
};

/// The differences, for people to read; empty where there is none.
pub fn differences(lines: &[Placed], servers: &[PublicKey], world: &World) -> String {
    let read = Lines::read(lines, servers);
    let before = model::fold(&read);
    let lines = erased::without_values(carried::put(&read, &before), &before);
    let model = model::fold(&lines);
    let codes = world.standings.iter().map(|(dot, s)| (*dot, (s.state().name(), s.code.name()))).collect();
    let records = world.records.iter().map(|(name, body)| (name.clone(), fed(body))).collect();
    let digests = world.digests.iter().map(|(scope, digest)| (scope.clone(), digest.clone())).collect();
    unlike(codes, standings(&lines, &model))
        + &unlike(records, expected(&model))
        + &unlike(digests, sums(&world.records))
        + &unlike(world.forks.clone(), forks(&lines))
}

fn unlike<K: Ord + Debug, V: PartialEq + Debug>(crate_: BTreeMap<K, V>, model: BTreeMap<K, V>) -> String {
    let keys: BTreeSet<&K> = crate_.keys().chain(model.keys()).collect();
    let unlike = keys.into_iter().filter(|k| crate_.get(k) != model.get(k));
    unlike.map(|k| format!("{k:?}\n  crate {:?}\n  model {:?}\n", crate_.get(k), model.get(k))).collect()
}

/// The codes of each standing (sections 7 and 9).
const STANDINGS: [(&str, &[&str]); 7] = [
    ("applied", &["applied"]),
    ("outranked", &["by_authority", "by_unanchored", "by_time", "by_dot", "correction_proposed", "not_deleted"]),
    ("conflict", &["open_conflict"]),
    ("held", &["unknown_kind", "unknown_version", "unknown_template"]),
    (
        "quarantined",
        &[
            "not_enrolled",
            "install_lost",
            "install_ended",
            "carried",
            "no_grant",
            "right_changed_in_span",
            "office_only",
        ],
    ),
    ("refused", &["bad_scope", "bad_lane", "bad_id", "server_only", "schema", "by_office"]),
    ("unreadable", &["unreadable"]),
];

fn standings(lines: &Lines, model: &Model) -> BTreeMap<Dot, (&'static str, &'static str)> {
    let ops = model.ops.iter().map(|(dot, judged)| (*dot, judged.code));
    let all = ops.chain(lines.unreadable.iter().map(|dot| (*dot, "unreadable")));
    let standing =
        |code| STANDINGS.iter().find(|(_, codes)| codes.contains(&code)).map_or("none", |standing| standing.0);
    all.map(|(dot, code)| (dot, (standing(code), code))).collect()
}

fn forks(lines: &Lines) -> BTreeMap<InstallId, u64> {
    lines.chains.iter().filter_map(|(install, seqs)| Some((*install, chain::fork_seq(seqs)?))).collect()
}

/// A record and its authors: person, authority, time.
type Authored = (Record, BTreeMap<Dot, (String, &'static str, Time)>);

/// The records of which something stands.
fn expected(model: &Model) -> BTreeMap<Name, Authored> {
    let authored = |record: &Record| {
        let dots = record.fields.values().flatten().flat_map(|held| &held.by);
        let author = |dot: &Dot| {
            let judged = &model.ops[dot];
            (*dot, (judged.person.clone(), ["other", "town", "office"][judged.level], judged.time))
        };
        (record.clone(), dots.map(author).collect::<BTreeMap<_, _>>())
    };
    let all = model.records.iter().map(|(name, record)| (name.clone(), authored(record)));
    all.filter(|(_, (_, by))| !by.is_empty()).collect()
}

/// The record that a body says.
fn fed(body: &str) -> Authored {
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(body).expect("a body is an object");
    assert_eq!(serde_json::to_string(&members).expect("it serialises"), body, "sorted, and without white space");
    let fed = Fed::read(body).expect("a body can be read");
    assert!(fed.by.is_sorted_by_key(|by| by.0), "{body}");
    let dots = |by: &[usize]| -> BTreeSet<Dot> { by.iter().map(|i| fed.by[*i].0).collect() };
    let mut fields = BTreeMap::<String, Vec<Held>>::new();
    for (name, raw) in &fed.f {
        let by = fed.w.get(name).cloned().unwrap_or(vec![0]);
        let shown = || vec![Held { raw: raw.get().to_owned(), by: dots(&by), why: "shown" }];
        fields.insert(name.clone(), fed.el.get(name).map_or_else(shown, |el| elements(raw, el, dots)));
    }
    for (name, beside) in &fed.alt {
        let why = |code: &str| Code::parse(code).map_or("no code", Code::name);
        let held = |b: &FedBeside<'_>| Held { raw: b.v.get().to_owned(), by: dots(&b.by), why: why(&b.why) };
        fields.entry(name.clone()).or_default().extend(beside.iter().map(held));
    }
    if fed.gone {
        let by = fed.by.iter().map(|by| by.0).collect();
        fields.insert("_deleted".to_owned(), vec![Held { raw: "true".to_owned(), by, why: "shown" }]);
    }
    let record = Record { tpl: fed.tpl.clone(), fields, open: fed.open.iter().cloned().collect() };
    let time = |time| match time {
        FedTime::At(at) => (Some(at), Some(at), true),
        FedTime::Within(lo, hi) => (lo, hi, false),
    };
    let author =
        fed.by.iter().map(|(dot, person, authority, at)| (*dot, (person.clone(), authority.name(), time(*at))));
    (record, author.collect())
}

fn elements(list: &RawValue, adders: &[Vec<usize>], dots: impl Fn(&[usize]) -> BTreeSet<Dot>) -> Vec<Held> {
    let list: Vec<&RawValue> = serde_json::from_str(list.get()).expect("a set is fed as a list");
    assert_eq!(list.len(), adders.len(), "of each element it is said who adds it");
    let held = list.iter().zip(adders).map(|(raw, by)| (raw.get().to_owned(), dots(by)));
    held.map(|(raw, by)| Held { raw, by, why: "element" }).collect()
}

/// The digest of each scope: the sum of the hashes as big-endian numbers modulo 2^256.
fn sums(records: &BTreeMap<Name, String>) -> BTreeMap<String, String> {
    let mut scopes = BTreeMap::<String, Vec<Hash>>::new();
    for ((scope, ..), body) in records {
        scopes.entry(scope.clone()).or_default().push(sha256(&[body.as_bytes()]));
    }
    let sum = |hashes: &[Hash]| {
        let (mut sum, mut carry) = (Hash::default(), 0);
        for i in (0..32).rev() {
            carry += hashes.iter().map(|hash| u32::from(hash[i])).sum::<u32>();
            sum[i] = (carry % 256) as u8;
            carry /= 256;
        }
        hex::encode(sum)
    };
    scopes.iter().map(|(scope, hashes)| (scope.clone(), sum(hashes))).collect()
}
