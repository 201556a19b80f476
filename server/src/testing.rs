//! The clock, the dice and the death of a simulated server, and the play of an older one ([`play_older`]). All else belongs to the thread it was set on: a world runs on one thread,
//! and many worlds run beside each other. On a thread where nothing was set, the server is the shipped one.

use std::cell::{Cell, RefCell};

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

thread_local! {
    static CLOCK: Cell<Option<i64>> = const { Cell::new(None) };
    static DICE: RefCell<Option<StdRng>> = const { RefCell::new(None) };
    static PROCESS: Cell<u64> = const { Cell::new(0) };
    static HOLDING: Cell<Hold> = const { Cell::new(Hold::Nothing) };
    static FAILING: Cell<(u8, u8)> = const { Cell::new((0, 0)) };
    static STATEMENTS_LEFT: Cell<Option<u32>> = const { Cell::new(None) };
}

/// Whether transactions are held open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hold {
    Nothing,
    Next,
    Held,
}

/// From now on it is that time on this thread, ms since 1970; `None`: the machine's.
pub fn set_now(now_ms: Option<i64>) {
    CLOCK.set(now_ms);
}

/// The time that was set.
pub fn now_ms() -> Option<i64> {
    CLOCK.get()
}

/// From now on the dice of this thread are thrown from that seed; `None`: as the machine throws them.
pub fn set_dice(seed: Option<u64>) {
    DICE.set(seed.map(StdRng::seed_from_u64));
}

/// Bytes of the dice that were set.
pub(crate) fn random_bytes<const N: usize>() -> Option<[u8; N]> {
    DICE.with_borrow_mut(|dice| dice.as_mut().map(|dice| dice.random()))
}

/// The task that finishes the n-th statement from now on dies there, with its transaction: what was committed stays. `None`: none does.
pub fn die_after(statements: Option<u32>) {
    STATEMENTS_LEFT.set(statements);
}

/// Whether a task died since [`die_after`].
pub fn has_died() -> bool {
    STATEMENTS_LEFT.get() == Some(0)
}

/// A statement is done. Dying is a panic that no panic hook hears of, so that nothing runs behind it but what gives back.
pub(crate) fn after_statement() {
    if let Some(left) = STATEMENTS_LEFT.get() {
        STATEMENTS_LEFT.set(Some(left.saturating_sub(1)));
        if left <= 1 {
            std::panic::resume_unwind(Box::new("the server died here"));
        }
    }
}

/// What runs from now on runs in that process: one of several servers in one world, by number.
pub fn set_process(process: u64) {
    PROCESS.set(process);
}

/// The process that runs.
pub fn process() -> u64 {
    PROCESS.get()
}

/// The next push is held when all is written and nothing is committed; or let go on.
pub fn hold(next: bool) {
    HOLDING.set(if next { Hold::Next } else { Hold::Nothing });
}

/// Whether a push is held.
pub fn is_held() -> bool {
    HOLDING.get() == Hold::Held
}

/// Of the commits of pushes that come now so many pass, and so many behind them fail.
pub fn fail_commits(pass: u8, fail: u8) {
    FAILING.set((pass, fail));
}

/// Whether the commit that is about to be made fails.
pub(crate) fn commit_fails() -> bool {
    let (pass, fail) = FAILING.get();
    FAILING.set((pass.saturating_sub(1), if pass == 0 { fail.saturating_sub(1) } else { fail }));
    pass == 0 && fail > 0
}

/// A push is about to be committed.
pub(crate) async fn before_commit() {
    if HOLDING.get() == Hold::Next {
        HOLDING.set(Hold::Held);
    }
    while is_held() {
        // Its server stands still until it is let go on.
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

/// If the environment says `TESTING_KNOWS_ONLY=household@1,finding@0`: this process knows these kinds up to that version only.
pub(crate) fn play_older() {
    let Some(kinds) = std::env::var("TESTING_KNOWS_ONLY").ok().filter(|kinds| !kinds.is_empty()) else { return };
    let read =
        |kind: &str| kind.split_once('@').and_then(|(name, version)| Some((name.to_owned(), version.parse().ok()?)));
    mobile_schema::testing::know_only(kinds.split(',').map(|kind| read(kind).expect("a kind and a version")));
}
