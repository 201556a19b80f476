//! A server never outlives the process that started it, however that ends: a static is never dropped, and a test may be killed.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::Result;

/// Waits for the end of its standard input, which comes when the process that holds the other end does; then ends the server and
/// removes its folder.
const SCRIPT: &str = r#"trap '' INT TERM; cat >/dev/null; kill -9 "$1" 2>/dev/null; rm -rf "$2""#;

/// Ends the server when this process ends. Dropped, it does nothing any more.
pub(super) struct Lifeline(Child);

impl Lifeline {
    /// For that process and its folder.
    pub(super) fn of(process: u32, home: &Path) -> Result<Self> {
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "lifeline", &process.to_string()]).arg(home);
        Ok(Self(command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?))
    }
}

impl Drop for Lifeline {
    fn drop(&mut self) {
        // Killed before its input ends, it kills nobody.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
