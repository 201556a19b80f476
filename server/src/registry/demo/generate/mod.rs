//! Makes the demo's invented files. Not in the binary: the files are committed, and a test holds them to what is made here.

mod fences;
mod people;
mod random;
mod shape;

use std::path::PathBuf;

/// The first day of all that is invented.
const BASE: &str = "2026-01-01";

/// A village or community of the demo's `places.csv`.
struct Village {
    code: String,
    name: String,
    town: String,
}

/// The 35 villages that are inspected, in the order of the file.
fn villages() -> Vec<Village> {
    let mut reader = csv::Reader::from_reader(super::PLACES.as_bytes());
    let rows = reader.records().map(|r| r.expect("places.csv reads"));
    let village = |r: csv::StringRecord| Village { code: r[0].into(), name: r[1].into(), town: r[2].into() };
    rows.map(village).filter(|v| v.name.ends_with("村委会")).collect()
}

#[test]
fn the_committed_files_are_what_the_generator_makes() {
    let villages = villages();
    let made = [
        ("fences.geojson", fences::geojson(&villages)),
        ("people.csv", people::people(&villages)),
        ("teams.csv", people::teams(&villages)),
        ("stations.csv", people::stations(&villages)),
        ("grants.csv", people::grants()),
    ];
    for (name, made) in made {
        let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/demo")).join(name);
        if std::env::var_os("UPDATE_DEMO").is_some() {
            std::fs::write(&path, &made).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == made,
            "server/demo/{name} is not what the generator makes. If the change is meant, run\n    \
             UPDATE_DEMO=1 cargo test -p zhucun registry::demo::generate\nand commit the file."
        );
    }
}
