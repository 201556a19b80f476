//! What phones and servers of earlier versions said to each other (`sync-protocol/vectors/traffic/`, a folder a version) is understood for
//! ever: today's server answers the recorded requests as it did then, and today's engine does with the recorded answers what it did then.
//!
//! `RECORD_TRAFFIC=v2 cargo test --workspace --test traffic` records another folder with today's engine and server. None is ever written over.

mod lab;
mod likeness;
mod phone;
mod record;
mod replay;
mod tape;

use std::path::{Path, PathBuf};

use tape::Tape;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../sync-protocol/vectors/traffic")
}

/// Every recording, by name.
fn tapes() -> Vec<(String, Tape)> {
    if let Some(name) = std::env::var_os("RECORD_TRAFFIC") {
        record::record().keep(&folder().join(name));
    }
    let folders = std::fs::read_dir(folder()).expect("the recordings").map(|entry| entry.expect("an entry").path());
    let folders = folders.filter(|path| path.is_dir());
    folders.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), Tape::read(&path))).collect()
}

#[test]
fn all_that_was_ever_said_is_understood() {
    let tapes = tapes();
    assert!(tapes.iter().any(|(name, _)| name == "v1"));
    for (name, tape) in tapes {
        let exchanges: usize = tape.stories.iter().map(|story| story.exchanges().count()).sum();
        assert!(exchanges >= 40, "{name}: {exchanges} exchanges");
        let unlike = [replay::to_the_server(&tape), phone::to_the_engine(&tape)].concat();
        assert!(unlike.is_empty(), "{name}:\n{}", unlike.join("\n"));
    }
}

/// What can be wrong with a recording, or with a server or an engine of today, is told.
#[test]
fn a_recording_that_was_tampered_with_is_told() {
    let tape = Tape::read(&folder().join("v1"));
    let texts = |tape: &Tape| serde_json::to_string(tape).expect("plain values serialise");
    let whole = texts(&tape);
    for (what, from, to) in [
        ("another status", r#""status":409"#, r#""status":400"#),
        ("another code", r#"\"code\":\"gap\""#, r#"\"code\":\"hole\""#),
        ("another standing", r#"\"held\",\"unknown_kind\""#, r#"\"refused\",\"unknown_kind\""#),
        ("a receipt over more", r#"\"from\":1,"#, r#"\"from\":0,"#),
        ("a member that today's answer lacks", r#"\"high\":"#, r#"\"highest\":1,\"high\":"#),
        ("a record with another value", "屋顶漏雨", "屋顶完好"),
        ("a header that is missing now", r#""retry-after":"#, r#""retry-later":"#),
        ("a phone that shows something else", r#""acknowledged":4"#, r#""acknowledged":3"#),
        ("an engine that did something else", r#""failures":[["Push","gap"]]"#, r#""failures":[["Push","hole"]]"#),
        ("a line of another phone", r#"\"seq_zz\":1"#, r#"\"seq_zz\":2"#),
    ] {
        assert!(whole.contains(from), "{what}: nothing to tamper with");
        let tampered: Tape = serde_json::from_str(&whole.replacen(from, to, 1)).expect("it can still be read");
        let unlike = [replay::to_the_server(&tampered), phone::to_the_engine(&tampered)].concat();
        assert!(!unlike.is_empty(), "{what} goes unnoticed");
    }
}
