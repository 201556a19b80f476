//! Reading lines, against a second reader. What lines come to is the model's to say (`properties.rs`), which takes them as read.

use base64::{Engine as _, engine::general_purpose::STANDARD as B64};
use proptest::{prelude::*, sample::Index};
use serde_json::{Value, value::RawValue};
use sync_protocol::{
    InstallId, Line, line,
    testing::{
        reader,
        worlds::{self, World},
    },
};

/// The code with which the crate gives a line up.
fn code(bytes: &[u8]) -> Option<&'static str> {
    match line::read(InstallId([1; 16]), 1, bytes) {
        Line::Unreadable(why) => Some(why.code()),
        _ => None,
    }
}

/// A line of a world, some of its bytes changed.
fn damaged(steps: &[worlds::Step], which: Index, changes: &[(Index, u8)]) -> Vec<u8> {
    let world = World::make(steps);
    let mut bytes = which.get(&world.lines).bytes.clone();
    for (at, to) in changes {
        let at = at.index(bytes.len());
        bytes[at] = *to;
    }
    bytes
}

/// What a damaged line may get: what JSON is made of.
const BYTES: &[u8] = b"\\\"{}[],:0189.eEuU-ndsnull\x00\xff \r";

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_line_is_read_as_the_second_reader_reads_it(
        steps in worlds::steps(10),
        which in any::<Index>(),
        changes in prop::collection::vec((any::<Index>(), prop::sample::select(BYTES)), 0..4),
    ) {
        let bytes = damaged(&steps, which, &changes);
        let is_json = std::str::from_utf8(&bytes).is_ok_and(|text| serde_json::from_str::<&RawValue>(text).is_ok());
        // Of what is no JSON the second reader does not tell how deep it is.
        if is_json || code(&bytes).is_none() {
            prop_assert_eq!(code(&bytes), reader::unreadable(&bytes));
        }
    }
}

#[test]
fn garbage_is_read_as_it_is_labelled() {
    for (bytes, label) in worlds::garbage() {
        assert_eq!((code(&bytes), reader::unreadable(&bytes)), (Some(label), Some(label)));
    }
}

#[test]
fn both_readers_give_up_the_lines_of_the_vectors_that_should_be() {
    let file: Value = serde_json::from_str(include_str!("../vectors/lines.json")).expect("JSON");
    let mut unreadable = 0;
    for case in file["cases"].as_array().expect("cases") {
        let expected = case["expect"]["unreadable"].as_object().and_then(|of| of.values().next()?.as_str());
        let codes = case["lines"].as_array().expect("lines").iter().map(|line| {
            let bytes = bytes(line);
            assert_eq!(code(&bytes), reader::unreadable(&bytes), "{}", case["name"]);
            code(&bytes)
        });
        assert_eq!(codes.flatten().next(), expected, "{}", case["name"]);
        unreadable += usize::from(expected.is_some());
    }
    assert!(unreadable > 30, "{unreadable}");
}

/// A line of a vector (`vectors/README.md`).
fn bytes(line: &Value) -> Vec<u8> {
    let repeated = |parts: &Vec<Value>| {
        let part = |part: &Value| part[0].as_str().expect("text").repeat(part[1].as_u64().expect("times") as usize);
        parts.iter().map(part).collect::<String>().into_bytes()
    };
    let text = line["text"].as_str().map(|text| text.as_bytes().to_vec());
    let base64 = || B64.decode(line["base64"].as_str()?).ok();
    text.or_else(base64).or_else(|| line["repeat"].as_array().map(repeated)).expect("text, base64 or repeat")
}
