//! Who there is: a district, three villages, five people with a phone each, and the office. The first chapter (the office appoints, the
//! phones enrol and look) is the same in every story: it is played once, and each story begins on a copy of what it left.

use std::{ffi::OsString, path::Path};

use serde_json::{Value, json};

use crate::{
    run::World,
    trouble::{Result, unexpected},
};

/// The district.
pub const DISTRICT: &str = "zjedz";
/// Its town, and one that the office may add.
pub const TOWNS: [&str; 2] = ["440811070", "440811071"];
/// Two villages of the first town and one of the other.
pub const VILLAGES: [&str; 3] = ["440811070201", "440811070202", "440811071201"];
/// Who runs the district.
pub const OFFICE: &str = "zjedz.p.office";
/// How many people have a phone: two inspectors, two members, and one without any right.
pub const PEOPLE: usize = 5;
/// 2026-11-20 08:00 in Shanghai: when the stories begin.
pub const START_MS: i64 = 1_795_132_800_000;
/// Versions of the checklist that may be published. The first is from the beginning.
pub const VERSIONS: u8 = 3;

/// Whose phone that is.
pub fn person(n: usize) -> String {
    format!("{DISTRICT}.p.p{}", n % PEOPLE)
}

/// A right by number: role and place.
pub fn right(n: u8) -> (&'static str, &'static str) {
    const RIGHTS: [(&str, &str); 8] = [
        ("inspector", DISTRICT),
        ("inspector", TOWNS[0]),
        ("inspector", VILLAGES[0]),
        ("inspector", VILLAGES[2]),
        ("member", VILLAGES[0]),
        ("member", VILLAGES[1]),
        ("town", TOWNS[0]),
        ("manager", DISTRICT),
    ];
    RIGHTS[usize::from(n) % RIGHTS.len()]
}

/// The right of each person from the beginning, by number.
pub const RIGHTS: [Option<u8>; PEOPLE] = [Some(0), Some(1), Some(4), Some(5), None];

/// A version of the checklist, as the fields of its record.
pub fn checklist(version: u8) -> Value {
    let mut items = vec![
        json!({"key": "in_village", "type": "yes_no", "label": "是否在村"}),
        json!({"key": "diligence", "type": "score", "label": "履职", "max": 10}),
    ];
    if version > 1 {
        items.push(json!({"key": "note", "type": "text", "label": "说明", "review": version > 2}));
    }
    json!({"key": "check", "version": version, "title": "督查表", "sections": [{"title": "在岗", "items": items}]})
}

/// The files that the first chapter left, by name: what each story is begun on.
pub struct Stage {
    files: Vec<(OsString, Vec<u8>)>,
}

impl Stage {
    /// Plays the first chapter.
    pub fn set() -> Result<Self> {
        let folder = scratch()?;
        let mut world = World::empty(folder.path(), 0)?;
        world.first_chapter()?;
        world.close()?;
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder.path()).map_err(unexpected)? {
            let file = entry.map_err(unexpected)?;
            if file.path().is_file() {
                files.push((file.file_name(), std::fs::read(file.path()).map_err(unexpected)?));
            }
        }
        Ok(Self { files })
    }

    /// A copy of them, for one story.
    pub fn copy(&self) -> Result<tempfile::TempDir> {
        let copy = scratch()?;
        for (name, bytes) in &self.files {
            std::fs::write(copy.path().join(name), bytes).map_err(unexpected)?;
        }
        Ok(copy)
    }
}

/// A folder in memory where the machine has one: SQLite there is as it is on a disk, log and snapshots and locks and all, which SQLite's own
/// `:memory:` is not, and nothing waits for a disk.
fn scratch() -> Result<tempfile::TempDir> {
    let memory = Path::new("/dev/shm");
    let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    tempfile::Builder::new().prefix("zhucun-world-").tempdir_in(place).map_err(unexpected)
}
