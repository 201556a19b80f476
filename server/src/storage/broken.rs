//! What broken feeds are made of (`sync_protocol::broken`): never in a release build.

use std::{cell::RefCell, collections::HashMap};

use sync_protocol::{broken, record::Digest};

use super::entities::scope;

/// What one world's processes hold outside of their transactions.
#[derive(Default)]
struct Outside {
    /// The newest position handed out, by scope: a sequence, which no rollback takes back.
    sequences: HashMap<String, i64>,
    /// The digest that a process wrote last, by process and scope.
    digests: HashMap<(u64, String), Digest>,
}

thread_local! {
    static OUTSIDE: RefCell<Outside> = RefCell::default();
}

/// A new world begins on this thread.
pub fn forget() {
    OUTSIDE.take();
}

/// "digest without lock": a process goes on from the digest that it wrote itself, whatever others wrote since.
pub(super) fn digest_of_memory(scope: &str, digest: &mut Digest) {
    if broken::is("digest without lock") {
        let own = (crate::testing::process(), scope.to_owned());
        OUTSIDE.with_borrow(|outside| *digest = outside.digests.get(&own).copied().unwrap_or(*digest));
    }
}

/// "sequence cursor": a position is handed out when it is asked for, and not when it is committed.
pub(super) fn remember(scope: &str, digest: &Digest, pos: &mut i64) {
    OUTSIDE.with_borrow_mut(|outside| {
        if broken::is("digest without lock") {
            outside.digests.insert((crate::testing::process(), scope.to_owned()), *digest);
        }
        if broken::is("sequence cursor") {
            let newest = outside.sequences.entry(scope.to_owned()).or_insert(*pos - 1);
            *newest = (*newest + 1).max(*pos);
            *pos = *newest;
        }
    });
}

/// "sequence cursor": how far a feed goes is told by the sequence, also by what of it is not committed yet.
pub(crate) fn newest_of_sequence(mut row: scope::Model) -> scope::Model {
    if broken::is("sequence cursor") {
        OUTSIDE.with_borrow(|outside| row.pos = outside.sequences.get(&row.scope).copied().unwrap_or(0).max(row.pos));
    }
    row
}
