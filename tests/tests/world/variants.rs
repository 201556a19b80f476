//! That the checks can fail: rules broken on purpose, in the shipped files, one at a time; stories find each.

use sync_protocol::broken;

use crate::{
    seeds::{STAGE, first_failure},
    trouble::UNEXPECTED,
};

/// Each is one line beside the rule that it breaks: look for its name.
const VARIANTS: [&str; 18] = [
    "ack before commit",
    "ignore seen",
    "sequence cursor",
    "last arrival wins",
    "drop on revoke",
    "no until",
    "clock breaks ties by wall",
    "fork keeps first",
    "digest without lock",
    "settle by anyone",
    "every lane for all",
    "left scopes stay",
    "judge once",
    "one bad line stops all",
    "forget what is known",
    "restore unnoticed",
    "burst acknowledges all",
    "carried out of place",
];

/// So many stories find each.
const SEEDS: u64 = 500;

#[test]
fn each_broken_rule_is_found() {
    std::sync::LazyLock::force(&STAGE);
    let mut missed = Vec::new();
    eprintln!("{:<28} {:>7}  found by", "broken", "stories");
    for variant in VARIANTS {
        broken::choose(Some(variant));
        let found = first_failure(0..SEEDS, false);
        broken::choose(None);
        match found {
            // An accident of the story is no finding.
            Some((seed, trouble)) if trouble.check == UNEXPECTED => panic!("{variant}, seed {seed}: {trouble}"),
            Some((seed, trouble)) => eprintln!("{variant:<28} {:>7}  {}", seed + 1, trouble.check),
            None => missed.push(variant),
        }
    }
    assert!(missed.is_empty(), "{SEEDS} stories each did not find {missed:?}");
}
