//! The vectors: cases as data that any implementation can run (`vectors/README.md` documents the format).
//!
//! Here the crate runs them. With `UPDATE_VECTORS=1` they are written anew from the stories of this folder, and what is expected of sets
//! of lines must be what the model says as well.

mod keys;
mod story;
mod upcast;
mod wire;
mod worlds;

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The topic of upcasts.
const UPCAST: &str = "upcast";

/// A file of cases.
#[derive(Serialize, Deserialize)]
struct File<C> {
    topic: String,
    about: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    servers: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    before: Vec<keys::TextLine>,
    cases: Vec<C>,
}

fn path(topic: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors").join(format!("{topic}.json"))
}

/// Writes the file if asked to, and reads it.
fn file<C: Serialize + for<'de> Deserialize<'de>>(topic: &str, told: impl FnOnce() -> File<C>) -> File<C> {
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        let text = serde_json::to_string_pretty(&told()).expect("plain values serialise");
        std::fs::write(path(topic), text + "\n").expect("the folder of vectors can be written");
    }
    let text = std::fs::read_to_string(path(topic)).unwrap_or_else(|e| panic!("{topic}: {e}"));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{topic}: {e}"))
}

/// Runs the cases and tells of all that fail.
fn run<C>(topic: &str, cases: Vec<C>, name: impl Fn(&C) -> &str, case: impl Fn(&C) -> Result<(), String>) {
    let failed: Vec<String> =
        cases.iter().filter_map(|c| Some(format!("{topic}: {}: {}", name(c), case(c).err()?))).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let mut names = BTreeMap::new();
    cases.iter().for_each(|c| *names.entry(name(c)).or_insert(0) += 1);
    assert!(names.values().all(|n| *n == 1), "{topic}: two cases of one name");
}

#[test]
fn sets_of_lines_come_to_what_they_should() {
    for (topic, about, told) in worlds::TOPICS {
        let file = file(topic, || keys::told(topic, about, told()));
        let servers = file.servers.clone().expect("a file of lines names the server keys");
        run(topic, file.cases, |c: &keys::Case| &c.name, |case| case.run(&file.before, &servers));
    }
}

#[test]
fn chains_signatures_and_pushes_are_as_they_should_be() {
    for (topic, about, told) in wire::TOPICS {
        values(topic, about, told, wire::check);
    }
}

#[test]
fn lines_of_older_versions_are_read_in_the_newest() {
    let about = "What the fields of a line of an older version are in the newest (section 7).";
    values(UPCAST, about, upcast::told, upcast::check);
}

/// Runs a file of cases that are plain values.
fn values(topic: &str, about: &str, told: fn() -> Vec<Value>, check: fn(&Value) -> Result<(), String>) {
    let file = file(topic, || File {
        topic: topic.into(),
        about: about.into(),
        servers: None,
        before: Vec::new(),
        cases: told(),
    });
    run(topic, file.cases, |c: &Value| c["name"].as_str().expect("a name"), check);
}

#[test]
fn there_are_enough_and_each_file_is_run() {
    let topics = worlds::TOPICS.iter().map(|t| t.0).chain(wire::TOPICS.iter().map(|t| t.0)).chain([UPCAST]);
    let topics: Vec<&str> = topics.collect();
    let files = std::fs::read_dir(path("x").parent().unwrap()).unwrap().map(|f| f.unwrap().path());
    let files: Vec<PathBuf> = files.filter(|f| f.extension().is_some_and(|e| e == "json")).collect();
    let read = |f: &PathBuf| serde_json::from_str::<Value>(&std::fs::read_to_string(f).unwrap()).unwrap();
    let cases: usize = files.iter().map(|f| read(f)["cases"].as_array().unwrap().len()).sum();
    assert!(
        files.iter().all(|f| topics.contains(&f.file_stem().unwrap().to_str().unwrap())),
        "a file that no test runs"
    );
    assert!(cases >= 60, "{cases}");
}
