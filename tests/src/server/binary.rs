//! Where the server's program is.

use std::{env, path::PathBuf};

/// The program to test: `ZHUCUN_BIN` where it is set, else the one that cargo built beside this program (`make build`). It is not built from here:
/// built alone, it might get other features than with the workspace.
pub fn binary() -> PathBuf {
    let beside = || {
        let own = env::current_exe().expect("a running program has a path");
        // Tests lie in `deps` beside the programs.
        let folder = own.ancestors().skip(1).find(|folder| !folder.ends_with("deps"));
        folder.expect("a program lies in a folder").join("zhucun")
    };
    let found = env::var_os("ZHUCUN_BIN").map_or_else(beside, PathBuf::from);
    assert!(found.exists(), "{} is not there; `make build` builds it", found.display());
    found
}
