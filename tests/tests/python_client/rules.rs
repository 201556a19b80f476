//! The rules: vectors, and sets of lines that no example names.

use std::{collections::BTreeSet, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use sync_protocol::{
    sign::PublicKey,
    testing::worlds::{self, World},
    world::{self, Placed},
};
use tempfile::TempDir;
use zhucun_tests::python;

/// How many generated worlds are folded on both sides.
const WORLDS: u64 = 40;
/// How many lines are spoiled.
const SPOILED: usize = 4_000;

#[tokio::test]
async fn every_case_of_every_vector_holds_in_python() {
    let said = python::vectors(None).await.expect("all hold");
    assert!(said.contains("26 files, 0 do not hold"), "{said}");
}

#[tokio::test]
async fn a_case_that_does_not_hold_and_one_of_an_unknown_form_are_told() {
    let folder = folder();
    let case = json!({"name": "a lie", "lines": [{"install": "0".repeat(32), "seq": 1, "text": "{}"}],
        "expect": {"standings": {}, "records": [], "digests": {}}});
    let mut newer = case.clone();
    newer["expect"]["weather"] = "fine".into();
    let file = json!({"topic": "x", "about": "", "servers": [], "before": [], "cases": [case, newer]});
    std::fs::write(folder.path().join("x.json"), file.to_string()).expect("written");
    let said = python::vectors(Some(folder.path())).await.expect_err("both are found").to_string();
    assert!(said.contains("2 do not hold") && said.contains("weather"), "{said}");
}

/// Lies, forks, garbage, revocations, as the generator of the property tests makes them.
#[tokio::test]
async fn python_folds_generated_worlds_as_the_reference_does() {
    let folder = folder();
    for seed in 0..WORLDS {
        let made = World::make(&worlds::seeded(seed, 90));
        write_case(folder.path(), &format!("world-{seed}"), &made.lines, &made.servers);
    }
    let said = python::vectors(Some(folder.path())).await.expect("all hold");
    assert!(said.contains(&format!("{WORLDS} cases of {WORLDS} files, 0 do not hold")), "{said}");
}

/// Good lines with some bytes changed, dropped or put in: which can still be read, and why the others cannot.
#[tokio::test]
async fn python_reads_spoiled_lines_as_the_reference_does() {
    let folder = folder();
    let mut world = World::make(&worlds::seeded(7, 120));
    let good: Vec<Placed> = world.lines.clone();
    for (n, dice) in worlds::seeded(99, SPOILED).iter().enumerate() {
        let mut line = good[n % good.len()].clone();
        // Behind all others, so that nothing that stands hangs on what a spoiled line says.
        line.seq = 10_000 + n as u64;
        spoil(&mut line.bytes, dice);
        world.lines.push(line);
    }
    let folded = world::fold(&world.lines, &world.servers);
    let codes: BTreeSet<&str> = folded.standings.values().map(|standing| standing.detail.as_str()).collect();
    for code in ["not_utf8", "nul", "bad_surrogate", "too_deep", "not_json", "bad_member"] {
        assert!(codes.contains(code), "no line is {code}: {codes:?}");
    }
    write_case(folder.path(), "spoiled", &world.lines, &world.servers);
    python::vectors(Some(folder.path())).await.expect("Python says the same");
}

/// Up to three changes, at places and of kinds that the dice give.
fn spoil(line: &mut Vec<u8>, dice: &[u8; 6]) {
    const PIECES: [&[u8]; 32] = [
        b"{",
        b"}",
        b"[",
        b"]",
        b"\"",
        b":",
        b",",
        b"\\",
        b"\\u0000",
        b"\\ud83d",
        b"\\ude00",
        b"\\u0061",
        b"\0",
        b"\xff",
        b"\xc3\xa9",
        b" ",
        b"\t",
        b"\n",
        b"null",
        b"true",
        b"0",
        b"-",
        b".",
        b"e",
        b"1e5",
        b"-0",
        b"01",
        b"\"t\":null,",
        b"\"v\":1,",
        b"\"k\":\"x\",",
        b"\x1f",
        b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    ];
    for change in dice.chunks(2) {
        if line.is_empty() {
            return;
        }
        let at = usize::from(change[0]) * 7 % line.len();
        match change[1] / 64 {
            0 => drop(line.remove(at)),
            1 => line.truncate(line.len() - at % 8),
            _ => drop(line.splice(at..at, PIECES[usize::from(change[1]) % 32].iter().copied())),
        }
    }
}

pub fn folder() -> TempDir {
    tempfile::Builder::new().prefix("zhucun-python-").tempdir().expect("a folder")
}

/// Writes these lines and what the reference makes of them, in the form of the vectors.
pub fn write_case(folder: &Path, name: &str, lines: &[Placed], servers: &[PublicKey]) {
    let folded = world::fold(lines, servers);
    let unreadable = folded.standings.iter().filter(|(_, standing)| standing.code.name() == "unreadable");
    let expect = json!({
        "standings": object(folded.standings.iter().map(|(dot, standing)| (dot, standing.code.name()))),
        "unreadable": object(unreadable.map(|(dot, standing)| (dot, standing.detail.as_str()))),
        "records": folded.records.values().collect::<Vec<_>>(),
        "digests": folded.digests,
        "forks": object(folded.forks.iter().map(|(install, seq)| (install, *seq))),
    });
    let lines: Vec<Value> = lines.iter().map(said).collect();
    let servers: Vec<String> = servers.iter().map(PublicKey::text).collect();
    let case = json!({"name": "all of it", "lines": lines, "expect": expect});
    let file = json!({"topic": name, "about": "", "servers": servers, "before": [], "cases": [case]});
    std::fs::write(folder.join(format!("{name}.json")), file.to_string()).expect("written");
}

fn said(line: &Placed) -> Value {
    let mut said = match std::str::from_utf8(&line.bytes) {
        Ok(text) => json!({"text": text}),
        Err(_) => json!({"base64": STANDARD.encode(&line.bytes)}),
    };
    said["install"] = line.install.to_string().into();
    said["seq"] = line.seq.into();
    said
}

fn object<K: ToString, V: Into<Value>>(pairs: impl Iterator<Item = (K, V)>) -> Map<String, Value> {
    pairs.map(|(name, value)| (name.to_string(), value.into())).collect()
}
