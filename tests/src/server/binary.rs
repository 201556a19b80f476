//! Where the server's program is.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

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

/// The program that was named to a program of this crate, else the one beside it; absolute, since it is started in a folder of its own.
pub fn named(given: Option<&Path>) -> Result<PathBuf> {
    let path = match given {
        Some(given) => given.to_owned(),
        None => env::current_exe()?.with_file_name("zhucun"),
    };
    path.canonicalize()
        .with_context(|| format!("{} is not there; build it with `cargo build -p zhucun`", path.display()))
}
