//! How many files, and so connections, this process may have open.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Raises the limit as far as the system lets us without asking (`LimitNOFILE` under systemd, `ulimit -Hn` in a shell), and gives it. The
/// limit that a process begins with, often 1,024, is for programs that never had more.
pub fn raise() -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    let began_with = limit.current;
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the limit of open files stays as it is");
        limit.current = began_with;
    }
    limit.current.and_then(|most| most.try_into().ok()).unwrap_or(usize::MAX)
}
