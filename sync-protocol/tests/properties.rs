//! The crate against the model, over small worlds.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{prelude::*, sample::Index};
use serde_json::{Value, value::RawValue};
use sync_protocol::{
    Dot, InstallId, Line, Op, State,
    canonical::canonical,
    carried, erase,
    ids::sha256,
    judge::Facts,
    line,
    pull::{Cursor, Pulling},
    push::{self, Push},
    schema::Policy,
    seen::Seen,
    testing::{
        compare::differences,
        worlds::{self, World, cast::Cast},
    },
    world::{self, Placed},
};

/// The lines after those of the cast.
fn text(world: &World) -> String {
    let line = |l: &Placed| {
        format!("{}:{} {}\n", l.install, l.seq, String::from_utf8_lossy(&l.bytes[..l.bytes.len().min(2000)]))
    };
    world.lines.iter().skip(worlds::CAST_LINES).map(line).collect()
}

fn cases() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(512);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// A permutation that depends on the seed.
fn shuffled<T>(mut items: Vec<T>, seed: u64) -> Vec<T> {
    let swaps = worlds::seeded(seed, items.len());
    for (i, swap) in swaps.iter().enumerate() {
        let to = usize::from(u16::from_le_bytes([swap[0], swap[1]])) % items.len();
        items.swap(i, to);
    }
    items
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn any_order_with_any_duplicates_comes_to_what_the_model_says(
        steps in worlds::steps(60),
        order in any::<u64>(),
        again in prop::collection::vec(any::<Index>(), 0..20),
    ) {
        let world = World::make(&steps);
        let lines = again.iter().map(|i| i.get(&world.lines)).chain(&world.lines).collect();
        let lines: Vec<&Placed> = shuffled(lines, order);
        let folded = world::fold(lines, &world.servers);
        let unlike = differences(&world.lines, &world.servers, &folded);
        prop_assert!(unlike.is_empty(), "{}\n{}", unlike, text(&world));
    }
}

/// Up to that many lines from one on, put into a push of another header and read from it again.
fn sent_again(from: &Placed, count: u64, certified: bool, world: &World) -> Vec<Placed> {
    let cast = Cast::get();
    let install =
        cast.installs.iter().chain([&cast.server_install]).find(|i| i.id == from.install).expect("of the cast");
    let at = |seq: u64| world.lines.iter().find(|l| l.install == from.install && l.seq == seq).map(|l| &l.bytes);
    let lines: Vec<&Vec<u8>> = (from.seq..from.seq + count).map_while(at).collect();
    let (before, cert) = (sha256(&[&from.bytes]), certified.then(|| install.certificate.clone()));
    let header = push::header(from.install, from.seq, &before, certified.then_some("an epoch"), cert);
    let made = push::make(&header, &before, &lines, &install.key);
    let push = Push::read(&made.body).expect("a push");
    push.verify(&push.head_after(&before), &install.key.public()).expect("its seal holds");
    let placed = |(seq, bytes): (u64, &&[u8])| Placed { install: push.header.install, seq, bytes: bytes.to_vec() };
    (push.header.first..).zip(&push.lines).map(placed).collect()
}

/// Whether that value of the field is shown, or kept beside, by that operation.
fn stands(body: &Value, field: &str, dot: Dot, value: &str) -> bool {
    let is = |v: &Value| canonical(&RawValue::from_string(v.to_string()).unwrap()) == value;
    let by = |list: &Value| {
        list.as_array()
            .is_some_and(|l| l.iter().any(|i| body["by"][i.as_u64().unwrap() as usize][0] == dot.to_string()))
    };
    let first = Value::from(vec![0]);
    let shown = is(&body["f"][field]) && by(body["w"].get(field).unwrap_or(&first));
    shown || body["alt"][field].as_array().is_some_and(|alt| alt.iter().any(|a| is(&a["v"]) && by(&a["by"])))
}

/// The names that erasures name.
fn erased(world: &world::World) -> BTreeSet<Dot> {
    let names = world.records.keys().filter(|(_, kind, _)| kind == "erasure");
    names.map(|(.., id)| id.parse().expect("a dot")).collect()
}

/// Whether its values are gone: an erasure names it, or the line that it carries.
fn is_erased(op: &Op, erased: &BTreeSet<Dot>) -> bool {
    let named = erased.contains(&op.dot) || carried::name(op).is_some_and(|line| erased.contains(&line));
    named && erase::is_erasable(&op.kind)
}

/// P4 on one record: a value that is neither shown nor kept beside was written over by somebody who saw it.
fn nothing_vanishes(
    ops: &[&Op],
    (accepted, erased): (&[bool], &BTreeSet<Dot>),
    seen: &Seen,
    body: &Value,
) -> Result<(), TestCaseError> {
    let place = |dot: &Value| ops.iter().position(|op| *dot == op.dot.to_string()).unwrap();
    for (i, op) in ops.iter().enumerate().filter(|(i, _)| accepted[*i]) {
        if body["gone"] == true || is_erased(op, erased) {
            // Whoever deleted the record saw all that stood, and who wrote what stood saw the rest.
            continue;
        }
        let of_set = |name: &str, raw: &RawValue| {
            let spec = sync_protocol::schema::kind(&op.kind).and_then(|k| k.field(name));
            spec.is_some_and(|f| f.policy == Policy::Set) || name == "i.pic" && raw.get().starts_with('{')
        };
        let fields = op.fields.iter().filter(|(name, raw)| name != "_deleted" && !of_set(name, raw));
        for (name, raw) in fields {
            let over = (0..ops.len()).any(|o| accepted[o] && ops[o].field(name).is_some() && seen.saw(o, i));
            prop_assert!(over || stands(body, name, op.dot, &canonical(raw)), "{} of {:?} in {body}", name, op.dot);
        }
    }
    for by in body["by"].as_array().into_iter().flatten() {
        prop_assert!(accepted[place(&by[0])], "what does not count is fed: {body}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases().cases / 4, ..cases() })]

    #[test]
    fn lines_sent_again_under_other_headers_change_nothing(
        steps in worlds::steps(60),
        again in prop::collection::vec((any::<Index>(), 1..4_u64, any::<bool>()), 1..6),
    ) {
        let world = World::make(&steps);
        let sent = again.iter().flat_map(|(i, count, certified)| sent_again(i.get(&world.lines), *count, *certified, &world));
        let sent: Vec<Placed> = sent.collect();
        let once = world::fold(&world.lines, &world.servers);
        prop_assert_eq!(world::fold(world.lines.iter().chain(&sent), &world.servers), once);
    }

    #[test]
    fn a_server_that_erased_says_what_one_says_that_only_decided_to(steps in worlds::steps(60), again in any::<u64>()) {
        let world = World::make(&steps);
        let whole = world::fold(&world.lines, &world.servers);
        let gone = erased(&whole);
        let (mut left, mut skeletons) = (Vec::new(), Vec::new());
        for (i, placed) in world.lines.iter().enumerate() {
            let op = match line::as_written(placed.install, placed.seq, &placed.bytes) {
                Line::Op(op) if is_erased(&op, &gone) => Some(op),
                _ => None,
            };
            // Some lines come again after their bytes went.
            left.extend((op.is_none() || again >> (i % 64) & 1 == 1).then_some(placed));
            let skeleton = op.map(|op| erase::read(op.dot, &erase::skeleton(&op)).expect("a skeleton"));
            skeletons.extend(skeleton.map(|op| (sha256(&[&placed.bytes]), op)));
        }
        prop_assert_eq!(world::fold_skeletons(left, skeletons, &world.servers), whole);
    }

    #[test]
    fn nobodys_value_vanishes(steps in worlds::steps(60)) {
        let world = World::make(&steps);
        let folded = world::fold(&world.lines, &world.servers);
        let mut records: BTreeMap<(&str, &str, &str), BTreeMap<Dot, &Op>> = BTreeMap::new();
        let ops: Vec<Op> = world.lines.iter().filter_map(|l| match line::read(l.install, l.seq, &l.bytes) {
            Line::Op(op) => Some(*op),
            _ => None,
        }).collect();
        // What was carried and accepted stands in the place of the old line.
        let counts = |op: &Op| folded.standings[&op.dot].state() <= State::Conflict;
        let put = |op: &Op| carried::write(op).filter(|_| counts(op)).unwrap_or_else(|| op.clone());
        let ops: Vec<Op> = ops.iter().map(put).collect();
        for op in &ops {
            records.entry((&op.scope, &op.kind, &op.id)).or_default().insert(op.dot, op);
        }
        let erased = erased(&folded);
        let facts = Facts { forks: folded.forks.iter().map(|(i, s)| (*i, *s)).collect(), ..Facts::default() };
        for ((s, k, id), ops) in records {
            let ops: Vec<&Op> = ops.into_values().collect();
            let accepted: Vec<bool> = ops.iter().map(|op| counts(op)).collect();
            let body = folded.records.get(&(s.to_owned(), k.to_owned(), id.to_owned()));
            let body: Value = body.map_or(Value::Null, |b| serde_json::from_str(b).expect("a body is JSON"));
            nothing_vanishes(&ops, (&accepted, &erased), &Seen::of(&ops, &facts), &body)?;
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), text in ".{0,100}") {
        line::read(InstallId([1; 16]), 1, &bytes);
        line::read(InstallId([1; 16]), 1, text.as_bytes());
        let _ = Push::read(&bytes);
        let _ = Push::read(text.as_bytes());
        Cursor::decode(&text);
    }

    #[test]
    fn no_lines_make_the_fold_panic(lines in prop::collection::vec((0..3u8, 0..4u64, prop::collection::vec(any::<u8>(), 0..40)), 0..8)) {
        let placed = |(install, seq, bytes): &(u8, u64, Vec<u8>)| Placed { install: InstallId([*install; 16]), seq: *seq, bytes: bytes.clone() };
        let lines: Vec<Placed> = lines.iter().map(placed).collect();
        world::fold(&lines, &[]);
    }

    #[test]
    fn a_cursor_survives_the_wire(
        epoch in ".{0,8}",
        at in prop::collection::btree_map("[a-z]{1,4}/own", any::<i64>(), 0..4),
        scopes in prop::collection::btree_set("[a-z]{1,4}/own", 0..4),
        pulling in any::<bool>(),
    ) {
        let pulling = pulling.then(|| Pulling { until: at.clone(), entered: scopes.clone(), left: scopes.clone(), reset: scopes });
        let cursor = Cursor { epoch, at, pulling };
        prop_assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
    }
}

/// What has to be read to trust the properties: time, judgement, merge and standing once more, comments and all.
#[test]
fn the_model_stays_short() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/testing");
    let parts = std::fs::read_dir(folder.join("model")).unwrap().map(|entry| entry.unwrap().path());
    let count = |path: std::path::PathBuf| std::fs::read_to_string(path).unwrap().lines().count();
    let lines: usize = parts.chain([folder.join("model.rs")]).map(count).sum();
    assert!(lines <= 300, "{lines}");
}
