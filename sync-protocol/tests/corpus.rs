//! What the fuzzer found worth keeping (`sync-protocol/fuzz/corpus`, a folder a decoder): the properties that it holds decoders to hold for these.

use std::{fs, path::Path};

use sync_protocol::testing::decoding::TARGETS;

#[test]
fn what_the_fuzzer_found_is_decoded_as_it_should_be() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (target, property) in TARGETS {
        let folder = fs::read_dir(corpus.join(target)).unwrap_or_else(|e| panic!("inputs of {target}: {e}"));
        let mut inputs = 0;
        for entry in folder {
            let path = entry.expect("a folder that can be read").path();
            println!("{}", path.display());
            property(&fs::read(&path).expect("a file that can be read"));
            inputs += 1;
        }
        assert!(inputs > 0, "no inputs of {target}");
    }
}
