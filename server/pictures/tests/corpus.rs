//! Files that the fuzzer began from or found worth keeping (`fuzz/corpus`): each is opened, or there is a reason why not.

use std::{collections::BTreeSet, fs, path::Path};

#[test]
fn what_the_fuzzer_found_is_opened_or_has_a_reason() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/picture");
    let (mut opened, mut reasons) = (0, BTreeSet::new());
    for entry in fs::read_dir(corpus).expect("inputs of picture") {
        let path = entry.expect("a folder that can be read").path();
        match zhucun_pictures::open(&fs::read(&path).expect("a file that can be read")).picture {
            Ok(picture) => {
                opened += 1;
                assert!(picture.width > 0 && picture.height > 0, "{}", path.display());
                assert!(picture.renditions.iter().all(|rendition| rendition.jpeg.starts_with(&[0xff, 0xd8])));
            }
            Err(reason) => drop(reasons.insert(reason.code())),
        }
    }
    assert!(opened > 10 && reasons.len() > 3, "{opened} opened; {reasons:?}");
}
